"""What Helm does not render is not reported, and what it renders is, in every environment."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from demo.repository import EstateRepo
from release.charts.record import Registry
from tests.release.rules.asking import ask, both, edit, told, write

DATA = "helm/charts/data-platform"
TRINO = f"{DATA}/charts/trino"
FIXED = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: somewhere\n"
LATEST = "image: {repository: x, tag: latest}\n"

Break = Callable[[EstateRepo], object]

RENDERED: dict[str, tuple[Break, str]] = {
    "a template": (write(f"{DATA}/templates/x.yaml", FIXED), "namespace-not-permitted"),
    "a template of another ending": (
        write(f"{DATA}/templates/sub/x.tpl", FIXED),
        "namespace-not-permitted",
    ),
    "a custom resource definition": (
        write(f"{DATA}/crds/x.json", FIXED),
        "namespace-not-permitted",
    ),
    "a template of a sub-chart": (
        write(f"{TRINO}/templates/x.yaml", FIXED),
        "namespace-not-permitted",
    ),
    "a sub-chart that its own ignore file names": (
        both(write(f"{TRINO}/.helmignore", "x.yaml\n"), write(f"{TRINO}/templates/x.yaml", FIXED)),
        "namespace-not-permitted",
    ),
    "values that an Application reads, though ignored": (
        both(write(f"{DATA}/.helmignore", "values/\n"), write(f"{DATA}/values/prod.yaml", LATEST)),
        "image-mutable",
    ),
    "a branch that values take": (
        write(
            f"{DATA}/templates/x.yaml",
            FIXED.replace("  namespace", "{{- if .Values.revision }}\n  namespace")
            + "{{- else }}\n  namespace: {{ .Release.Namespace }}\n{{- end }}\n",
        ),
        "namespace-not-permitted",
    ),
    "a sub-chart that a parameter switches on": (
        both(
            write(f"{TRINO}/templates/x.yaml", FIXED),
            edit(f"{DATA}/values.yaml", "trino:\n  enabled: true", "trino:\n  enabled: false"),
        ),
        "namespace-not-permitted",
    ),
    "a number for a tag": (
        write(f"{DATA}/values/prod.yaml", "image: {tag: 1.20}\n"),
        "image-tag-misread",
    ),
}
NOT_RENDERED: dict[str, Break] = {
    "definitions": write(f"{DATA}/templates/_x.yaml", FIXED),
    "definitions in a folder": write(f"{DATA}/templates/sub/_x.yaml", FIXED),
    "notes": write(f"{DATA}/templates/NOTES.txt", FIXED),
    "an ignored template": both(
        write(f"{DATA}/.helmignore", "# not yet\ntemplates/x.yaml\n"),
        write(f"{DATA}/templates/x.yaml", FIXED),
    ),
    "an ignored sub-chart's template": both(
        write(f"{DATA}/.helmignore", "charts/trino/templates/x*\n"),
        write(f"{TRINO}/templates/x.yaml", FIXED),
    ),
    "a hidden template": write(f"{DATA}/templates/.x.yaml", FIXED),
    "values for continuous integration": write(f"{DATA}/ci/test-values.yaml", LATEST),
    "values that no Application reads": write(f"{DATA}/values-example.yaml", LATEST),
    "a sub-chart that is switched off": both(
        write(f"{TRINO}/templates/x.yaml", FIXED),
        write(f"{TRINO}/values.yaml", LATEST),
        edit(f"{DATA}/values.yaml", "trino:\n  enabled: true", "trino:\n  enabled: false"),
    ),
    "a sub-chart that switches itself off": both(
        write(f"{TRINO}/templates/x.yaml", FIXED),
        write(f"{TRINO}/values.yaml", f"enabled: false\n{LATEST}"),
        edit(f"{DATA}/values.yaml", "trino:\n  enabled: true\n", ""),
    ),
    "a sub-chart that a tag switches off": both(
        write(f"{TRINO}/templates/x.yaml", FIXED),
        edit(f"{DATA}/values.yaml", "trino:\n  enabled: true", "tags:\n  sql: false"),
        edit(f"{DATA}/Chart.yaml", "    condition: trino.enabled\n", "    tags: [sql]\n"),
    ),
    "a library": both(
        write(f"{TRINO}/templates/x.yaml", FIXED),
        edit(f"{TRINO}/Chart.yaml", "type: application", "type: library"),
    ),
    "a branch that values do not take": write(
        f"{DATA}/templates/x.yaml",
        FIXED.replace("  namespace", "{{- if not .Values.revision }}\n  namespace")
        + "{{- else }}\n  namespace: {{ .Release.Namespace }}\n{{- end }}\n",
    ),
    "an object that values leave out": write(
        f"{DATA}/templates/x.yaml", f"{{{{- if .Values.nothing.here }}}}\n{FIXED}{{{{- end }}}}\n"
    ),
}
ASIDE = frozenset({"lock-stale", "released-files-changed", "fixed-namespace-idle"})


def without_parameters(registry: Registry) -> Registry:
    """Return the registry whose charts are rendered by their values alone."""
    charts = tuple(chart._replace(parameters={}) for chart in registry.charts)
    return replace(registry, charts=charts)


@pytest.mark.parametrize(("breaks", "rule"), RENDERED.values(), ids=RENDERED.keys())
def test_what_helm_renders_is_judged(breaks: Break, rule: str, estate: EstateRepo) -> None:
    breaks(estate)
    assert {found for found, _, _ in told(ask(estate))} - ASIDE == {rule}


@pytest.mark.parametrize("breaks", NOT_RENDERED.values(), ids=NOT_RENDERED.keys())
def test_what_helm_does_not_render_is_left_alone(breaks: Break, estate: EstateRepo) -> None:
    breaks(estate)
    report = ask(estate, without_parameters(estate.registry))
    assert {found for found, _, _ in told(report)} - ASIDE == set()


def test_what_a_parameter_switches_off_is_left_alone(estate: EstateRepo) -> None:
    """The record of data-platform sets datahub.enabled to false, whatever its values say."""
    estate.write(f"{DATA}/charts/datahub/templates/x.yaml", FIXED)
    estate.write(f"{DATA}/charts/datahub/values.yaml", LATEST)
    assert {found for found, _, _ in told(ask(estate))} - ASIDE == set()


@pytest.mark.parametrize("order", [True, False], ids=["fixed first", "fixed last"])
def test_a_branch_that_nobody_can_decide_is_a_warning_in_either_order(
    order: bool,  # noqa: FBT001 -- a parameter of the test
    estate: EstateRepo,
) -> None:
    branches = ["  namespace: somewhere", "  namespace: {{ .Release.Namespace }}"]
    first, second = branches if order else reversed(branches)
    text = FIXED.replace(
        "  namespace: somewhere",
        f'{{{{- if include "x" . }}}}\n{first}\n{{{{- else }}}}\n{second}\n{{{{- end }}}}',
    )
    estate.write(f"{DATA}/templates/x.yaml", text)
    found = [each for each in ask(estate).findings if each.rule == "namespace-not-permitted"]
    assert [each.severity.value for each in found] == ["warning"]
    assert "may come into the fixed namespace somewhere" in found[0].what
