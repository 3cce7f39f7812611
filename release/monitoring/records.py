"""Git's facts as recording rules: the way to Prometheus that needs no exporter and no push."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from release.metrics.openmetrics_families import Family

_PER_OBJECT: Final = 2_000
"""Rules of one object: at some 300 bytes each, well below the API server's 1.5 MiB."""


def record_rules(families: Iterable[Family]) -> Iterator[dict[str, object]]:
    """Yield one rule for each sample: a constant, with the sample's labels."""
    for family in families:
        for sample in family.samples:
            yield {
                "record": family.name,
                "expr": f"vector({_number(sample.value)})",
                "labels": dict(sorted(sample.labels.items())),
            }


def record_groups(families: Iterable[Family]) -> Iterator[list[dict[str, object]]]:
    """Yield the rules in portions that an object can hold."""
    rules = record_rules(families)
    while portion := list(islice(rules, _PER_OBJECT)):
        yield portion


def _number(value: float) -> str:
    if value in {float("inf"), float("-inf")}:
        return "Inf" if value > 0 else "-Inf"
    return repr(int(value)) if value == int(value) else repr(value)
