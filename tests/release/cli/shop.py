"""A repository of charts that `hmco begin` has not seen, and what it makes of it."""

from pathlib import Path
from types import ModuleType

from demo.environments import ROOT
from demo.gitprogram import git, make_repository
from release.charts.record import Registry
from release.cli.main import main
from release.estate import Estate, load_estate, read_stack_files

CHARTS = "deploy/charts"
CHART = "apiVersion: v2\nname: {}\nversion: {}\ndescription: {}\n"
DEPENDENCY = (
    "dependencies:\n  - {name: redis, version: 1.0.0, repository: https://charts.example}\n"
)


def make_shop(folder: Path) -> None:
    """Make a repository with charts and the program beside them, not committed."""
    make_repository(folder)
    write(folder, f"{CHARTS}/web/Chart.yaml", CHART.format("web", "2.3.1", "'The \"front\"'"))
    for name in ("test", "live"):
        write(folder, f"{CHARTS}/web/values/{name}.yaml", "{}\n")
    write(folder, f"{CHARTS}/web/charts/cart/Chart.yaml", CHART.format("cart", "0.1.0", "Cart"))
    mail = CHART.format("mail", "0.4.2", "Mail") + DEPENDENCY
    write(folder, f"{CHARTS}/mail/Chart.yaml", mail)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Charts")
    git(folder, "remote", "add", "origin", "git@github.com:acme/shop.git")
    for file in ("Pulumi.yaml", *(f"Pulumi.{name}.yaml" for name in ("dev", "staging", "prod"))):
        write(folder, f"program/{file}", (ROOT / file).read_text(encoding="utf-8"))
    write(folder, "program/release/registry.py", "")
    git(folder, "add", "--all")


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


def rename_chart(shop: Path, old: str, new: str) -> None:
    (shop / CHARTS / old).rename(shop / CHARTS / new)
    git(shop, "add", "--all")


def begun(shop: Path, *environments: str) -> tuple[Registry, Estate]:
    """Begin, and return what the files say that it wrote."""
    assert main(["begin", *environments, "--team", "core"]) == 0
    module = ModuleType("begun")
    exec((shop / "program/release/registry.py").read_text(encoding="utf-8"), module.__dict__)  # noqa: S102 -- a module
    registry: Registry = module.REGISTRY
    return registry, load_estate(registry, read_stack_files(shop / "program"))
