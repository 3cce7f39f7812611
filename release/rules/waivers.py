"""Waivers: rules that a chart breaks knowingly, listed as such, and refused once they are idle."""

from collections.abc import Collection, Iterable, Iterator

from release.charts.record import Waiver
from release.repository.picture import REGISTRY_FILE
from release.rules.facts import Facts
from release.rules.rule import Breach, registered_rules, rule

IDLE: str = "idle-waiver"


@rule(
    fix="remove the waiver from release/registry.py",
    source="design, stack settings (waivers)",
)
def idle_waiver(facts: Facts) -> Iterable[Breach]:  # noqa: ARG001 -- idle_waivers needs all findings
    """Every waiver waives something.

    It would hide the next breach, which nobody has judged.
    """
    return ()


@rule(
    fix="correct the rule's name; `hmco check --explain RULE` knows them",
    source="design, stack settings (waivers)",
)
def unknown_waiver(facts: Facts) -> Iterator[Breach]:
    """Every waiver names a rule that exists.

    It waives nothing, and whoever reads the registry believes that it does.
    """
    for waiver in facts.registry.waivers:
        if waiver.rule not in registered_rules():
            yield _at(facts, waiver, f"the waiver for {waiver.chart} names no rule: {waiver.rule}")


def idle_waivers(
    facts: Facts, asked: Collection[str], used: Collection[Waiver]
) -> Iterator[Breach]:
    """Yield a breach for every waiver of a rule that was `asked` and that is not among `used`."""
    for waiver in facts.registry.waivers:
        if waiver.rule in asked and waiver not in used and facts.picture.shows(waiver.chart):
            what = f"the waiver of {waiver.rule} for {waiver.chart} waives nothing"
            yield _at(facts, waiver, what)


def _at(facts: Facts, waiver: Waiver, what: str) -> Breach:
    return Breach(
        file=facts.picture.stack_path(REGISTRY_FILE),
        line=_line(facts.picture.registry_text, waiver),
        what=what,
        chart=waiver.chart,
    )


def _line(text: str, waiver: Waiver) -> int:
    """Return the line where the registry's text names rule and then chart of the waiver."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        beside = "\n".join(lines[max(0, number - 3) : number + 2])
        if f'"{waiver.rule}"' in line and f'"{waiver.chart}"' in beside:
            return number
    return 0
