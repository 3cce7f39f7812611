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
from release.promotion.decision import Action
from release.promotion.nextsteps import commit_body, commit_subject
from release.text.counted import counted
from release.versions import tag_of

MARKER: Final = "<!-- hmco:proposal -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the action does not know: who asked, where the run is, and what it would bring.

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


def is_draft(action: Action, estate: Estate) -> bool:
    """Tell whether the pull request opens as a draft; a rollback is never kept waiting by it."""
    if action.command != "promote" or action.environment is None:
        return False
    return estate.environments[action.environment].settings.approvals.draft


def commit_message(action: Action, context: Context) -> str:
    """Return the commit's message; its last lines say who made it and who asked for it."""
    trailers = [
        TRAILER,
        f"{COMMAND}{action.command}",
        *(f"{REQUESTER}{name}" for name in context.requesters),
    ]
    parts = [commit_subject(action), commit_body(action), "\n".join(trailers)]
    return "\n\n".join(filter(None, parts)) + "\n"


def body(action: Action, estate: Estate, context: Context) -> str:
    """Return the pull request's body, which fits GitHub's limit however much there is to say."""
    sections: list[Section] = [*_head(action, estate, context)]
    if context.outlook:
        sections.append((context.outlook, "The rendered changes are in the run's own summary."))
    for tag, text in context.changelog:
        full = folded(f"Changelog of {title(tag)}", fenced(text, "markdown"))
        sections.append((full, f"Changelog of {escape(tag)}: see the chart's CHANGELOG.md."))
    if context.diff:
        diff = folded("Changed lines", fenced(context.diff, "diff"))
        sections.append((diff, "The changed lines are under “Files changed”."))
    sections += _foot(action, context)
    return fitted(sections)


def _head(action: Action, estate: Estate, context: Context) -> Iterator[str]:
    yield MARKER
    yield f"**{escape(action.summary)}**"
    if action.reason:
        yield f"Reason: {escape(action.reason)}"
    yield from (_versions(each, estate) for each in action.each)
    said = [*context.evidence, *action.remarks]
    if said:
        yield "\n".join(f"- {escape(each)}" for each in said)
    if action.environment is not None:
        yield _who(action, estate.environments[action.environment], context)


def _versions(action: Action, estate: Estate) -> str:
    rows = []
    for name, place in estate.environments.items():
        now = place.settings.versions.get(action.chart)
        if now is None:
            continue
        moves = name == action.environment and action.after not in {None, now}
        hold = place.settings.holds.get(action.chart)
        rows.append(
            (
                f"**{escape(name)}**" if name == action.environment else escape(name),
                code(now),
                f"**{code(action.after or now)}**" if moves else "unchanged",
                escape(f"held: {hold.reason}") if hold else "",
            )
        )
    return table(("environment", f"{escape(action.chart)} now", "after the merge", ""), rows)


def _who(action: Action, place: Environment, context: Context) -> str:
    approvals = place.settings.approvals
    teams = f" from {' and '.join(map(escape, approvals.teams))}" if approvals.teams else ""
    count = approvals.count
    needed = f"{counted(count, 'approval')}{teams}" if count else "no approval"
    asked = " and ".join(f"@{name}" for name in context.requesters)
    own = f" Started by {asked}, whose own approval does not count." if asked else ""
    draft = (
        " It is a draft: mark it ready for review when the checklist below is done."
        if action.command == "promote" and approvals.draft
        else ""
    )
    return f"{escape(place.name)} needs {needed}.{own}{draft}"


def _foot(action: Action, context: Context) -> Iterator[str]:
    if action.command == "promote" and action.environment is not None:
        yield (
            "### Before the merge\n\n"
            "- [ ] the changes above are intended\n"
            "- [ ] the version behaved well where it comes from\n"
            "- [ ] whoever is on call knows about it"
        )
        ways = (
            "Actions → Chart Rollback → Run workflow, or "
            f"{code(shlex.join(('hmco', 'rollback', each.chart, '--env', action.environment)))}; "
            f"it goes to {code(each.before or '')}."
            for each in action.each
        )
        yield "### Way back\n\n" + "\n\n".join(ways)
    if action.cut:
        tag = tag_of(action.cut.chart, action.cut.version)
        yield f"After the merge the release workflow tags {code(tag)}."
    made = f"Decided on {code(context.commit[:12])}" if context.commit else ""
    run = f"[run]({context.run})" if context.run else ""
    yield " · ".join(filter(None, (made, run)))
