"""A small estate in which nothing is wrong, with overrides that break one thing at a time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from demo.environments import EnvironmentSpec, stack_text
from release.charts.record import Chart, Namespace, Registry, SubChart
from release.estate import Estate, load_estate
from release.promotion.chartfacts import ChartFacts, Landing, Tag
from release.promotion.decision import Action, Refusal
from release.settings.stackfile import parse_stack_file
from release.text.yaml_spans import insert_entry, set_scalar

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)

REGISTRY = Registry(
    charts=tuple(
        Chart(name=name, owner="platform", purpose="Serves", namespace=Namespace(name))
        for name in ("api", "suite", "web")
    ),
    sub_charts=(
        SubChart(name="engine", parent="suite", owner="platform", purpose="Drives the suite"),
    ),
)


def spec(name: str, sources: Sequence[str] = (), **overrides: Any) -> EnvironmentSpec:
    """Return one environment of the test estate."""
    standard: dict[str, Any] = {
        "name": name,
        "template": "staging",
        "promotes_from": tuple(sources),
        "soak": "24h",
        "suffix": f"-{name}",
        "follows_branch": False,
    }
    return EnvironmentSpec(**{**standard, **overrides})


CHAIN = (
    spec("dev", template="dev", soak="2h", follows_branch=True),
    spec("staging", ["dev"]),
    spec("prod", ["staging"], template="prod"),
)
"""dev follows main; staging and prod are pinned."""

PINNED_CHAIN = (spec("dev", soak="2h"), *CHAIN[1:])

FORK = (*CHAIN, spec("west", ["staging", "prod"]))


def estate(
    specs: Sequence[EnvironmentSpec] = CHAIN,
    *,
    pins: Mapping[tuple[str, str], str] = MappingProxyType({}),
    holds: Mapping[tuple[str, str], Mapping[str, str]] = MappingProxyType({}),
    freezes: Mapping[str, str] = MappingProxyType({}),
    registry: Registry = REGISTRY,
) -> Estate:
    """Return the environments with these pins; every other pinned chart is at 1.0.0."""
    files = []
    for item in specs:
        text = stack_text(item, registry)
        for (environment, chart), version in pins.items():
            if environment == item.name:
                text = set_scalar(text, ("config", "hmco:versions", chart), version)
        for (environment, chart), hold in holds.items():
            if environment == item.name:
                text = insert_entry(text, ("config", "hmco:holds"), chart, dict(hold))
        if item.name in freezes:
            text = text.replace("hmco:freezes: []", f"hmco:freezes: [{freezes[item.name]}]")
        files.append(parse_stack_file(f"Pulumi.{item.name}.yaml", text))
    return load_estate(registry, files)


def facts(**overrides: Any) -> ChartFacts:
    """Return a chart released as 1.1.0 and unchanged since, which ran everywhere for long."""
    landings = {
        "dev": (Landing("main", LONG_AGO),),
        "staging": (Landing("1.0.0", LONG_AGO),),
        "prod": (Landing("1.0.0", LONG_AGO),),
        "west": (Landing("1.0.0", LONG_AGO),),
    }
    standard: dict[str, Any] = {
        "version": "1.1.0",
        "tags": {"1.0.0": Tag("1.0.0"), "1.1.0": Tag("1.1.0")},
        "changed_at": LONG_AGO,
        "sections": frozenset({"1.0.0", "1.1.0"}),
        "landings": {**landings, **overrides.pop("landings", {})},
        "remote": "origin",
        "cut_in": {"1.0.0": "1234567890ab" + "0" * 28, "1.1.0": "abcdef123456" + "0" * 28},
    }
    return ChartFacts(**{**standard, **overrides})


def landed(*versions: str, at: datetime = LONG_AGO) -> tuple[Landing, ...]:
    """Return landings of these versions, one day apart, the last one at that moment."""
    last = len(versions) - 1
    return tuple(
        Landing(version, at - timedelta(days=last - index))
        for index, version in enumerate(versions)
    )


def told(decision: Action | Refusal) -> str:
    """Return every reason of a refusal on a line of its own."""
    assert isinstance(decision, Refusal), f"accepted: {decision}"
    return "\n".join(map(str, decision.reasons))


def codes(decision: Action | Refusal) -> tuple[str, ...]:
    """Return the codes of the reasons of a refusal."""
    assert isinstance(decision, Refusal), f"accepted: {decision}"
    return tuple(reason.code for reason in decision.reasons)


def planned(decision: Action | Refusal) -> Action:
    """Return the action; a refusal fails the test with its reasons."""
    assert isinstance(decision, Action), told(decision)
    return decision
