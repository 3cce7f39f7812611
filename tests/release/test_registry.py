"""The charts of HMCo are those of its release guide (R1), and where its manifests put them."""

from release.charts.record import Chart
from release.registry import REGISTRY

TOP_LEVEL = [
    "api-gateway",
    "cloudflare-tunnel",
    "data-platform",
    "jupyterhub",
    "ml-platform",
    "monitoring",
    "networking",
    "platform-policies",
    "portal-services",
    "security",
    "service-mesh",
    "storage",
    "vault",
]
SUB_CHARTS = {
    "data-platform": (
        [
            "clickhouse",
            "data-lake",
            "datahub",
            "dolphinscheduler",
            "spark-operator",
            "superset",
            "trino",
        ]
    ),
    "ml-platform": ["kubeflow", "mlflow"],
}


def test_the_guides_thirteen_charts_are_registered() -> None:
    assert sorted(REGISTRY.by_name) == TOP_LEVEL


def test_the_guides_nine_sub_charts_are_deployed_by_their_parents() -> None:
    found = {
        name: sorted(sub.name for sub in REGISTRY.sub_charts_of(name))
        for name in TOP_LEVEL
        if REGISTRY.sub_charts_of(name)
    }

    assert found == SUB_CHARTS
    assert len(REGISTRY.sub_charts) == 9


def test_every_chart_was_first_stable_at_the_guides_version() -> None:
    assert {chart.first_version for chart in REGISTRY.charts} == {"1.0.0"}
    assert {chart.first_version for chart in REGISTRY.sub_charts} == {"1.0.0"}


def test_only_charts_that_share_a_release_are_waived() -> None:
    waived = {(waiver.rule, waiver.chart) for waiver in REGISTRY.waivers}

    assert waived == {("shared-release", "storage")}


def test_an_umbrellas_switches_name_its_sub_charts() -> None:
    for parent, names in SUB_CHARTS.items():
        switches = {name.removesuffix(".enabled") for name in REGISTRY.by_name[parent].parameters}
        assert switches == set(names), "a parameter that switches nothing would go unnoticed"


def test_waves_follow_the_order_of_dependence() -> None:
    def wave(name: str) -> int:
        return REGISTRY.by_name[name].wave

    order = "platform-policies storage vault networking cloudflare-tunnel api-gateway"
    waves = [wave(name) for name in order.split()]

    assert waves == sorted(waves)
    assert len(set(waves)) == len(waves)
    assert all(wave(name) <= 0 for name in TOP_LEVEL)


def test_no_record_names_argo_cds_own_namespace() -> None:
    def namespaces(chart: Chart) -> set[str | None]:
        return {chart.namespace.base, chart.namespace.standard, *chart.fixed_namespaces}

    assert all("argocd" not in namespaces(chart) for chart in REGISTRY.charts)
