"""All that a workflow leaves behind: looked at, kept, and brought back."""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.github.forge import Forge

_KEPT: Final = ("pulls", "issues", "comments", "releases", "sarifs")


def refs(forge: Forge) -> Iterator[tuple[str, ...]]:
    """Yield every ref with what it says, since the clock gives equal commits unequal ids."""
    for line in forge.git("for-each-ref", "--format=%(refname) %(objecttype)").splitlines():
        name, kind = line.split()
        if name.startswith("refs/pull/"):
            continue
        if kind == "tag":
            _, _, said = forge.git("cat-file", "tag", name).partition("\n\n")
            yield name, kind, forge.git("rev-parse", f"{name}^{{commit}}"), said
        else:
            yield name, kind, forge.git("show", "-s", "--format=%T %P%n%B", name)


def look(forge: Forge, state: Path | None = None) -> str:
    """Return the world as one text: what is equal in it cannot be told apart by a person."""
    fields = {
        "pulls": ("title", "body", "draft", "state"),
        "issues": ("title", "body", "state"),
        "comments": ("body", "issue_url"),
        "releases": ("tag_name", "name", "body", "prerelease"),
    }
    seen: dict[str, Any] = {
        kind: sorted(
            [
                *(each.get(name) for name in names),
                *((each["head"]["ref"],) if kind == "pulls" else ()),
                sorted(label["name"] for label in each.get("labels", ())),
            ].__repr__()
            for each in getattr(forge, kind).values()
        )
        for kind, names in fields.items()
    }
    # GitHub keeps one analysis of a tool for a commit, the newest.
    seen["sarifs"] = {each["commit_sha"]: each["sarif"] for each in forge.sarifs}
    seen["refs"] = sorted(refs(forge))
    seen["stacks"] = dict(_stacks(state)) if state else {}
    return json.dumps(seen, indent=1)


def _stacks(state: Path) -> Iterator[tuple[str, Any]]:
    for file in sorted(state.glob(".pulumi/stacks/*/*.json")):
        latest = json.loads(file.read_text(encoding="utf-8"))["checkpoint"]["latest"] or {}
        # The engine works on several at once, so their order is another one each time.
        said = (
            [each["urn"], each.get("inputs"), each.get("pendingReplacement")]
            for each in latest.get("resources", ())
        )
        yield file.stem, sorted(map(json.dumps, said))
    for file in sorted(state.glob(".pulumi/locks/**/*.json")):
        yield "locked", file.parent.name


class Kept:
    """The world at one moment."""

    def __init__(self, forge: Forge, state: Path | None = None, folder: Path | None = None) -> None:
        self._refs = forge.git("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        self._fields = {name: copy.deepcopy(getattr(forge, name)) for name in _KEPT}
        self._state, self._copy = state, folder
        if state and folder:
            shutil.copytree(state, folder)

    def bring_back(self, forge: Forge) -> None:
        """Make the world what it was; Git still has every object."""
        now = forge.git("for-each-ref", "--format=delete %(refname)")
        then = "".join(f"update {line.split()[1]} {line.split()[0]}\n" for line in self._refs)
        names = {line.split()[1] for line in self._refs}
        gone = "".join(
            f"{line}\n" for line in now.splitlines() if line.removeprefix("delete ") not in names
        )
        forge.git("update-ref", "--stdin", given=(gone + then).encode())
        for name, value in self._fields.items():
            setattr(forge, name, copy.deepcopy(value))
        if self._state and self._copy:
            shutil.rmtree(self._state)
            shutil.copytree(self._copy, self._state)
