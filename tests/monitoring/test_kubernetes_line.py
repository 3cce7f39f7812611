"""The doctor says of `hmco:kubernetes` whether a cluster confirmed it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from release.estate import Environment
from release.github.checklist import State
from release.monitoring.kubectl import cluster_of
from release.monitoring.preflight import kubernetes_line
from release.rendering.request import Cluster
from tests.release.github.workflows.sources import with_backend

OWN = ("v1", "apps/v1", "networking.k8s.io/v1")
KUBECTL = """\
*"--context prod version"*) echo '{"serverVersion": {"gitVersion": "v1.34.2+k3s1"}}' ;;
*"--context prod api-versions"*) printf 'apps/v1\\nmonitoring.coreos.com/v1\\n' ;;
"""


def place(*api_versions: str) -> Environment:
    found = with_backend("aws").estate.environments["prod"]
    stated = {"version": "1.34.2", "api_versions": api_versions}
    kubernetes = found.settings.kubernetes.model_copy(update=stated)
    return replace(found, settings=found.settings.model_copy(update={"kubernetes": kubernetes}))


def test_what_no_cluster_confirmed_cannot_be_told_and_names_both_questions() -> None:
    line = kubernetes_line(place("monitoring.coreos.com/v1"), None)
    assert line.state is State.UNKNOWN
    assert "kubectl version, and kubectl api-versions" in line.remedy
    assert "apiVersions is empty" not in line.remedy


def test_an_empty_list_of_api_versions_is_said_to_render_charts_otherwise() -> None:
    assert ".Capabilities.APIVersions.Has" in kubernetes_line(place(), None).remedy


@pytest.mark.parametrize("stated", ["monitoring.coreos.com/v1", "monitoring.coreos.com/v1/Probe"])
def test_what_the_cluster_says_is_confirmed(stated: str) -> None:
    seen = Cluster("v1.34.2+k3s1", (*OWN, "monitoring.coreos.com/v1"))
    assert kubernetes_line(place(stated), seen).state is State.DONE


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (Cluster("v1.33.0", (*OWN, "a.io/v1")), "it is 1.33.0, not 1.34.2"),
        (Cluster("v1.34.2", OWN), "it has no a.io/v1"),
        (Cluster("v1.34.2", (*OWN, "a.io/v1", "b.io/v1")), "apiVersions lacks b.io/v1"),
    ],
)
def test_what_the_cluster_contradicts_is_missing_and_says_what_to_write(
    seen: Cluster, told: str
) -> None:
    line = kubernetes_line(place("a.io/v1"), seen)
    assert line.state is State.MISSING
    assert line.remedy == f"{told}; write that into the stack file"


def test_the_cluster_is_asked_by_two_commands_that_read(
    kubectl: Callable[[str], None],
) -> None:
    kubectl(KUBECTL)
    given = {"HMCO_KUBECONFIG": "kubeconfig"}
    seen = cluster_of("prod", given)
    assert seen == Cluster("v1.34.2+k3s1", ("apps/v1", "monitoring.coreos.com/v1"))
    assert cluster_of("another", given) is None
    assert cluster_of("prod", {}) is None
