"""What `pulumi preview --json` says, as one result for people.

Its `steps` name every resource with its fate and its inputs before and after; `diagnostics` hold
what went wrong (pulumi/pkg, display/json.go).
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from release.github.results import Change, StackResult

_QUIET: Final = frozenset({"same", "read", "refresh", "create-replacement", "delete-replaced"})
"""Fates that are not changes of their own; both halves of a replacement come with one `replace`."""
_COMPONENTS: Final = "pulumi:pulumi:Stack"
_ERROR: Final = 4_000


def stack_result(stack: str, code: int, out: str, err: str) -> StackResult:
    """Return what a run of the engine found, even if it failed."""
    try:
        said = json.loads(out)
    except ValueError:
        said = None
    if not isinstance(said, Mapping):
        said = {}
    # The engine works on several at once and tells them in another order each time.
    changes = tuple(sorted(_changes(said.get("steps") or ()), key=lambda c: (c.kind, c.name)))
    if code and not _only_drifted(said, err):
        error = _diagnosed(said) or err.strip() or out.strip() or f"the engine ended with {code}"
        return StackResult(stack=stack, outcome="failed", changes=changes, error=error[-_ERROR:])
    return StackResult(stack=stack, outcome="changed" if changes else "unchanged", changes=changes)


def _only_drifted(said: Mapping[str, Any], err: str) -> bool:
    """Tell whether `--expect-no-changes` alone made the run fail."""
    return "no changes were expected" in f"{err}{_diagnosed(said)}".lower()


def _diagnosed(said: Mapping[str, Any]) -> str:
    lines = [
        str(each.get("message", "")).strip()
        for each in said.get("diagnostics") or ()
        if each.get("severity") == "error"
    ]
    return "\n".join(filter(None, lines))


def _changes(steps: Any) -> Iterator[Change]:  # noqa: ANN401 -- the engine's JSON
    for step in steps:
        op, urn = str(step.get("op", "")), str(step.get("urn", ""))
        kind, _, name = urn.rpartition("::")
        kind = kind.rpartition("::")[2].rpartition("$")[2]
        if op in _QUIET or kind == _COMPONENTS:
            continue
        yield Change(op, kind, name, _diff(step))


def _diff(step: Mapping[str, Any]) -> str:
    before, after = (_inputs(step.get(key)) for key in ("oldState", "newState"))
    lines = difflib.unified_diff(before, after, lineterm="", n=2)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++")))


def _inputs(state: Any) -> list[str]:  # noqa: ANN401 -- as above
    inputs = (state or {}).get("inputs") or {}
    shown = {key: value for key, value in inputs.items() if not key.startswith("__")}
    if not shown:
        return []
    return yaml.safe_dump(shown, sort_keys=True, width=100, allow_unicode=True).splitlines()
