"""What must be there before the workflows can work, each line done, missing or unknown.

Pure: a probe is a path of GitHub's API with the judge of its answer. Others ask GitHub.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from release.estate import Environment, Estate
from release.github.access import guarded
from release.github.livesettings import Difference
from release.github.names import (
    APP_CLIENT_ID,
    APP_PRIVATE_KEY,
    AUTOMATION,
    DRIFT_FILE,
    GOVERNANCE_CLIENT_ID,
    GOVERNANCE_PRIVATE_KEY,
    preview_place,
)
from release.github.workflows.parts import deployment_of, engine_env
from release.settings.governance import APPROVALS_CHECK, REQUIRED_CHECK

Json = Any
PAGE: Final = "docs/workflows.md"
_VARIABLES: Final = "Settings → Secrets and variables → Actions → Variables"


class State(StrEnum):
    """What is known of one line."""

    DONE = "done"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Line(NamedTuple):
    """One line of the checklist; `remedy` says what to do, or who can tell."""

    what: str
    state: State
    remedy: str = ""


class Answer(NamedTuple):
    """What GitHub said: status 200 with a body, or another status."""

    status: int
    body: Json = None


Verdict = tuple[State, str]
"""What is known, and the remedy."""
DONE: Final = (State.DONE, "")


class Probe(NamedTuple):
    """One question, and what its answer means."""

    what: str
    path: str
    judge: Callable[[Answer], Verdict]

    def line(self, answer: Answer) -> Line:
        """Return the line that an answer makes of it."""
        return Line(self.what, *self.judge(answer))


def probes(estate: Estate, owner: str, branch: str) -> Iterator[Probe]:
    """Yield every question to GitHub, in the order in which a person sets things up."""
    yield _exists(
        "the repository can be read",
        "",
        "check GITHUB_TOKEN and the repository's name in hmco:repository",
    )
    yield Probe("Actions are enabled", "/actions/permissions", _actions)
    yield _client_id(APP_CLIENT_ID)
    yield _exists(
        f"environment {AUTOMATION}",
        f"/environments/{AUTOMATION}",
        f"create it, for the branch {branch} alone ({PAGE})",
    )
    yield from _secrets(AUTOMATION, (APP_PRIVATE_KEY,))
    for place in estate.environments.values():
        if deployment_of(place) is None:
            continue
        wanted = _wanted_secrets(place)
        for name in (place.name, preview_place(place.name)):
            yield _exists(
                f"environment {name}",
                f"/environments/{name}",
                f"make it ({PAGE}), or let Pulumi do it: credentials in hmco:repository",
            )
            yield from _secrets(name, wanted)
        if guarded(place.settings):
            yield _client_id(GOVERNANCE_CLIENT_ID)
            yield from _secrets(place.name, (GOVERNANCE_PRIVATE_KEY,))
    teams = dict.fromkeys(
        t for p in estate.environments.values() for t in p.settings.approvals.teams
    )
    for team in teams:
        yield _exists(
            f"team {team}",
            f"/orgs/{owner}/teams/{team}",
            "create the team, or name another one in hmco:approvals",
        )
    required = f"the checks {REQUIRED_CHECK} and {APPROVALS_CHECK} are required"
    yield Probe(required, f"/rules/branches/{branch}", _required)
    applied = [place.name for place in estate.environments.values() if deployment_of(place)]
    if applied:
        what = f"the state backend lets workflows in ({', '.join(applied)})"
        runs = f"/actions/workflows/{DRIFT_FILE}/runs?status=completed&per_page=1&branch={branch}"
        yield Probe(what, runs, _last_look)


def local_lines(estate: Estate, stale: tuple[str, ...]) -> Iterator[Line]:
    """Yield what the checkout itself says."""
    for name, place in estate.environments.items():
        what = f"workflows bring {name} up"
        if deployment_of(place) is not None:
            yield Line(what, State.DONE)
        else:
            remedy = (
                f"in hmco:deployment of {place.stack_file.name} name a backend that every runner "
                "sees, then write workflows: true"
            )
            yield Line(what, State.MISSING, remedy)
    current = (State.MISSING, "hmco workflows, then commit them") if stale else DONE
    yield Line("workflow files are current", *current)


def guard_lines(abouts: Iterable[str], found: Sequence[Difference], stack: str) -> Iterator[Line]:
    """Yield whether each guard is what the stack files say, of what `hmco check --live` finds.

    `stack` is the one that governs the repository.
    """
    for about in abouts:
        what = f"{about} as the stack files say"
        differing = [each for each in found if each.about.partition(", ")[0] == about]
        known = [each for each in differing if each.is_known]
        told = "; ".join(
            ": ".join(filter(None, (each.about.partition(", ")[2], each.what)))
            for each in known or differing
        )
        if known:
            # Without --refresh the state equals the program, and nothing is put right.
            remedy = (
                f"{told}; pulumi up --refresh --stack {stack}, with credentials in hmco:repository"
            )
            yield Line(what, State.MISSING, remedy)
        elif differing:
            yield Line(what, State.UNKNOWN, told)
        else:
            yield Line(what, State.DONE)


def argocd_line(place: Environment, version: str | None) -> Line:
    """Return whether Argo CD runs the version that the settings say; None where nobody answered."""
    wanted = place.settings.argocd.version
    what = f"Argo CD of {place.name} is {wanted}"
    if version is None:
        return Line(
            what,
            State.UNKNOWN,
            f"nothing answers at hmco:deployment.applications of {place.stack_file.name}; ask it: "
            "argocd version --server ADDRESS",
        )
    if version.removeprefix("v").partition("+")[0] == wanted:
        return Line(what, State.DONE)
    return Line(
        what,
        State.MISSING,
        f"it answers {version}; write that into hmco:argocd of {place.stack_file.name}",
    )


def _client_id(variable: str) -> Probe:
    remedy = f"create the App ({PAGE}); its client id goes into {_VARIABLES}"
    return _exists(f"variable {variable}", f"/actions/variables/{variable}", remedy)


def _exists(what: str, path: str, remedy: str) -> Probe:
    def judge(answer: Answer) -> Verdict:
        if answer.status == _OK:
            return DONE
        return (State.MISSING, remedy) if answer.status == _NOT_FOUND else _DENIED

    return Probe(what, path, judge)


_OK: Final = 200
_NOT_FOUND: Final = 404
_DENIED: Final = (State.UNKNOWN, "this token may not see it; ask somebody who administers it")


def _actions(answer: Answer) -> Verdict:
    if answer.status != _OK:
        return _DENIED
    if _of(answer.body, "enabled") is True:
        return DONE
    return State.MISSING, "Settings → Actions → General → Allow actions"


def _secrets(place: str, names: tuple[str, ...]) -> Iterator[Probe]:
    for name in names:
        yield _exists(
            f"secret {name} of {place}",
            f"/environments/{place}/secrets/{name}",
            f"set it ({PAGE}): Settings → Environments → {place} → Add environment secret",
        )


def _wanted_secrets(place: Environment) -> tuple[str, ...]:
    return tuple(re.findall(r"\bsecrets\.(\w+)", " ".join(engine_env(place).values())))


def _required(answer: Answer) -> Verdict:
    if answer.status != _OK or not isinstance(answer.body, list):
        return _DENIED
    names = {
        str(_of(check, "context"))
        for rule in answer.body
        if _of(rule, "type") == "required_status_checks"
        for check in _of(_of(rule, "parameters"), "required_status_checks") or ()
    }
    missing = [name for name in (REQUIRED_CHECK, APPROVALS_CHECK) if name not in names]
    if not missing:
        return DONE
    remedy = f"require {' and '.join(missing)}: hmco:repository, review.checks, then pulumi up"
    return State.MISSING, remedy


def _last_look(answer: Answer) -> Verdict:
    """Judge by the last run that looked for drift: it logs in and reads the state of each stack."""
    runs = _of(answer.body, "workflow_runs")
    if answer.status not in (_OK, _NOT_FOUND) or not isinstance(runs, list | None):
        return _DENIED
    if not runs:
        remedy = "only a run can tell: land the workflow files, then Actions → Drift → Run workflow"
        return State.UNKNOWN, remedy
    if _of(runs[0], "conclusion") == "success":
        return DONE
    page = _of(runs[0], "html_url")
    return State.MISSING, f"the last look for drift did not get through; see {page}"


def _of(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, Mapping) else None
