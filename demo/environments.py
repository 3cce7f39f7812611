"""The stack files of the test estate, derived from the committed ones so that both stay alike."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from release.charts.record import Registry

ROOT: Final = Path(__file__).resolve().parents[1]
BRANCH: Final = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSpec:
    """What distinguishes one environment of the estate; `template` is a committed environment."""

    name: str
    template: str
    promotes_from: tuple[str, ...]
    soak: str
    suffix: str
    follows_branch: bool
    charts: tuple[str, ...] | None = None
    """The charts that run here; None means every chart of the registry."""

    def charts_of(self, registry: Registry) -> tuple[str, ...]:
        """Return the names of the charts that run here, in order."""
        names = tuple(chart.name for chart in registry.charts)
        return tuple(sorted(names if self.charts is None else set(self.charts) & set(names)))


def committed_text(environment: str) -> str:
    """Return the committed stack file of an environment."""
    return (ROOT / f"Pulumi.{environment}.yaml").read_text(encoding="utf-8")


def committed_environments() -> tuple[EnvironmentSpec, ...]:
    """Return dev, staging and prod exactly as the committed files describe them."""
    return tuple(_committed(name) for name in ("dev", "staging", "prod"))


def _committed(name: str) -> EnvironmentSpec:
    config = yaml.safe_load(committed_text(name))["config"]
    return EnvironmentSpec(
        name=name,
        template=name,
        promotes_from=tuple(config["hmco:promotesFrom"]),
        soak=config["hmco:soak"],
        suffix=config["hmco:destination"]["namespaceSuffix"],
        follows_branch=config["hmco:source"]["branch"] is not None,
        charts=tuple(config["hmco:versions"]),
    )


def stack_text(spec: EnvironmentSpec, registry: Registry, version: str = "1.0.0") -> str:
    """Return the stack file in which every chart has `version`, or the branch it follows."""
    text = committed_text(spec.template)
    project = yaml.safe_load(text)["config"]["hmco:project"]
    if spec.name != spec.template:
        project = spec.name
    text = _setting(text, "  hmco:project", project)
    text = _setting(text, "  hmco:promotesFrom", f"[{', '.join(spec.promotes_from)}]")
    text = _setting(text, "  hmco:soak", spec.soak)
    text = _setting(text, "    branch", BRANCH if spec.follows_branch else "null")
    text = _setting(text, "    namespaceSuffix", spec.suffix or '""')
    text = re.sub(r"(directory: build/)\S+", rf"\g<1>{spec.name}", text)
    pin = BRANCH if spec.follows_branch else version
    pins = "".join(f"    {chart}: {pin}\n" for chart in spec.charts_of(registry))
    return _section(text, "versions", pins)


def _setting(text: str, key: str, value: str) -> str:
    changed, count = re.subn(rf"(?m)^({re.escape(key)}:) [^#\n]*?( *#.*)?$", rf"\1 {value}\2", text)
    if count != 1:
        raise AssertionError(
            f"the committed stack file has {count} lines {key.strip()!r}; expected one"
        )
    return changed


def _section(text: str, key: str, body: str) -> str:
    changed, count = re.subn(rf"(?m)^(  hmco:{key}:\n)(?:    .*\n)+", rf"\1{body}", text)
    if count != 1:
        raise AssertionError(f"the committed stack file has {count} tables {key!r}; expected one")
    return changed
