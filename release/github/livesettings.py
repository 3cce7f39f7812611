"""What GitHub has beside what registry and stack files want of it: drift that no provider sees.

A refresh of terraform-provider-github does not notice reviewers that were removed by hand (bug
#3609 there), and a token that may not edit a ruleset is not told who may bypass it. What an answer
does not say is unknown here, and never fine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from release.github.environments import DeploymentEnvironment, branch_policy
from release.github.rulesets import Ruleset
from release.github.wire import Numbers, unknown, wire

Json = Any


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer that was refused; `why` is what GitHub said."""

    why: str


class Live(NamedTuple):
    """GitHub's answers: by name what is there, None where it is not, Unreadable where not told."""

    rulesets: Mapping[str, Json | Unreadable | None]
    environments: Mapping[str, Json | Unreadable | None]
    branches: Mapping[str, Json | Unreadable | None]
    """By environment, which branches and tags it lets in where their names decide."""
    workflow_permissions: Json | Unreadable
    actions: Json | Unreadable


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be, or about which GitHub does not tell.

    `commit` is what went past the rules, where that is what is wrong.
    """

    about: str
    what: str
    is_known: bool = True
    commit: str | None = None


def differences(
    rulesets: Sequence[Ruleset],
    environments: Sequence[DeploymentEnvironment],
    numbers: Numbers,
    live: Live,
) -> Iterator[Difference]:
    """Yield every difference between what must be and what GitHub answered."""
    for ruleset in rulesets:
        about = f"ruleset {ruleset.name}"
        found = live.rulesets.get(ruleset.name)
        missing = unknown(ruleset, numbers)
        if untold := _untold(about, found):
            yield untold
        elif missing:
            told = f"GitHub does not report the IDs of {', '.join(missing)}"
            yield Difference(about, told, is_known=False)
        else:
            yield from _ruleset(about, wire(ruleset, numbers), found)
    for environment in environments:
        about = f"environment {environment.name}"
        found = live.environments.get(environment.name)
        if untold := _untold(about, found):
            yield untold
        else:
            yield from _environment(about, environment, numbers, found)
            if environment.branch is not None:
                yield from _branches(about, environment.branch, live.branches.get(environment.name))
    yield from _fields("workflow permissions", _WORKFLOWS, live.workflow_permissions)
    yield from _fields("Actions permissions", _ACTIONS, live.actions)


_WORKFLOWS: Final = {
    "default_workflow_permissions": "read",
    "can_approve_pull_request_reviews": False,
}
_ACTIONS: Final = {"enabled": True, "allowed_actions": "selected", "sha_pinning_required": True}
_ABSENT: Final = object()


def _untold(about: str, found: Json | Unreadable | None) -> Difference | None:
    if isinstance(found, Unreadable):
        return Difference(about, found.why, is_known=False)
    return Difference(about, "is not there") if found is None else None


def _fields(
    about: str, wanted: Mapping[str, Json], found: Json | Unreadable
) -> Iterator[Difference]:
    if isinstance(found, Unreadable) or found is None:
        yield from filter(None, [_untold(about, found)])
        return
    for name, value in wanted.items():
        has = found.get(name, _ABSENT)
        if has is _ABSENT:
            yield Difference(about, f"GitHub does not report {name}", is_known=False)
        elif has != value:
            yield Difference(about, f"{name} is {has!r} and must be {value!r}")


def _ruleset(about: str, wanted: Mapping[str, Json], found: Json) -> Iterator[Difference]:
    yield from _fields(
        about, {name: wanted[name] for name in ("target", "enforcement", "conditions")}, found
    )
    if "bypass_actors" not in found:
        told = "this token may not see who may bypass it; ask with one that may edit rulesets"
        yield Difference(about, told, is_known=False)
    else:
        must, has = (_actors(each["bypass_actors"]) for each in (wanted, found))
        yield from (Difference(about, f"{each} may bypass it") for each in sorted(has - must))
        yield from (Difference(about, f"{each} may not bypass it") for each in sorted(must - has))
    if "rules" not in found:
        yield Difference(about, "GitHub does not report rules", is_known=False)
        return
    rules = {rule["type"]: rule.get("parameters", {}) for rule in found["rules"]}
    for rule in wanted["rules"]:
        kind = rule["type"]
        if kind not in rules:
            yield Difference(about, f"the rule {kind} is gone")
        else:
            yield from _parameters(f"{about}, rule {kind}", rule.get("parameters", {}), rules[kind])


def _actors(actors: Sequence[Json]) -> set[str]:
    return {
        f"{each.get('actor_type')} {each.get('actor_id')} ({each.get('bypass_mode')})"
        for each in actors
    }


def _parameters(
    about: str, wanted: Mapping[str, Json], found: Mapping[str, Json]
) -> Iterator[Difference]:
    for name, value in wanted.items():
        has = found.get(name, _ABSENT)
        if has is _ABSENT and value not in ([], False):
            yield Difference(about, f"GitHub does not report {name}", is_known=False)
        elif has is not _ABSENT and _sorted(has) != _sorted(value):
            yield Difference(about, f"{name} is not as it must be")


def _sorted(value: Json) -> Json:
    """Return the value with lists in one order, in which GitHub need not keep them."""
    if isinstance(value, list):
        return sorted((_sorted(each) for each in value), key=repr)
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return value


def _environment(
    about: str, wanted: DeploymentEnvironment, numbers: Numbers, found: Json
) -> Iterator[Difference]:
    rules = {rule["type"]: rule for rule in found.get("protection_rules", ())}
    reviewers = rules.get("required_reviewers", {})
    has = {each["reviewer"].get("id") for each in reviewers.get("reviewers", ())}
    lacking = [slug for slug in wanted.reviewers if slug not in numbers.teams]
    must = {numbers.teams[slug]: slug for slug in wanted.reviewers if slug in numbers.teams}
    if lacking:
        told = f"GitHub does not report the IDs of {', '.join(lacking)}"
        yield Difference(about, told, is_known=False)
    for number, slug in must.items():
        if number not in has:
            yield Difference(about, f"the team {slug} is not a reviewer")
    if not lacking:
        for number in sorted(has - must.keys(), key=repr):
            yield Difference(about, f"reviewer {number} is not one of the stack file's teams")
    if wanted.reviewers and not reviewers.get("prevent_self_review", False):
        yield Difference(about, "whoever starts a run may approve it (prevent_self_review)")
    fields = {"can_admins_bypass": False, "deployment_branch_policy": branch_policy(wanted)}
    yield from _fields(about, fields, found)


def _branches(about: str, branch: str, found: Json | Unreadable | None) -> Iterator[Difference]:
    if not isinstance(found, Mapping) or not isinstance(found.get("branch_policies"), list):
        why = found.why if isinstance(found, Unreadable) else "GitHub does not list its branches"
        yield Difference(about, why, is_known=False)
        return
    listed = found["branch_policies"]
    must = f"branch {branch}"
    has = {f"{each.get('type', 'branch')} {each.get('name')}" for each in listed}
    yield from (Difference(about, f"{each} may use it too") for each in sorted(has - {must}))
    if must not in has:
        yield Difference(about, f"{must} may not use it")
    if len(listed) < found.get("total_count", len(listed)):
        yield Difference(about, "GitHub does not list all of its branches", is_known=False)
