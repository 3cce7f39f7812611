"""`hmco check`: every rule over registry, stack files and charts."""

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from release.charts.record import Registry, RegistryError
from release.cli.options import complete_sub_charts, completing, json_option, repo_option
from release.cli.output import print_lines, say
from release.cli.session import Session
from release.promotion.decision import RefusedError, refuse
from release.promotion.knownnames import cuttable_reasons
from release.repository.picture import REGISTRY_FILE
from release.rules.catalogue import all_rules, near_rules
from release.rules.evaluation import Report, registry_report, run_checks
from release.rules.rule import Judged, Rule
from release.rules.terminal import View, report_lines

if TYPE_CHECKING:
    from release.rules.facts import Facts

_ASKED_BY: Final = {Judged.STEP: "asked with --base REV", Judged.RENDERING: "asked with --rendered"}
_COLOURS: Final = {
    "error": "bold red",
    "warning": "yellow",
    "note": "cyan",
    "file": "bold",
    "rule": "magenta",
    "fix": "dim",
    "summary": "bold",
}


@click.command()
@repo_option
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "sarif")),
    default="text",
    show_default=True,
    help="Text for people, JSON (see hmco schema check) or SARIF for GitHub.",
)
@json_option
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option(
    "--chart", metavar="CHART", shell_complete=complete_sub_charts, help="Show this chart alone."
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="RULE",
    shell_complete=completing(lambda _: all_rules()),
    help="Show everything of this rule alone; may be repeated.",
)
@click.option("--all", "everything", is_flag=True, help="Show every finding of every rule.")
@click.option("--summary", "numbers", is_flag=True, help="Show how many findings each rule has.")
@click.option(
    "--base",
    metavar="REV",
    help="Judge every move of a pin, hold, freeze or soak since REV as the commands would.",
)
@click.option(
    "--rendered", is_flag=True, help="Render every chart as Argo CD would, and judge the objects."
)
@click.option("--live", is_flag=True, help="Also ask GitHub; read-only (GITHUB_TOKEN).")
@click.option(
    "--explain",
    metavar="RULE",
    shell_complete=completing(lambda _: all_rules()),
    help="Explain one rule.",
)
@click.pass_obj
def check(
    session: Session,
    *,
    form: str,
    strict: bool,
    chart: str | None,
    rules: tuple[str, ...],
    everything: bool,
    numbers: bool,
    base: str | None,
    rendered: bool,
    live: bool,
    explain: str | None,
) -> int:
    """Find everything that would make a release fail or lie.

    What blocks the next promotion comes first. Each rule shows its fix and a few findings; --all,
    --json and --rule show all of them. Only errors fail the check; waived findings are listed and
    do not count. --base judges every step since that revision too, whoever made it.
    """
    if explain is not None:
        for line in _known_rule(explain).explanation:
            say(line, indent=9)
        return 0
    for name in rules:
        _known_rule(name)
    try:
        registry = session.registry
    except RegistryError as error:
        workspace = session.workspace
        file = workspace.program.relative_to(workspace.stacks.toplevel.resolve()) / REGISTRY_FILE
        report = registry_report(error, file.as_posix())
    else:
        shown = _family(registry, chart) if chart else None
        report = run_checks(_facts(session, base, rendered=rendered, live=live))
        if form == "text" and not session.as_json:
            report = report.told(session.work_tree.told)
        report = report.only(shown) if shown else report
    if rules:
        asking = {Judged.STEP: base is not None, Judged.RENDERING: rendered}
        judges = {name: all_rules()[name].judges for name in rules}
        unasked = ((n, _ASKED_BY[each]) for n, each in judges.items() if not asking.get(each, True))
        report = report.of_rules(frozenset(rules), unasked)
    given = {"--repo": session.repo and str(session.repo), "--chart": chart, "--base": base}
    options = [part for name, value in given.items() if value for part in (name, value)]
    view = View(
        strict=strict,
        everything=everything or bool(rules),
        numbers=numbers,
        command=shlex.join(["hmco", "check", *options]),
    )
    _write(report, "json" if session.as_json else form, view)
    return int(report.fails(strict=strict))


def _facts(session: Session, base: str | None, *, rendered: bool, live: bool) -> "Facts":
    # Each imports what it alone needs; --explain reads no checkout.
    from release.rules.facts import Facts  # noqa: PLC0415

    picture = session.work_tree
    facts = Facts(picture, session.now.date())
    if base is not None and not facts.git.incomplete:
        from release.rules.walk import judged_steps  # noqa: PLC0415

        facts = replace(facts, faults=judged_steps(picture, base, session.now))
    estate = picture.usable_estate
    if rendered and estate is not None:
        from release.cli.rendering import open_renderer, states_of  # noqa: PLC0415
        from release.plan.deployed import releases_of  # noqa: PLC0415

        with states_of(picture) as states:
            facts = replace(facts, rendered=releases_of(states.side(None), open_renderer()))
    if live and estate is not None:
        from release.cli.hub import hub_of  # noqa: PLC0415
        from release.cli.live import live_governance  # noqa: PLC0415

        facts = replace(facts, live=live_governance(picture, estate, hub_of(estate)))
    return facts


def _family(registry: Registry, chart: str) -> frozenset[str]:
    """Return a chart and its sub-charts; RefusedError names what it may have meant."""
    if refusal := refuse(cuttable_reasons(registry, chart)):
        raise RefusedError(refusal)
    return frozenset({chart, *(sub.name for sub in registry.sub_charts_of(chart))})


def _known_rule(name: str) -> Rule:
    """Return the rule; a usage error names what it may have meant."""
    rule = all_rules().get(name)
    if rule is None:
        near = near_rules(name)
        hint = f"Did you mean {', '.join(near)}?" if near else "docs/rules.md has all of them."
        raise click.UsageError(f"{name!r} is not a rule. {hint}")
    return rule


def _write(report: Report, form: str, view: View) -> None:
    if form in {"json", "sarif"}:
        from release.rules.report import to_json, to_sarif  # noqa: PLC0415 -- text needs none

        told = to_json(report, strict=view.strict) if form == "json" else to_sarif(report)
        click.echo(told, nl=False)
    else:
        print_lines(report_lines(report, view), _COLOURS)
