"""What a change of settings loosens: a pure judgement of two whole states, setting by setting.

Every field of the settings is a guard with a direction in one of the two tables below, or in the
test beside them with the reason why it guards nothing; so a field added later is not forgotten.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from release.settings.base import to_camel
from release.settings.governance import BreakGlass, PathRule, RepositorySettings
from release.settings.model import Role, Settings
from release.settings.types import seconds


class Loosening(NamedTuple):
    """One setting that asks for less than before; `lost` says what, in a few words."""

    stack: str
    setting: str
    lost: str


_MISSING: Final = object()
Guard = Callable[[Any, Any], Iterator[str]]
"""Yields what the newer of two values no longer asks for; nothing where it asks for as much."""


def loosenings(old: Mapping[str, Settings], new: Mapping[str, Settings]) -> tuple[Loosening, ...]:
    """Return what the newer state loosens; a stack that is new or gone loosens nothing by that.

    The repository's guard may move to another stack file; that it is gone is a loosening.
    """
    found: list[Loosening] = []
    for stack, before in old.items():
        if stack in new:
            found += _compared(stack, before, new[stack], SETTINGS, "")
    was, now = _governing(old), _governing(new)
    if was is not None and now is None:
        found.append(Loosening(was[0], "repository", "nothing guards the repository any more"))
    elif was is not None and now is not None:
        found += _compared(now[0], was[1], now[1], REPOSITORY, "repository.")
    return tuple(found)


def _governing(stacks: Mapping[str, Settings]) -> tuple[str, RepositorySettings] | None:
    said = ((stack, each.repository) for stack, each in stacks.items())
    return next(((stack, each) for stack, each in said if each is not None), None)


def _compared(
    stack: str, old: object, new: object, guards: Mapping[str, Guard], prefix: str
) -> Iterator[Loosening]:
    for path, guard in guards.items():
        before, after = _value(old, path), _value(new, path)
        if before is _MISSING or after is _MISSING:
            # A past file may be wrong in places; the rules on states told that when it was new.
            continue
        if lost := "; ".join(guard(before, after)):
            setting = ".".join(map(to_camel, path.split(".")))
            yield Loosening(stack, f"{prefix}{setting}", lost)


def _value(record: object, path: str) -> object:
    for name in path.split("."):
        if record is None:
            return None
        record = getattr(record, name, _MISSING)
    return record


def fewer(old: int, new: int) -> Iterator[str]:
    """Tell a lower number: it asks for less."""
    if new < old:
        yield f"{old} -> {new}"


def shorter(old: str, new: str) -> Iterator[str]:
    """Tell a shorter time: it asks for less."""
    if seconds(new) < seconds(old):
        yield f"{old} -> {new}"


def gone(old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    """Tell entries that are gone: each asked for something."""
    kept = set(new)
    yield from (f"without {each}" for each in old if each not in kept)


def added(old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    """Tell entries that are new: each lets something through."""
    known = set(old)
    yield from (f"also {each}" for each in new if each not in known)


def changed(old: object, new: object) -> Iterator[str]:
    """Tell any other value: whether it asks for less cannot be known."""
    if new != old:
        yield f"{_told(old)} -> {_told(new)}"


def another(old: object, new: object) -> Iterator[str]:
    """Tell another value; one that is stated now, or asked for, is the same somebody."""
    if old is not None and new is not None:
        yield from changed(old, new)


def followed(old: str | None, new: str | None) -> Iterator[str]:
    """Tell a branch to follow: it holds less than a pin."""
    if new is not None:
        yield from changed(old, new)


def ranked(*strict_to_loose: str) -> Guard:
    """Return the guard of a choice; values in one text are equally strict."""
    rank = {value: at for at, values in enumerate(strict_to_loose) for value in values.split()}

    def guard(old: object, new: object) -> Iterator[str]:
        before, after = str(old).lower(), str(new).lower()
        if rank[after] > rank[before]:
            yield f"{before} -> {after}"

    return guard


allowed: Final = ranked("false", "true")
demanded: Final = ranked("true", "false")


def on(view: Callable[[Any], Any], guard: Guard) -> Guard:
    """Return the guard of what a setting comes to."""
    return lambda old, new: guard(view(old), view(new))


def each(guard: Guard, absent: object) -> Guard:
    """Return the guard of a mapping's entries; one that is gone is compared as `absent`."""

    def guards(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
        for key, value in old.items():
            yield from (f"{key}: {lost}" for lost in guard(value, new.get(key, absent)))

    return guards


def _rights(roles: Iterable[Role]) -> list[str]:
    return [f"{action} by {g}" for role in roles for g in role.groups for action in role.actions]


def _told_in(notifications: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{trigger} in {c}" for trigger, channels in notifications.items() for c in channels]


def disowned(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Tell a team of the registry that is somebody else on GitHub, or nobody."""
    for team, slug in old.items():
        if new.get(team) != slug:
            yield f"{team} is {new.get(team, 'nobody')} in place of {slug}"


def _needed(rules: Iterable[PathRule]) -> dict[str, int]:
    """Return how many approvals of which team changes of a pattern need."""
    found: dict[str, int] = {}
    for rule in rules:
        for pattern in rule.patterns:
            about = f"{pattern} by {rule.team}"
            found[about] = max(found.get(about, 0), rule.approvals)
    return found


def _bypasses(glass: BreakGlass | None) -> list[str]:
    """Return who may bypass what; always is more than by request."""
    if glass is None:
        return []
    modes = ("pull_request", "always") if glass.mode == "always" else ("pull_request",)
    return [
        f"{team} for {environment} ({mode})"
        for team in glass.teams
        for environment in glass.environments
        for mode in modes
    ]


def _told(value: object) -> str:
    text = "null" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


_LONGEST: Final = 60

SETTINGS: Final[Mapping[str, Guard]] = {
    "promotes_from": added,
    "soak": shorter,
    "approvals.count": fewer,
    "approvals.teams": gone,
    "approvals.draft": demanded,
    "source.repository": changed,
    "source.charts": changed,
    "source.branch": followed,
    "sync_policy.automated": allowed,
    "sync_policy.prune": allowed,
    "sync_policy.allow_empty": allowed,
    "sync_policy.options": changed,
    "sync_windows": changed,
    "roles": on(_rights, added),
    "notifications": on(_told_in, gone),
    "deletion.protect": demanded,
    "deployment.login": another,
}
REPOSITORY: Final[Mapping[str, Guard]] = {
    "credentials": ranked("token app", "none"),
    "api": changed,
    "owner": changed,
    "name": changed,
    "default_branch": changed,
    "folder": changed,
    # Pulumi writes files by an App that nothing holds.
    "files": ranked("rendered", "pulumi"),
    "enforcement": ranked("active", "disabled"),
    "review.approvals": fewer,
    "review.checks": gone,
    "review.checks_app": changed,
    "owners": disowned,
    "teams": each(another, None),
    "paths": on(_needed, each(fewer, 0)),
    "break_glass": on(_bypasses, added),
    "tags.pattern": changed,
    "release_app.slug": changed,
    "release_app.id": another,
    "actions.allowed": added,
}
