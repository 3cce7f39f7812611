"""What a repository of charts begins with: a registry of its charts, and stack files."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from release.charts.record import Chart, ClusterKind, Dependency, Namespace, Registry, SubChart
from release.settings.governance_constraints import PLATFORM
from release.text.errors import EditRefusedError
from release.text.yaml_scalars import spell
from release.versions import lower

TEMPLATES: Final = ("dev", "staging", "prod")
"""The stack files that the program comes with: for the first environment, those between, the last.
"""
_FIRST: Final = "1.0.0"


class FoundChart(NamedTuple):
    """A top-level chart as its own files describe it; `dependencies` are (name, repository)."""

    name: str
    version: str
    purpose: str
    value_files: frozenset[str]
    dependencies: tuple[tuple[str, str], ...] = ()
    sub_charts: tuple[tuple[str, str, str], ...] = ()
    """Name, version and purpose of each."""


class Place(NamedTuple):
    """Where the charts and the program lie; `address` is the repository's, `folder` the program's.

    `folder` is None where that is another repository, whose guard would know no charts. `api` is
    the address of GitHub's API there, `team` the slug of the team that owns everything at first.
    """

    address: str
    api: str
    owner: str
    name: str
    branch: str
    charts: str
    folder: str | None
    team: str


def registry_of(charts: Sequence[FoundChart], environments: Sequence[str]) -> Registry:
    """Return a record for each chart; RegistryError for what no registry may say."""
    return Registry(
        tuple(
            Chart(
                name=chart.name,
                owner=PLATFORM,
                purpose=" ".join(chart.purpose.split()),
                namespace=Namespace(chart.name),
                value_files=("values.yaml", *value_patterns(chart, environments)),
                dependencies=tuple(Dependency(*each) for each in chart.dependencies),
                first_version=_first_version(chart.version),
            )
            for chart in charts
        ),
        tuple(
            SubChart(
                name=name,
                parent=chart.name,
                owner=PLATFORM,
                purpose=" ".join(purpose.split()),
                first_version=_first_version(version),
            )
            for chart in charts
            for name, version, purpose in chart.sub_charts
        ),
    )


def registry_text(registry: Registry) -> str:
    """Return `release/registry.py` with these records."""
    records = "".join(map(_record, registry.charts))
    subs = "".join(map(_record, registry.sub_charts))
    used = ["Chart", "Namespace", "Registry"]
    used += ["Dependency"] if "Dependency(" in records else []
    used += ["SubChart"] if subs else []
    return (
        '"""The charts: one record each, and everything else is derived from these."""\n\n'
        "from typing import Final\n\n"
        f"from release.charts.record import {', '.join(sorted(used))}\n\n"
        f"_CHARTS = (\n{records})\n\n"
        + (f"_SUB_CHARTS = (\n{subs})\n\n" if subs else "")
        + f"REGISTRY: Final = Registry(charts=_CHARTS{', sub_charts=_SUB_CHARTS' * bool(subs)})\n"
    )


def stack_texts(
    charts: Sequence[FoundChart],
    environments: Sequence[str],
    place: Place,
    templates: Mapping[str, str],
) -> dict[str, str]:
    """Return the text of each environment's stack file, made from the `templates`.

    The first one follows the branch, the others pin what the charts state; the last one governs
    the repository.
    """
    last = environments[-1]
    texts = {}
    for number, name in enumerate(environments):
        first = number == 0 and name != last
        template = TEMPLATES[0] if first else TEMPLATES[2] if name == last else TEMPLATES[1]
        pins = "".join(
            f"\n    {spell(c.name)}: {spell(place.branch if first else c.version)}" for c in charts
        )
        source = f"\n    repository: {spell(place.address)}\n    charts: {spell(place.charts)}"
        text = templates[template].replace(f"Pulumi.{TEMPLATES[2]}.yaml", f"Pulumi.{last}.yaml")
        text = re.sub(r" \(guide [^)]*\)", "", text)  # HMCo's, which nobody else has
        for key, value in {
            "hmco:project": spell(name),
            "hmco:promotesFrom": f"[{spell(environments[number - 1])}]" if number else "[]",
            "hmco:source": f"{source}\n    branch: {spell(place.branch) if first else 'null'}",
            "namespaceSuffix": '""' if name == last else spell(f"-{name}"),
            "hmco:versions": pins,
            "hmco:roles": "[]",
            "hmco:notifications": "{}",
            "directory": spell(f"build/{name}"),
            "hmco:approvals": f"\n    count: 1\n    teams: [{spell(place.team)}]\n    draft: false",
        }.items():
            text = _replaced(text, key, value)
        texts[name] = _governing(text, place) if name == last else text
    return texts


def _governing(text: str, place: Place) -> str:
    if place.folder is None:
        return _replaced(text, "hmco:repository", "null")
    before, key, after = text.partition("  hmco:repository:\n")
    for name, value in {
        "api": place.api,
        "owner": spell(place.owner),
        "name": spell(place.name),
        "defaultBranch": spell(place.branch),
        "folder": spell(place.folder),
        "owners": f"\n      {PLATFORM}: {spell(place.team)}",
        "teams": f"\n      {spell(place.team)}: null",
        "breakGlass": "null",
        "slug": spell(f"{place.name.lower()}-release"),
    }.items():
        after = _replaced(after, name, value)
    return before + key + re.sub(r"(?m)^ *#.*\n(?= *breakGlass: null)", "", after)


def _replaced(text: str, key: str, value: str) -> str:
    """Return the text with the one value of a key replaced, and the comment on its line kept."""
    found = re.compile(rf"(?m)^( *){key}:[^\n#]*(#.*)?\n((?:\1 +.*\n)*)")
    match = found.search(text)
    if match is None:
        raise EditRefusedError(
            key, "is in no stack file that came with the program", "bring the program in anew"
        )
    first, *rest = value.split("\n")
    line = f"{match[1]}{key}:{' ' * bool(first)}{first}{' ' * bool(match[2])}{match[2] or ''}"
    return text[: match.start()] + "\n".join([line, *rest]) + "\n" + text[match.end() :]


def value_patterns(chart: FoundChart, environments: Sequence[str]) -> list[str]:
    """Return the value files that the chart has for every environment, as a record names them."""
    names = (each.removesuffix(f"{environments[-1]}.yaml") for each in sorted(chart.value_files))
    return [
        f"{name}{{environment}}.yaml"
        for name in names
        if name.startswith("values")
        and {f"{name}{each}.yaml" for each in environments} <= chart.value_files
    ]


def other_value_files(chart: FoundChart, environments: Sequence[str]) -> list[str]:
    """Return the files that look like values and are in none of these, nor Helm's default."""
    patterns = value_patterns(chart, environments)
    taken = {p.replace("{environment}", each) for p in patterns for each in environments}
    left = chart.value_files - taken - {"values.yaml"}
    return sorted(file for file in left if re.fullmatch(r"values.*\.ya?ml", file))


def _first_version(version: str) -> str:
    return version if lower(version, _FIRST) else _FIRST


def _record(record: Chart | SubChart) -> str:
    said = "".join(
        f"        {name}={_literal(value)},\n"
        for name, value in record._asdict().items()
        if value and value != record._field_defaults.get(name)
    )
    return f"    {type(record).__name__}(\n{said}    ),\n"


def _literal(value: object) -> str:
    if isinstance(value, Namespace):
        return f"Namespace({_literal(value.base)})"
    if isinstance(value, ClusterKind | Dependency):
        return f"{type(value).__name__}({', '.join(map(_literal, value))})"
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))}{',' * (len(value) == 1)})"
    return json.dumps(value, ensure_ascii=False)
