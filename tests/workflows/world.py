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
    for name, made in _ids(forge).items():
        if name.startswith("refs/pull/"):
            continue
        if made not in _SAID:
            _SAID[made] = tuple(_said(forge, made))
        yield name, *_SAID[made]


_SAID: Final[dict[str, tuple[str, ...]]] = {}
"""What each object says; its id is made of that, so it never says anything else."""


def _said(forge: Forge, made: str) -> Iterator[str]:
    kind = forge.git("cat-file", "-t", made)
    yield kind
    if kind == "tag":
        yield forge.git("rev-parse", f"{made}^{{commit}}")
        yield forge.git("cat-file", "tag", made).partition("\n\n")[2]
    else:
        yield forge.git("show", "-s", "--format=%T %P%n%B", made)


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


def _ids(forge: Forge) -> dict[str, str]:
    """Return the id that each ref has."""
    lines = forge.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split() for line in lines)


class Kept:
    """The world at one moment."""

    def __init__(self, forge: Forge, state: Path | None = None, folder: Path | None = None) -> None:
        self._refs = _ids(forge)
        self._fields = {name: copy.deepcopy(getattr(forge, name)) for name in _KEPT}
        self._state, self._copy = state, folder
        if state and folder:
            shutil.copytree(state, folder)

    def bring_back(self, forge: Forge) -> None:
        """Make the world what it was; Git still has every object."""
        now, then = _ids(forge), self._refs
        gone = "".join(f"delete {name}\n" for name in now.keys() - then.keys())
        made = "".join(f"update {name} {each}\n" for name, each in then.items() - now.items())
        if gone or made:
            forge.git("update-ref", "--stdin", given=(gone + made).encode())
        for name, value in self._fields.items():
            setattr(forge, name, copy.deepcopy(value))
        if self._state and self._copy:
            shutil.rmtree(self._state)
            shutil.copytree(self._copy, self._state)
