"""Whether a command of a program that tests cannot run has a form which that program takes.

Nothing here says that such a command works: Argo CD, GitHub and Pulumi are not at hand.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from demo.environments import ROOT
from release.argocd.verify import carrying_command
from release.settings.model import ManifestsDelivery
from tools.engine.arguments import read_arguments

LABELS: Final = frozenset({"promotion", "rollback", "urgent"})
"""Labels of the guide (R16, R28); a chart's and an environment's name are labels too."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What a subcommand takes: how many operands, and each flag with whether a value follows."""

    operands: range
    flags: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))


_APP: Final = range(1, 2)
# From Argo CD's own command reference (docs/user-guide/commands) and GitHub's `gh help`.
FORMS: Final[Mapping[tuple[str, ...], _Form]] = {
    ("argocd", "app", "delete"): _Form(_APP, {"--cascade": True, "--yes": False}),
    ("argocd", "app", "get"): _Form(_APP, {"--show-operation": False, "--refresh": False}),
    ("argocd", "app", "history"): _Form(_APP),
    ("argocd", "app", "rollback"): _Form(range(1, 3), {"--prune": False, "--timeout": True}),
    ("argocd", "app", "set"): _Form(_APP, {"--sync-policy": True, "--self-heal": False}),
    ("argocd", "app", "sync"): _Form(_APP, {"--prune": False, "--timeout": True}),
    ("argocd", "app", "terminate-op"): _Form(_APP),
    ("argocd", "app", "wait"): _Form(
        _APP, {"--health": False, "--sync": False, "--operation": False, "--timeout": True}
    ),
    ("gh", "pr", "create"): _Form(
        range(1),
        {"--base": True, "--label": True, "--draft": False, "--fill": False},
    ),
    ("gh", "pr", "checks"): _Form(range(2)),
    ("gh", "pr", "ready"): _Form(range(2)),
    ("gh", "pr", "merge"): _Form(range(2), {"--merge": False, "--auto": False}),
    ("gh", "run", "list"): _Form(range(1), {"--branch": True, "--limit": True}),
    ("gh", "run", "rerun"): _Form(range(1, 2), {"--failed": False}),
    ("gh", "run", "view"): _Form(range(1, 2), {"--log-failed": False}),
}


def problems_of(
    argv: Sequence[str], charts: Collection[str], environments: Collection[str]
) -> list[str]:
    """Return what the program would not take in a command line, empty if it has its form."""
    match argv[0]:
        case "kubectl":
            return list(_of_kubectl(argv, environments))
        case "make":
            return list(_of_make(argv[1:], environments))
        case "pulumi":
            return list(_of_pulumi(argv[1:], environments))
        case _:
            return list(_of_table(argv, charts, environments))


def _of_kubectl(words: Sequence[str], environments: Collection[str]) -> Iterator[str]:
    carrying = [
        carrying_command(ManifestsDelivery(kind="manifests", directory=f"build/{name}"))
        for name in environments
    ]
    if " ".join(words) not in carrying:
        yield "this is not how delivered files reach Argo CD"


def _of_make(words: Sequence[str], environments: Collection[str]) -> Iterator[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    for word in words[2:] if words[:1] == ["-C"] else words:
        name, equals, value = word.partition("=")
        if equals and (name != "STACK" or value not in environments):
            yield f"{word} is no STACK of the estate"
        elif not equals and word not in targets:
            yield f"{word} is no target of the Makefile"


def _of_pulumi(words: Sequence[str], environments: Collection[str]) -> Iterator[str]:
    request = read_arguments(words)
    if request.operation is None and request.words != ("cancel",):
        yield "the launcher knows no such operation"
    if request.stack not in environments:
        yield f"{request.stack} is no stack of the estate"
    rest = set(words[1:]) - {"--stack", "--diff", "--refresh", "--yes", request.stack}
    if rest:
        yield f"unknown arguments: {', '.join(sorted(map(str, rest)))}"


def _of_table(
    argv: Sequence[str], charts: Collection[str], environments: Collection[str]
) -> Iterator[str]:
    form = FORMS.get(tuple(argv[:3]))
    if form is None:
        yield "no such subcommand in the table of forms"
        return
    operands: list[str] = []
    words = iter(argv[3:])
    for word in words:
        flag, equals, value = word.partition("=")
        if not flag.startswith("-"):
            operands.append(word)
        elif flag not in form.flags:
            yield f"{flag} is no flag of it"
        elif form.flags[flag]:
            given = value if equals else next(words, "")
            if not given:
                yield f"{flag} lacks its value"
            if flag == "--label" and given not in {*LABELS, *charts, *environments}:
                yield f"{given} is no label"
    if len(operands) not in form.operands:
        yield f"it takes {form.operands.start} to {form.operands.stop - 1} operands"
    if argv[0] == "argocd":
        yield from _of_application(operands, charts, environments)


def _of_application(
    operands: Sequence[str], charts: Collection[str], environments: Collection[str]
) -> Iterator[str]:
    known = {f"{chart}-{name}" for chart in charts for name in environments}
    if operands[:1] and operands[0] not in known:
        yield f"{operands[0]} is no Application of the estate"
    if operands[1:] and not operands[1].isdecimal():
        yield f"{operands[1]} is no history id; a rollback takes no revision"
