"""A folder for one run of the benchmarks, and what several cases need in it."""

import os
import sys
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from bench.environments import six_environments
from bench.hmco import OWN_CHARTS
from bench.measuring import CannotRunError, Command
from bench.registries import estate_registry
from demo.builder import build_estate
from demo.environments import EnvironmentSpec, committed_environments
from demo.repository import EstateRepo
from release.charts.record import Registry
from release.registry import REGISTRY
from tools.toolchain.locate import locate

ROOT: Final = Path(__file__).resolve().parents[1]
_OF_THE_RUNNER: Final = ("PYTHON", "PULUMI_", "HMCO_", "GITHUB_", "GIT_", "VIRTUAL_ENV")
_COMMITS: Final = {OWN_CHARTS: 90}
_COMMITS_PER_CHART: Final = 5


class Scratch:
    """One folder; what it holds is built when a case first asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.estate = lru_cache(self._estate)

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """The variables of measured programs: byte code is kept, as it is in a clone in use."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name == "HMCO_CACHE" or not name.startswith(_OF_THE_RUNNER)
        }
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": str(self.folder / "bytecode"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
        }

    def new(self, name: str) -> Path:
        """Return a new empty folder."""
        path = self.folder / name
        path.mkdir(parents=True)
        return path

    def _estate(self, charts: int) -> EstateRepo:
        """Return a checkout: HMCo's 22 charts in three environments, or generated ones in six."""
        return build_estate(
            self.folder / f"estate-{charts}",
            charts=registry_of(charts),
            environments=environments_of(charts),
            commits=_COMMITS.get(charts, charts * _COMMITS_PER_CHART),
        )

    def hmco(self, name: str, charts: int, *arguments: str) -> Command:
        """Return `hmco` in the checkout with so many charts."""
        estate = self.estate(charts)
        return Command(
            name=name,
            argv=(
                sys.executable, "-P", str(ROOT / "bench" / "hmco.py"),
                *hmco_arguments(charts, estate, *arguments),
            ),
            folder=estate.path,
            environment=self.environment,
        )  # fmt: skip  # the program and its arguments, one line each


def helm_program() -> Path:
    """Return the real Helm."""
    tools = locate(("helm",))
    if tools.missing:
        raise CannotRunError("helm not installed; run: make setup-dev")
    return tools.bins["helm"] / "helm"


def hmco_arguments(charts: int, estate: EstateRepo, *arguments: str) -> tuple[str, ...]:
    """Return the arguments of bench/hmco.py."""
    return (str(charts), estate.until.isoformat(), *arguments)


def registry_of(charts: int) -> Registry:
    """Return HMCo's own registry for its number of charts, a generated one for any other."""
    return REGISTRY if charts == OWN_CHARTS else estate_registry(charts)


def environments_of(charts: int) -> tuple[EnvironmentSpec, ...]:
    """Return HMCo's three environments for its own charts, six for generated ones."""
    return committed_environments() if charts == OWN_CHARTS else six_environments()
