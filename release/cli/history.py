"""`hmco history`: who moved a chart, when, why and approved by whom, from Git."""

from collections.abc import Mapping

import click

from release.cli.options import Count, chart_argument, environments_option, json_option, repo_option
from release.cli.output import Cell, checkout_json, print_json, print_table, say, say_skipped
from release.cli.session import Session
from release.estate import Estate
from release.promotion.bypasses import bypassed
from release.promotion.commitlines import Saying, about_chart, sayings
from release.promotion.knownnames import require_known
from release.repository.git.commits import Commit
from release.repository.git.log import read_landings
from release.repository.pinhistory import PinChange, read_pin_history
from release.text.times import told_moment
from release.versions import is_version, lower

_HEADER = ("WHEN", "ENV", "CHANGE", "WHO", "APPROVED BY", "WHY", "COMMIT")


@click.command
@chart_argument(required=False)
@environments_option
@click.option("--limit", type=Count(), help="Show only this many changes, newest first.")
@click.option(
    "--live",
    is_flag=True,
    help="Also ask GitHub who bypassed its rules this month; read-only (GITHUB_TOKEN).",
)
@click.option(
    "--at",
    metavar="DAY|REV",
    help="Show what ran at the end of that day (YYYY-MM-DD, by UTC) or at that commit instead.",
)
@json_option
@repo_option
@click.pass_obj
def history(
    session: Session,
    *,
    chart: str | None,
    environments: tuple[str, ...],
    limit: int | None,
    at: str | None,
    live: bool,
) -> None:
    """Show every change of CHART's pin or hold as it landed, newest first.

    Without CHART it shows those of all charts. With --at it shows what ran then, and who had put
    it there.
    """
    picture = session.committed()
    require_known(picture.estate, [chart] if chart else [], environments)
    clone = picture.stacks.clone
    files = picture.stack_paths(environments or picture.estate.environments)
    past = read_pin_history(clone.repository, clone.trunk.commit, files)
    shown = past.changes if at is None else past.in_force(clone.landed_by(at))
    changes = [change for change in shown if chart in {None, change.chart}]
    if at is not None:
        order = [*files]
        changes.sort(key=lambda change: (change.chart, order.index(change.environment)))
    changes = changes[:limit]
    ids = {change.commit for change in changes}
    commits = read_landings(clone.repository, clone.trunk.commit, ids, files.values())
    recorded = _recorded(picture.estate, live=live)
    landed = [
        (change, commits[change.commit], _bypassed(change, commits[change.commit], recorded))
        for change in changes
    ]
    if session.as_json:
        print_json(
            {
                "chart": chart,
                "checkout": checkout_json(clone.distance),
                "changes": [_json(*each) for each in landed],
                "incomplete": sorted(past.incomplete),
                "skipped": [
                    {"environment": s.environment, "commit": s.commit, "reason": s.reason}
                    for s in past.skipped
                ],
            }
        )
        return
    told = [_row(*each) for each in landed]
    if not changes:
        found = "is known here" if past.incomplete else "has landed yet"
        say(f"nothing {found} that pins or holds {chart or 'a chart'} there")
    elif chart is None:
        named = (
            (row[0], Cell(change.chart, "bold"), *row[1:])
            for change, row in zip(changes, told, strict=True)
        )
        print_table((_HEADER[0], "CHART", *_HEADER[1:]), named)
    else:
        print_table(_HEADER, told)
    if clone.distance is not None and clone.distance.told:
        say(f"this checkout is {clone.distance.told}; this shows what {clone.distance.trunk} says")
    for commit in recorded.keys() - commits.keys():
        say(f"{commit[:10]} went past the rules too (GitHub: {recorded[commit]})", err=True)
    silent = [c for _, c, _ in landed if c.pull_request and not c.approved_by]
    if silent:
        say(
            "approvals are read from trailers (Approved-by, Reviewed-by, Acked-by) of what landed; "
            f"pull request {silent[0].pull_request} has none, and its reviews are on GitHub alone",
            err=True,
        )
    lacking = ", ".join(name for name in files if name in past.incomplete)
    if lacking:
        say(
            f"earlier changes of {lacking} are not in this clone: git fetch --unshallow --tags",
            err=True,
        )
    say_skipped(past.skipped)


def kind_of(change: PinChange) -> str:
    """Return what a change was, in the words of the commands."""
    before, after = change.before, change.after
    if not change.moved:
        if change.hold_after is None:
            return "unhold"
        return "hold" if change.hold_before is None else "hold changed"
    if before is None or after is None:
        return "deployed" if before is None else "removed"
    if is_version(before) and is_version(after):
        return "rollback" if lower(after, before) else "promotion"
    return "pinned" if is_version(after) else "unpinned"


def _recorded(estate: Estate, *, live: bool) -> Mapping[str, str]:
    if not live:
        return {}
    from release.cli.hub import hub_of  # noqa: PLC0415 -- for few calls
    from release.cli.live import recorded_bypasses  # noqa: PLC0415 -- as above

    return recorded_bypasses(estate, hub_of(estate))


def _bypassed(change: PinChange, commit: Commit, recorded: Mapping[str, str]) -> str | None:
    """Return why a change went past its approvals; of one whose commit is silent, who did it."""
    who = recorded.get(change.commit)
    untold = f"no reason given (GitHub: {who})" if who else None
    return bypassed(commit.message, change.environment) or untold


def _row(change: PinChange, commit: Commit, reason: str | None) -> tuple[Cell, ...]:
    kind = kind_of(change)
    style = {"rollback": "bold red", "hold": "yellow"}.get(kind, "")
    return (
        Cell(told_moment(change.landed_at)),
        Cell(change.environment),
        Cell(_told(change, kind), style),
        Cell(commit.author.name),
        _approvals(commit, reason),
        Cell(_why(change, commit)),
        Cell(change.commit[:10], "dim"),
    )


def _approvals(commit: Commit, reason: str | None) -> Cell:
    names = ", ".join(map(_name, commit.approved_by))
    if reason is None:
        return Cell(names or "-")
    return Cell(f"bypassed: {reason}" + (f"; {names}" if names else ""), "bold red")


def _told(change: PinChange, kind: str) -> str:
    if not change.moved:
        return kind
    return f"{kind} {change.before or 'nothing'} -> {change.after or 'nothing'}"


def _why(change: PinChange, commit: Commit) -> str:
    number = f" (#{commit.pull_request})" if commit.pull_request else ""
    why = f"{commit.why.removesuffix(number)}{number}"
    said = sayings(commit.message)
    chart, environment = change.chart, change.environment
    held = change.hold_after if change.hold_after != change.hold_before else None
    reasons = {
        "unhold": said.get((Saying.UNHOLD, about_chart(chart, environment))),
        "again": said.get((Saying.AGAIN, about_chart(chart, environment, change.after or ""))),
        # The subject that hmco gives a hold says it already.
        "hold": held.reason if held and f": {held.reason}" not in why else None,
    }
    return "; ".join((why, *(f"{kind}: {reason}" for kind, reason in reasons.items() if reason)))


def _name(person: str) -> str:
    """Return the name of a `Name <address>`; people know each other without the address."""
    return person.partition(" <")[0] or person


def _json(change: PinChange, commit: Commit, reason: str | None) -> dict[str, object]:
    return {
        "chart": change.chart,
        "environment": change.environment,
        "kind": kind_of(change),
        "before": change.before,
        "after": change.after,
        "holdBefore": change.hold_before._asdict() if change.hold_before else None,
        "holdAfter": change.hold_after._asdict() if change.hold_after else None,
        "landedAt": change.landed_at.isoformat(),
        "commit": change.commit,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
        "subject": commit.subject,
        "body": commit.body,
        "pullRequest": commit.pull_request,
        "approvedBy": list(commit.approved_by),
        "bypassed": reason,
    }
