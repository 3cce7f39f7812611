"""The steps that judge a change: which stacks it can touch, and what every rule says of it."""

import json
from dataclasses import asdict, replace
from typing import Final

import click

from release.cli.ci.runner import add_summary, base_commit, set_output
from release.cli.output import say
from release.cli.plancomment import outlook
from release.cli.session import Session
from release.cli.workflows import stale_workflows
from release.github.comment import Found, Telling
from release.github.comment import comment as told
from release.github.results import LIMIT, pack
from release.github.touched import touched as stacks_touched
from release.repository.files import split
from release.rules.evaluation import Report, run_checks
from release.rules.facts import Facts
from release.rules.report import to_sarif
from release.rules.rule import Finding
from release.rules.walk import judged_steps
from release.text.counted import counted

_MOST: Final = 400
"""Findings that the comment and code scanning are told, the worst first."""


@click.command
@click.option("--base", required=True, help="The commit that the change starts from.")
@click.pass_obj
def touched(session: Session, *, base: str) -> None:
    """Leave the stacks that the change since --base can touch, as a list in JSON."""
    start = base_commit(base)
    picture = session.committed()
    clone = picture.stacks.clone
    files = tuple(split(clone.repository.run("diff", "--name-only", "-z", f"{start}...HEAD")))
    names = tuple(picture.estate.environments)
    found = stacks_touched(files, names, picture.program, picture.charts_folder)
    set_output("stacks", json.dumps(list(found)))
    say(
        f"stacks that {counted(len(files), 'changed file')} can touch: {', '.join(found) or 'none'}"
    )


@click.command
@click.option("--base", required=True, help="The commit that the change starts from.")
@click.pass_obj
def check(session: Session, *, base: str) -> int:
    """Ask every rule and compare the generated files; leave the result for the comment."""
    start = base_commit(base)
    picture = session.work_tree
    steps = judged_steps(picture, start, session.now)
    report = run_checks(replace(Facts(picture, session.now.date()), faults=steps))
    stale = sorted(stale_workflows(session)) if picture.usable_estate else []
    ahead = outlook(picture, start, "HEAD")
    set_output("result", _packed(report, stale, ahead))
    found = [_found(finding) for finding in report.findings]
    telling = Telling(outcomes={"check": "success"}, findings=found, stale=stale, outlook=ahead)
    add_summary(told(telling))
    for finding in report.findings:
        say(f"{finding.severity} {finding.rule} {finding.file}:{finding.line}: {finding.what}")
    for path in stale:
        say(f"error stale-file {path}: regenerate it: hmco workflows")
    return int(report.fails(strict=False) or bool(stale))


def _packed(report: Report, stale: list[str], ahead: str) -> str:
    """Return findings and SARIF for the job that may tell them, the worst first where too many."""
    order = {"error": 0, "warning": 1}
    findings = sorted(report.findings, key=lambda f: order.get(str(f.severity), 2))[:_MOST]
    while True:
        said = {
            "findings": [asdict(_found(finding)) for finding in findings],
            "left": len(report.findings) - len(findings),
            "stale": stale[:50],
            "outlook": ahead,
            "sarif": to_sarif(report._replace(findings=tuple(findings))),
        }
        text = pack(said)
        if len(text) <= LIMIT or not findings:
            return text
        findings = findings[: len(findings) // 2]


def _found(finding: Finding) -> Found:
    return Found(str(finding.severity), finding.rule, finding.place, finding.what, finding.fix)
