"""Families as OpenMetrics text, by the client library's own writer."""

from collections.abc import Iterable
from types import SimpleNamespace

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest

from release.metrics.openmetrics_families import Family


def text_of(given: Iterable[Family]) -> str:
    """Return the families as OpenMetrics text; the library escapes what labels may not hold."""
    collected = []
    for family in given:
        if family.samples:
            names = list(family.samples[0].labels)
            gauge = GaugeMetricFamily(family.name, family.help, labels=names)
            for sample in family.samples:
                gauge.add_metric([sample.labels[name] for name in names], sample.value)
            collected.append(gauge)
    registry = SimpleNamespace(collect=lambda: collected)
    written: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]  # the library's gap
    return written.decode()
