"""Words and lines of a plan that every form of output shares."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from release.plan.change import ApplicationChange, Fate, ObjectChange, Plan
from release.plan.difference import ABSENT, BUNDLE, NOISY, Difference
from release.text.counted import counted

NO_NOISE: Final = "checksum/*, helm.sh/chart, app.kubernetes.io/version, caBundle"
_LONGEST: Final = 20_000
"""Lines of one object that are compared line by line; beyond that places are listed."""
_CONTEXT: Final = 3
_PLACES: Final = 5
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_OF_AN_ID: Final = 12


class _Dumper(yaml.CSafeDumper):
    """Writes text of several lines as it is read, and equal parts out each time."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- PyYAML's signature
        return True


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def yaml_lines(body: Mapping[str, Any]) -> list[str]:
    """Return an object as lines of YAML with sorted keys and without noise."""
    text = yaml.dump(_quiet(body), Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=1000)
    return str(text).splitlines()


def _quiet(value: object) -> object:
    if isinstance(value, list):
        return [_quiet(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept: dict[str, object] = {}
    for key, item in value.items():
        if key == BUNDLE:
            continue
        if key in {"annotations", "labels"} and isinstance(item, Mapping):
            kept[key] = {name: text for name, text in item.items() if not NOISY.fullmatch(name)}
        else:
            kept[key] = _quiet(item)
    return kept


def diff_lines(change: ObjectChange) -> list[str]:
    """Return what becomes of one object as lines that begin with ` `, `+`, `-` or `@@`."""
    before = yaml_lines(change.before.body) if change.before else []
    after = yaml_lines(change.after.body) if change.after else []
    if len(before) + len(after) > _LONGEST:
        return [f"~{item.path}" for item in change.differences if not item.noise]
    lines = list(difflib.unified_diff(before, after, n=_CONTEXT, lineterm=""))
    return lines[2:]


def move(change: ApplicationChange) -> str:
    """Return from where to where an Application moves."""
    old, new = change.before, change.after
    if new is None:
        return f"gone: {old.version if old else ''}"
    if old is None:
        return f"new: {new.version}"
    return f"{old.version} → {new.version}" if change.moves else new.version


def state(label: str) -> str:
    """Return the name of a state as a person reads it: of a whole commit id the beginning."""
    return label[:_OF_AN_ID] if _COMMIT.fullmatch(label) else label


def counts(change: ApplicationChange) -> str:
    """Return how many objects come, change and go."""
    if change.unknown:
        return "unknown"
    if change.failures:
        return "does not render"
    signs = ((Fate.ADDED, "+"), (Fate.CHANGED, "~"), (Fate.REMOVED, "-"))
    parts = [f"{sign}{count}" for fate, sign in signs if (count := change.count(fate))]
    return " ".join(parts) or ("noise only" if change.objects else "none")


def number(change: ApplicationChange) -> str:
    """Return the verdict on the version number."""
    verdict = change.bump
    if verdict is None:
        return "-"
    if verdict.too_small:
        return f"{verdict.made}, must be {verdict.honest}"
    return verdict.made


def risks(change: ApplicationChange) -> str:
    """Return the kinds of risk, worst first, each with how often it is there."""
    found: dict[str, int] = {}
    for item in change.flags:
        found[item.id] = found.get(item.id, 0) + 1
    told = ", ".join(f"{name} ({n})" if n > 1 else name for name, n in found.items())
    return told or ("unknown" if change.unknown else "none")


def title(change: ApplicationChange) -> str:
    """Return the heading of one Application."""
    return f"{change.environment} {change.chart} {move(change)}"


def shown(value: object) -> str:
    """Return a value on one line, shortened as people can see."""
    text = value
    if not isinstance(text, str):
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."  # noqa: PLR2004 -- one line of a terminal


def place(item: Difference) -> str:
    """Return one place and its values on one line."""
    if item.before == ABSENT:
        return f"{item.path}: {shown(item.after)} (new)"
    if item.after == ABSENT:
        return f"{item.path}: {shown(item.before)} (gone)"
    return f"{item.path}: {shown(item.before)} → {shown(item.after)}"


def object_words(change: ObjectChange) -> str:
    """Return an object's fate in a few words."""
    hook = f" (hook: {change.one.hook})" if change.one.hook else ""
    return f"{change.fate.value} {change.identity}{hook}"


def judgement(change: ApplicationChange) -> Iterator[tuple[str, str, str]]:
    """Yield what speaks against a change: how bad it is, what it is called, and its words."""
    for unknown in change.unknown:
        yield "danger", "unknown", f"{unknown.reason}; run: {unknown.command}"
    for failure in change.failures:
        yield "danger", "does not render", failure
    for item in change.flags:
        yield item.risk.value, item.id, f"{item.subject} {item.what}"
    bump = change.bump
    if bump and bump.too_small:
        reasons = "; ".join(bump.reasons)
        yield (
            "danger",
            "number",
            f"it says {bump.made}, but {bump.honest} would be honest: {reasons}",
        )


def endings(change: ApplicationChange) -> list[str]:
    """Return what is left to say of an Application: noise, and what is never the same twice."""
    said = []
    noise = change.count(Fate.NOISE)
    if noise:
        differ = counted(noise, "more differs", "more differ")
        said.append(f"{differ} in nothing but noise ({NO_NOISE})")
    if change.volatile:
        places = "; ".join(change.volatile[:_PLACES])
        left = len(change.volatile) - _PLACES
        more = f" and {left} more" if left > 0 else ""
        said.append(f"made anew by every rendering, so never compared: {places}{more}")
    return said


def closing(plan: Plan) -> str:
    """Return the sentence at the end."""
    if plan.empty:
        return (
            f"nothing changes for any cluster ({counted(plan.unchanged, 'Application')} compared)"
        )
    every = counted(len(plan.applications) + plan.unchanged, "Application")
    parts = [f"{len(plan.applications)} of {every}"]
    if plan.projects:
        parts.append(counted(len(plan.projects), "AppProject"))
    unknown = len(plan.unknown)
    tail = f"; what changes is unknown for {unknown}" if unknown else ""
    one = len(plan.applications) + len(plan.projects) == 1
    return f"{' and '.join(parts)} {'changes' if one else 'change'}{tail}"


def summary(change: ApplicationChange) -> str:
    """Return one line for a person who decides: how many objects, what goes, which risks."""
    if change.unknown:
        return f"unknown: {change.unknown[0].reason}; run: {change.unknown[0].command}"
    if change.failures:
        return f"does not render {shown(change.failures[0])}"
    removed = change.count(Fate.REMOVED)
    changed = sum(change.count(fate) for fate in (Fate.ADDED, Fate.CHANGED, Fate.REMOVED))
    gone = f"{removed} removed" if removed else "none removed"
    kinds = len({item.id for item in change.flags})
    risk = f"risk: {risks(change)}" if kinds else "no risk flag"
    return f"{counted(changed, 'object changes', 'objects change')}, {gone}, {risk}"
