"""Arrows between and inside the rooms go one way, and nothing below `release/` imports Pulumi."""

import ast
import re
from collections import Counter
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
PRODUCT: Final = [
    path
    for top in ("release", "components", "tools")
    for path in sorted((ROOT / top).rglob("*.py"))
]
ROOMS: Final = [path for path in PRODUCT if path.name == "__init__.py"]
SHARED_NAMES: Final = {
    **dict.fromkeys(
        (
            "adopt",
            "begin",
            "cut",
            "hold",
            "metrics",
            "plan",
            "promote",
            "propose",
            "rollback",
            "schema",
            "status",
            "workflows",
        ),
        "a command, and what it asks",
    ),
    **dict.fromkeys(("hub", "rendering"), "a room, and how a command opens it"),
    **dict.fromkeys(("argocd", "github", "governance"), "one thing as data and as resources"),
    "check": "the same question, by a person and by a workflow",
    "engine": "the engine, for a person and for a workflow",
    "helm": "Helm, as we read it and as a program",
    "cli": "a command line",
    "release": "the product, and the command that publishes",
    "tools": "the room, and the tools that it gets",
    **dict.fromkeys(("markdown", "report", "terminal"), "a form in which a room tells"),
    **dict.fromkeys(("errors", "failure"), "what can go wrong in a room"),
    "cache": "below the user's one cache",
}
"""Names of modules and packages that stand in several places, each for the same thing there."""
HANDS: Final = {
    "subprocess": {
        "repository/git/",
        "rendering/helm.py",
        "plan/applications.py",
        "monitoring/kubectl.py",
        "cli/",
    },
    "github": {"github/hub/"},
    "release.text.atomic.write_all": {"promotion/carry.py", "cli/"},
}
"""Who may start programs, speak to GitHub and write into a checkout."""


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


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.parent.relative_to(ROOT).as_posix())
def test_a_room_says_in_a_sentence_what_is_in_it_and_in_another_what_may_not_be(room: Path) -> None:
    said = ast.get_docstring(ast.parse(room.read_text(encoding="utf-8"))) or ""
    assert re.fullmatch(r"[^\n]{20,}\.\n\nNot here: .{10,}\.", said, re.DOTALL)
    named = re.findall(r"`([\w./]+/[\w./]*)`", said)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_a_name_stands_for_one_thing_in_whichever_room_it_is() -> None:
    names = Counter(path.parent.name for path in ROOMS)
    names.update(path.stem for path in PRODUCT if not path.stem.startswith("__"))
    assert {name for name, count in names.items() if count > 1} == {*SHARED_NAMES}


@pytest.mark.parametrize(("reached", "allowed"), HANDS.items())
def test_only_a_few_modules_reach_out_of_the_process(reached: str, allowed: set[str]) -> None:
    reaching = {
        path.relative_to(RELEASE).as_posix() for path in MODULES if reached in imported(path)
    }
    assert {path for path in reaching if not path.startswith(tuple(allowed))} == set()
    assert {each for each in allowed if not any(p.startswith(each) for p in reaching)} == set()


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
