"""Rules on steps: what the commands refuse, and what `hmco check --base` finds in anyone's change.

The judge itself is `release.promotion.judge`; here stands what there is to know of each refusal.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from release.promotion.chartfacts import CHANGELOG_FIX
from release.promotion.judge import UNSAID
from release.rules.facts import Facts
from release.rules.rule import Breach, Judged, Rule, Severity, register

_step = partial(
    Rule,
    severity=Severity.ERROR,
    judges=Judged.STEP,
    check=lambda _: (),  # one checkout shows no step
)

_RULES: Final = (
    _step(
        id="behind",
        title="A decision is made on what has landed",
        why="A hold, a freeze or a pin that the trunk has and the checkout lacks would be ignored.",
        fix="bring in what has landed: git merge --ff-only origin/main",
        source="design, one picture",
    ),
    _step(
        id="bump",
        title="A version says honestly how much changed",
        why="Whoever pins a patch expects everything that they use to be still there.",
        fix="cut the version that the commits call for",
        source="SemVer 2.0.0; guide R4",
    ),
    _step(
        id="follows-branch",
        title="Only a pin is promoted or rolled back",
        why="What follows a branch runs whatever lands there; it has no version to move.",
        fix="promote from that environment, or revert the change on the branch",
        source="design, versions and pins",
    ),
    _step(
        id="freeze",
        title="Nothing is promoted into a frozen environment",
        why="The days were chosen because nobody can look after a change on them.",
        fix="promote after the freeze; a rollback need not wait",
        source="design, the promotion rules",
    ),
    _step(
        id="freeze-lifted",
        title="A freeze ends as it was announced, unless somebody says why not",
        why="Others rely on nothing changing on these days.",
        fix="say why on a line of the commit's message: Unfreeze: ENVIRONMENT: REASON",
        source="design, the promotion rules",
    ),
    _step(
        id="guard-loosened",
        title="A setting is loosened only for a reason",
        why="Fewer approvals, a shorter soak, a wider bypass or a path without owner let through "
        "what nobody looked at, and the change itself is the last one that anybody has to approve.",
        fix="say why on a line of the commit's message: Loosen: SETTING in ENVIRONMENT: REASON",
        source="guide R18, fault F18",
    ),
    _step(
        id="held",
        title="A hold replaces another one only on request",
        why="The reason of the first one would be lost unseen.",
        fix="replace it with hmco hold --update, or lift it with hmco unhold",
        source="design, the promotion rules",
    ),
    _step(
        id="hold",
        title="Nothing but a rollback moves a chart that is held",
        why="Whoever set the hold doubts what runs there or what comes next.",
        fix='lift it when that is settled: hmco unhold CHART --env ENVIRONMENT --reason "…"',
        source="design, the promotion rules; guide R28",
    ),
    _step(
        id="hold-dropped",
        title="A hold is lifted or shortened only for a reason",
        why="It was set for everybody who did not know of the trouble; a file keeps no reason "
        "for its end, so the commit does.",
        fix="use hmco unhold, or hmco hold --update, or say why on a line of the commit's message: "
        "Unhold: CHART in ENVIRONMENT: REASON",
        source="design, the promotion rules",
    ),
    _step(
        id="never-ran",
        title="A rollback goes to a version that the environment ran",
        why="In an emergency only what was seen to work there is safe.",
        fix="choose one that it ran: hmco history CHART --env ENVIRONMENT",
        source="guide R28",
    ),
    _step(
        id="no-changelog",
        title="A chart that is cut has a CHANGELOG.md",
        why="The version would have no notes.",
        fix=CHANGELOG_FIX,
        source="guide R7",
    ),
    _step(
        id="no-earlier",
        title="A rollback has somewhere to go",
        why="The environment never ran a lower version.",
        fix="revert what broke it where the chart is, and cut a fix: hmco cut CHART patch",
        source="guide R28",
    ),
    _step(
        id="no-way",
        title="A promotion comes from where its target says",
        why="The order of environments is the only rehearsal there is.",
        fix="take each environment in turn, as hmco:promotesFrom names them",
        source="guide R14, fault F9",
    ),
    _step(
        id="not-cut",
        title="What a branch runs becomes a version before it moves on",
        why="A pin names a tag, and no tag holds these changes.",
        fix="say which version they become: hmco promote CHART minor --to ENVIRONMENT",
        source="design, versions and pins",
    ),
    _step(
        id="not-deployed",
        title="A chart moves only where it is deployed",
        why="Whether an environment runs a chart at all is decided by review.",
        fix="add a line to hmco:versions of the stack file in a reviewed pull request",
        source="design, the promotion rules",
    ),
    _step(
        id="not-higher",
        title="A promotion goes up; going down is a rollback, which holds",
        why="Without a hold the next promotion undoes a rollback, and nobody learns why.",
        fix="go back with hmco rollback, which holds the chart; a version to cut is above the last",
        source="design, the promotion rules; guide R28",
    ),
    _step(
        id="not-landed",
        title="A soak begins when the pin has landed",
        why="What is only in a checkout runs nowhere.",
        fix="merge that change first, then fetch it",
        source="design, one picture",
    ),
    _step(
        id="not-lower",
        title="A rollback goes down",
        why="Going up is a promotion, with its soak and its gates.",
        fix="promote it: hmco promote CHART VERSION --to ENVIRONMENT",
        source="design, the promotion rules",
    ),
    _step(
        id="not-running",
        title="A promotion moves what its source runs",
        why="Another version has not soaked there.",
        fix="promote what the source runs, or bring the version there first",
        source="guide R14, R36",
    ),
    _step(
        id="not-the-trunk",
        title="What is cut is what the branch runs",
        why="A version cut from other files than those that ran would be new to everybody.",
        fix="land the change first, or start from the trunk",
        source="design, versions and pins",
    ),
    _step(
        id="note",
        title="A version's notes come from one place",
        why="The changelog's Unreleased section already says something.",
        fix="add the note there, and leave --note out",
        source="guide R7",
    ),
    _step(
        id="nothing-new",
        title="A version is cut when something changed",
        why="Two versions of the same files tell two stories.",
        fix="promote the version that is there",
        source="guide R4",
    ),
    _step(
        id="pinned-source",
        title="Nothing is cut on the way from a pinned source",
        why="The source runs its pin, and that is what has soaked.",
        fix="promote what the source runs",
        source="design, versions and pins",
    ),
    _step(
        id="rolled-back",
        title="What was rolled back from returns only on purpose",
        why="Whoever rolled back doubts that version, and need not be the one who is on call now.",
        fix='name the version and say why it is good after all: --again "…"',
        source="design, the promotion rules",
    ),
    _step(
        id="section",
        title="A version to be cut has no section yet",
        why="Its notes would appear twice.",
        fix="name the next version, or correct the changelog by hand",
        source="guide R7",
    ),
    _step(
        id="silent",
        title="A version says what changed",
        why="Users of the chart learn of a change from its changelog.",
        fix='say it: hmco cut CHART VERSION --note "Fixed: …"',
        source="guide R7",
    ),
    _step(
        id="soak",
        title="A version runs long enough in its source",
        why="Faults that need a night or a weekend to show are found before production.",
        fix="promote when the soak time is over: hmco status tells when",
        source="guide R36, fault F5",
    ),
    _step(
        id="tagged",
        title="A version is cut once",
        why="A tag is never moved: whoever pinned the version would run something else.",
        fix="cut one above all tags",
        source="guide R4",
    ),
    _step(
        id="version",
        title="Versions are exact Semantic Versions",
        why="Only they can be ordered and be part of a tag.",
        fix="correct it by hand first: MAJOR.MINOR.PATCH",
        source="design, versions and pins",
    ),
)


def broken_by_steps(facts: Facts, name: str) -> Iterator[Breach]:
    """Yield where the steps from the base broke that rule, in the words of the commands."""
    is_unsaid = name in UNSAID.values()
    lines = {place.name: place.stack_file for place in facts.environments}
    for fault in facts.faults or ():
        if fault.reason.code != name:
            continue
        stack_file = lines.get(fault.environment)
        path = fault.setting.split(".") if fault.setting else ["versions", fault.chart]
        when = f"in {fault.commit[:10]}, " if fault.commit else ""
        yield Breach(
            file=facts.picture.stack_path(f"Pulumi.{fault.environment}.yaml"),
            line=stack_file.line(*path) if stack_file else 0,
            what=f"{when}{fault.move}: {fault.reason.fact}",
            fix=fault.reason.remedy if is_unsaid else f"undo that; {fault.reason.remedy}",
            chart=fault.chart,
            environment=fault.environment,
            severity=Severity.NOTE if fault.pending else None,
        )


for _each in _RULES:
    register(_each)
