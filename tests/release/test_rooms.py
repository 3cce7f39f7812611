"""Arrows between the rooms of `release/` go one way, and nothing below it imports Pulumi."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

RELEASE: Final = Path(__file__).parents[2] / "release"
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
    assert reached - set(allowed) == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(RELEASE).as_posix())
def test_no_module_of_the_domain_imports_pulumi(path: Path) -> None:
    assert not [name for name in imported(path) if name.split(".")[0].startswith("pulumi")]


def test_every_room_says_what_is_in_it() -> None:
    rooms = [path for path in MODULES if path.name == "__init__.py"]
    assert [path for path in rooms if not ast.get_docstring(ast.parse(path.read_text()))] == []
