"""Arrows between and inside the rooms go one way, and nothing below `release/` imports Pulumi."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
RELEASE: Final = ROOT / "release"
COMPONENTS: Final = [ROOT / "__main__.py", *sorted((ROOT / "components").rglob("*.py"))]
ORDER: Final = (
    "versions",
    "text",
    "settings",
    "charts",
    "registry",
    "estate",
    "argocd",
    "repository",
    "rendering",
    "promotion",
    "github",
    "rules",
    "metrics",
    "monitoring",
    "plan",
    "cli",
)
"""A room may import itself and those before it."""
MODULES: Final = sorted(RELEASE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(RELEASE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(RELEASE).as_posix())
def test_a_module_imports_only_rooms_before_its_own(path: Path) -> None:
    room = room_of(path)
    if room in {"__init__", "__main__"}:
        return
    reached = {name.split(".")[1] for name in imported(path) if name.startswith("release.")}
    allowed = ORDER[: ORDER.index(room) + 1]
    assert reached - {*allowed, "__version__"} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(RELEASE).as_posix())
def test_no_module_of_the_domain_imports_pulumi(path: Path) -> None:
    assert not [name for name in imported(path) if name.split(".")[0].startswith("pulumi")]


def test_every_room_says_what_is_in_it() -> None:
    rooms = [path for path in MODULES if path.name == "__init__.py"]
    assert [path for path in rooms if not ast.get_docstring(ast.parse(path.read_text()))] == []


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {name_of(path): path for path in MODULES}
    graph = {name: names.keys() & set(imported(path)) - {name} for name, path in names.items()}
    list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
def test_components_do_without_the_command_line_and_its_rooms(path: Path) -> None:
    far = ("release.cli", "release.promotion", "release.rules", "release.plan", "tools", "demo")
    assert [name for name in imported(path) if name.startswith(far)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(RELEASE).as_posix())
def test_the_product_imports_neither_tools_nor_tests_nor_the_demonstration(path: Path) -> None:
    if room_of(path) != "cli":  # which asks the tool chain for Helm
        far = ("components", "tests", "tools", "demo", "bench")
        assert [name for name in imported(path) if name.split(".")[0] in far] == []
