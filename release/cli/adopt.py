"""`hmco adopt`: a repository that was there before the program, its first tags and its baseline."""

import io
import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from release.argocd.manifests import environment_manifests
from release.argocd.running import Application, RunningError, deployed
from release.cli.options import dry_run_option, json_option, repo_option
from release.cli.output import print_json, reasons_json, say
from release.cli.session import Session
from release.promotion.adopt import FirstTag, other_applications, propose_tags
from release.promotion.adoptfacts import Place, assumed_commits, present_tags, running_of
from release.promotion.decision import Reason
from release.repository.picture import REGISTRY_FILE, Picture
from release.text.atomic import Change, write_all
from release.text.counted import counted

_ASK = "kubectl -n argocd get applications -o json > running.json"


@click.command
@click.option(
    "--running",
    "source",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True),
    help="What runs, as `kubectl -n argocd get applications -o json` writes it; - reads stdin.",
)
@click.option(
    "--baseline",
    "reason",
    metavar="REASON",
    help='Record what check finds now as known, with the reason for leaving it; "" records nothing '
    "new, and only takes out what is gone.",
)
@dry_run_option
@json_option
@repo_option
@click.pass_obj
def adopt(
    session: Session,
    *,
    source: Path | None,
    reason: str | None,
    dry_run: bool,
) -> int:
    """Propose the first tags from what runs, or record what check finds as a baseline.

    Each version that an environment runs needs its tag where that environment stands. With
    --running the commits are those that Argo CD synced; without it they are those of the tags that
    are there, else assumed from the trunk. With --baseline what check finds today no longer fails
    it; what is new does.
    """
    if reason is not None:
        return _baseline(session, reason, dry_run=dry_run)
    picture = session.with_charts()
    commits, found = _running(picture, source)
    git = picture.charts.clone.repository.git
    running, present = running_of(picture, commits), present_tags(picture)
    tags, unsettled = propose_tags(picture.estate, running, present, git)
    unsettled += other_applications(found, picture.stack_path(REGISTRY_FILE))
    if session.as_json:
        told = [{"tag": tag.name, **asdict(tag)} for tag in tags]
        print_json({"tags": told, "unsettled": reasons_json(unsettled)})
    else:
        _tell(tags, unsettled, git, assumed=source is None)
    return int(bool(unsettled))


def _running(
    picture: Picture, source: Path | None
) -> tuple[dict[Place, str], dict[Place, Application]]:
    """Return the commit of each chart and environment, and the Application there if it is known."""
    if source is None:
        return assumed_commits(picture), {}
    made = {
        place.name: environment_manifests(picture.registry, place)
        for place in picture.estate.environments.values()
    }
    ours = {
        (row.chart, name): manifests.applications[row.application]
        for name, manifests in made.items()
        for row in manifests.table
    }
    try:
        stdin = sys.stdin or io.StringIO()  # none at all if it was closed
        text = stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8")
        found = deployed(text, ours)
    except (RunningError, UnicodeDecodeError, OSError) as error:
        raise click.UsageError(f"{source}: {error}") from error
    return {place: each.commit for place, each in found.items() if each.commit}, found


def _tell(tags: list[FirstTag], unsettled: list[Reason], git: str, *, assumed: bool) -> None:
    if assumed:
        say(
            "assumed: each version as its tag has it, else as it was cut on the trunk. What runs, "
            "Argo CD knows:"
        )
        say(f"  {_ASK} && hmco adopt --running running.json")
    if unsettled:
        say("to settle first:")
        for reason in unsettled:
            say(f"  - {reason}")
    if tags:
        say("tags to make, each where its environments stand:")
        for line in _commands(tags, git):
            say(f"  {line}")
    elif not unsettled:
        say("every version that runs has its tag")
        say("next:")
        say("  hmco check --summary")
        say('  hmco adopt --baseline "…"  # what can wait fails no check from then on')


def _commands(tags: list[FirstTag], git: str) -> Iterator[str]:
    for tag in tags:
        message = shlex.quote(f"{tag.chart} {tag.version}")
        where = f"  # {', '.join(tag.environments)}"
        yield f"{git} tag -a {tag.name} -m {message} {tag.commit[:12]}{where}"
    yield f"{git} push origin {' '.join(tag.name for tag in tags)}"


def _baseline(session: Session, reason: str, *, dry_run: bool) -> int:
    from release.rules.baseline import taken  # noqa: PLC0415 -- tags need no rules
    from release.rules.baselinefile import (  # noqa: PLC0415 -- as above
        BaselineError,
        baseline_text,
        parse_baseline,
    )
    from release.rules.evaluation import UNRECORDED, run_checks  # noqa: PLC0415 -- as above
    from release.rules.facts import Facts  # noqa: PLC0415 -- as above

    if (reason and not reason.strip()) or not reason.isprintable():
        raise click.UsageError(f"--baseline: {reason!r} must be one line of printable text")
    top = session.workspace.stacks.toplevel
    if not dry_run:
        session.finish_interrupted()
    session.require_charts(session.work_tree)
    facts = Facts(session.work_tree, session.now.date())
    file = facts.baseline_path
    before = facts.picture.stacks.editable(file)
    try:
        known = parse_baseline(before or "")
    except BaselineError as error:
        raise click.UsageError(f"{file}: {error}; correct it first") from error
    findings = run_checks(facts, baseline=False).findings
    entries = taken(findings, known, reason, UNRECORDED)
    after = baseline_text(entries)
    nothing = not entries and before is None
    if not (dry_run or nothing):
        write_all(top, {Path(file): Change.of_text(before, after)})
    new, gone = Counter(entries) - Counter(known), Counter(known) - Counter(entries)
    left = [finding for finding in findings if finding.rule in UNRECORDED]
    if session.as_json:
        print_json(
            {
                "file": file,
                "recorded": len(entries),
                "new": new.total(),
                "gone": gone.total(),
                "byRule": dict(Counter(entry.rule for entry in entries)),
                "notRecorded": [f"{each.rule}: {each.what}" for each in left],
            }
        )
        return int(bool(left))
    recorded = (
        f"{'would record' if dry_run else 'recorded'} {counted(len(entries), 'finding')} "
        f"in {file}: {new.total()} new, {gone.total()} gone"
    )
    say("nothing to record" if nothing else recorded)
    for name, many in Counter(entry.rule for entry in entries).most_common():
        say(f"  {many:>4}  {name}")
    for finding in left:
        say(f"not recorded, to be mended first: {finding.what}; {finding.fix}", err=True)
    if before != after and not (dry_run or nothing):
        say("next:")
        added = shlex.quote(os.path.relpath(top / file))
        message = shlex.quote(f"Baseline: {reason or 'what is gone'}")
        say(f"  git add -- {added} && git commit -m {message}")
    return int(bool(left))
