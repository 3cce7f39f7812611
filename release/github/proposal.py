"""The words of a promotion's, rollback's or hold's pull request: title, labels, commit, body.

What the body must show, in which order, is what Atlantis, Telefonistka and kubechecks found useful:
what moves where, what it was judged by, what changes, and how to go back.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from release.estate import Environment, Estate
from release.github.hub.propose import COMMAND, REQUESTER, TRAILER
from release.github.markdown import Section, code, escape, fenced, fitted, folded, table, title
from release.promotion.decision import Plan
from release.promotion.nextsteps import commit_body, commit_subject
from release.text.counted import counted
from release.versions import tag_of

MARKER: Final = "<!-- hmco:proposal -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the plan does not know: who asked, where the run is, the diff, and what the plan said.

    `changelog` are the sections (tag, text) between a chart's two versions, newest first;
    `evidence` are sentences on the version in its source environment; `outlook` is Markdown of
    `hmco plan`.
    """

    requesters: tuple[str, ...] = ()
    run: str | None = None
    commit: str = ""
    diff: str = ""
    evidence: tuple[str, ...] = ()
    changelog: Sequence[tuple[str, str]] = ()
    outlook: str = ""


def is_draft(plan: Plan, estate: Estate) -> bool:
    """Tell whether the pull request opens as a draft; a rollback is never kept waiting by it."""
    if plan.command != "promote" or plan.environment is None:
        return False
    return estate.environments[plan.environment].settings.approvals.draft


def commit_message(plan: Plan, context: Context) -> str:
    """Return the commit's message; its last lines say who made it and who asked for it."""
    trailers = [
        TRAILER,
        f"{COMMAND}{plan.command}",
        *(f"{REQUESTER}{name}" for name in context.requesters),
    ]
    parts = [commit_subject(plan), commit_body(plan), "\n".join(trailers)]
    return "\n\n".join(filter(None, parts)) + "\n"


def body(plan: Plan, estate: Estate, context: Context) -> str:
    """Return the pull request's body, which fits GitHub's limit however much there is to say."""
    sections: list[Section] = [*_head(plan, estate, context)]
    if context.outlook:
        sections.append((context.outlook, "The rendered changes are in the run's own summary."))
    for tag, text in context.changelog:
        full = folded(f"Changelog of {title(tag)}", fenced(text, "markdown"))
        sections.append((full, f"Changelog of {escape(tag)}: see the chart's CHANGELOG.md."))
    if context.diff:
        diff = folded("Changed lines", fenced(context.diff, "diff"))
        sections.append((diff, "The changed lines are under “Files changed”."))
    sections += _foot(plan, context)
    return fitted(sections)


def _head(plan: Plan, estate: Estate, context: Context) -> Iterator[str]:
    yield MARKER
    yield f"**{escape(plan.summary)}**"
    if plan.reason:
        yield f"Reason: {escape(plan.reason)}"
    yield from (_versions(each, estate) for each in plan.each)
    said = [*context.evidence, *plan.remarks]
    if said:
        yield "\n".join(f"- {escape(each)}" for each in said)
    if plan.environment is not None:
        yield _who(plan, estate.environments[plan.environment], context)


def _versions(plan: Plan, estate: Estate) -> str:
    rows = []
    for name, place in estate.environments.items():
        now = place.settings.versions.get(plan.chart)
        if now is None:
            continue
        moves = name == plan.environment and plan.after not in {None, now}
        hold = place.settings.holds.get(plan.chart)
        rows.append(
            (
                f"**{escape(name)}**" if name == plan.environment else escape(name),
                code(now),
                f"**{code(plan.after or now)}**" if moves else "unchanged",
                escape(f"held: {hold.reason}") if hold else "",
            )
        )
    return table(("environment", f"{escape(plan.chart)} now", "after the merge", ""), rows)


def _who(plan: Plan, place: Environment, context: Context) -> str:
    approvals = place.settings.approvals
    teams = f" from {' and '.join(map(escape, approvals.teams))}" if approvals.teams else ""
    count = approvals.count
    needed = f"{counted(count, 'approval')}{teams}" if count else "no approval"
    asked = " and ".join(f"@{name}" for name in context.requesters)
    own = f" Started by {asked}, whose own approval does not count." if asked else ""
    draft = (
        " It is a draft: mark it ready for review when the checklist below is done."
        if plan.command == "promote" and approvals.draft
        else ""
    )
    return f"{escape(place.name)} needs {needed}.{own}{draft}"


def _foot(plan: Plan, context: Context) -> Iterator[str]:
    if plan.command == "promote" and plan.environment is not None:
        yield (
            "### Before the merge\n\n"
            "- [ ] the changes above are intended\n"
            "- [ ] the version behaved well where it comes from\n"
            "- [ ] whoever is on call knows about it"
        )
        ways = (
            "Actions → Chart Rollback → Run workflow, or "
            f"{code(shlex.join(('hmco', 'rollback', each.chart, '--env', plan.environment)))}; "
            f"it goes to {code(each.before or '')}."
            for each in plan.each
        )
        yield "### Way back\n\n" + "\n\n".join(ways)
    if plan.cut:
        tag = tag_of(plan.cut.chart, plan.cut.version)
        yield f"After the merge the release workflow tags {code(tag)}."
    made = f"Decided on {code(context.commit[:12])}" if context.commit else ""
    run = f"[run]({context.run})" if context.run else ""
    yield " · ".join(filter(None, (made, run)))
