"""What Argo CD asks of Helm, read from an Application."""

import pytest

from release.rendering.request import Cluster, RequestError, request_of
from tests.release.rendering.charts import CLUSTER, application, request


def test_names_namespace_and_cluster_come_from_the_application() -> None:
    asked = request("alpha")
    assert (asked.path, asked.release, asked.namespace) == ("charts/alpha", "alpha", "here")
    assert asked.cluster == CLUSTER
    assert asked.crds


def test_value_files_keep_their_order_and_are_found_from_the_charts_folder() -> None:
    files = ["values.yaml", "values/prod.yaml", "../common.yaml", "/shared/all.yaml"]
    assert request("alpha", valueFiles=files).value_files == (
        "charts/alpha/values.yaml",
        "charts/alpha/values/prod.yaml",
        "charts/common.yaml",
        "shared/all.yaml",
    )


@pytest.mark.parametrize(
    "file", ["../../../etc/passwd", "values/../../../../x.yaml", "https://host/values.yaml"]
)
def test_a_value_file_that_leaves_the_repository_is_refused(file: str) -> None:
    with pytest.raises(RequestError, match="value file"):
        request("alpha", valueFiles=[file])


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ("true", "a=true"),
        ("a,b", r"a=a\,b"),
        (r"a\,b", r"a=a\,b"),
        ("{a,b}", "a={a,b}"),
        ("costs $$5", "a=costs $5"),
        ("$ARGOCD_APP_NAME-x", "a=alpha-test-x"),
        ("${ARGOCD_APP_NAMESPACE}", "a=here"),
        ("x$UNKNOWN", "a=x"),
    ],
)
def test_a_parameter_reaches_helm_as_argo_cd_writes_it(value: str, given: str) -> None:
    asked = request("alpha", parameters=[{"name": "a", "value": value}])
    assert asked.parameters == (given,)


def test_a_forced_text_is_told_from_a_parameter_that_helm_may_read_as_a_number() -> None:
    asked = request("alpha", parameters=[{"name": "a", "value": "1", "forceString": True}])
    assert (asked.parameters, asked.text_parameters) == ((), ("a=1",))


def test_versions_that_the_application_states_win_over_the_clusters() -> None:
    stated = application("alpha", kubeVersion="1.30.0", apiVersions=["a.example/v1"])
    assert request_of(stated, CLUSTER).cluster == Cluster("1.30.0", ("a.example/v1",))


def test_whatever_changes_the_rendering_changes_its_name() -> None:
    one = request("alpha")
    others = [
        request("alpha", releaseName="b"),
        request("alpha", skipCrds=True),
        request("alpha", values="a: 1"),
        request("alpha", parameters=[{"name": "a", "value": "1"}]),
        request_of(application("alpha"), Cluster("1.35.0")),
    ]
    names = {asked.digest(["x"]) for asked in (one, *others)} | {one.digest(["y"])}
    assert len(names) == len(others) + 2
