"""Delivery to a cluster: the real provider against a real API server with Argo CD's own CRDs."""

import json
from pathlib import Path

import pytest

from release.argocd.manifests import Manifest, environment_manifests
from release.argocd.running import deployed
from release.estate import load_estate, read_stack_files
from release.monitoring.kubectl import cluster_of
from release.registry import REGISTRY
from tests.cluster.apiserver import CONTEXT, Cluster
from tests.engine.program import Program, copy_program

pytestmark = pytest.mark.xdist_group("cluster")


@pytest.fixture
def program(tmp_path: Path, cluster: Cluster) -> Program:
    program = copy_program(tmp_path, {"HMCO_KUBECONFIG": str(cluster.kubeconfig)})
    for stack in ("dev", "staging", "prod"):
        program.edit(
            stack,
            f"    kind: manifests\n    directory: build/{stack}\n",
            f"    kind: cluster\n    context: {CONTEXT}\n",
        )
    return program


def _expected(program: Program, stack: str) -> dict[str, Manifest]:
    environment = load_estate(REGISTRY, read_stack_files(program.folder)).environments[stack]
    manifests = environment_manifests(REGISTRY, environment)
    return dict(manifests.applications) | {environment.settings.project: manifests.project}


def _live(cluster: Cluster) -> dict[str, object]:
    objects = cluster.objects("applications") | cluster.objects("appprojects")
    return {name: item["spec"] for name, item in objects.items()}


def test_an_environment_lives_on_a_cluster_from_its_first_to_its_last_object(
    program: Program, cluster: Cluster
) -> None:
    # Argo CD's controller, which alone could take the finalizer off again, does not run here.
    program.edit("staging", "cascade: foreground", "cascade: orphan")

    answer = program.up("staging")
    assert answer.code == 0, answer.text
    expected = _expected(program, "staging")
    live = _live(cluster)
    assert {n: live[n] for n in expected} == {n: m["spec"] for n, m in expected.items()}, (
        "the API server prunes what the CRDs of this Argo CD do not know, without a word"
    )

    same = program.pulumi("preview", "--stack", "staging", "--refresh", "--expect-no-changes")
    assert same.code == 0, same.text

    before = cluster.objects("applications")
    program.edit("staging", "api-gateway: 1.0.0", "api-gateway: 1.1.0")
    assert program.up("staging").code == 0
    after = cluster.objects("applications")
    moved = {
        n
        for n in after
        if after[n]["metadata"]["generation"] != before[n]["metadata"]["generation"]
    }
    assert moved == {"api-gateway-staging"}
    source = after["api-gateway-staging"]["spec"]["source"]
    assert source["targetRevision"] == "refs/tags/api-gateway-1.1.0"

    cluster.kubectl(
        "patch", "application", "storage-staging", "-n", "argocd", "--type=merge", "-p",
        '{"spec":{"syncPolicy":{"automated":{"enabled":false}}}}',
    )  # fmt: skip
    drift = program.pulumi(
        "preview", "--stack", "staging", "--refresh", "--expect-no-changes", "--diff"
    )
    assert drift.code != 0
    assert "storage-staging" in drift.out

    gone = program.pulumi("destroy", "--stack", "staging", "--yes")
    assert gone.code == 0, gone.text
    assert not set(expected) & set(_live(cluster))


def test_production_on_a_cluster_keeps_automatic_sync_off(
    program: Program, cluster: Cluster
) -> None:
    answer = program.up("prod")
    assert answer.code == 0, answer.text
    live = _live(cluster)
    for name, manifest in _expected(program, "prod").items():
        assert live[name] == manifest["spec"]
    automated = {
        item["spec"]["syncPolicy"]["automated"]["enabled"]
        for name, item in cluster.objects("applications").items()
        if name.endswith("-prod")
    }
    assert automated == {False}


def test_what_runs_is_asked_as_adopt_says(cluster: Cluster) -> None:
    said = cluster.kubectl("-n", "argocd", "get", "applications", "-o", "json")
    assert deployed(said, {}) == {}
    assert json.loads(said)["kind"] == "List"


def test_without_the_kubeconfig_of_this_program_nothing_is_delivered(program: Program) -> None:
    blind = Program(program.folder)
    answer = blind.up("dev")
    assert answer.code != 0
    assert "unreachable" in answer.text or "context" in answer.text


def test_a_cluster_tells_its_version_and_what_it_serves(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(cluster.programs), prepend=":")
    told = cluster_of("", {"HMCO_KUBECONFIG": str(cluster.kubeconfig)})
    assert told is not None
    assert cluster.kubectl("version").rstrip().endswith(told.version)
    assert {"apps/v1", "argoproj.io/v1alpha1"} <= set(told.api_versions)
