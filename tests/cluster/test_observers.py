"""Rules, dashboard and messages on a real API server that knows the operators' own kinds."""

import json
from pathlib import Path

import pytest

from release.argocd.manifests import Manifest
from release.estate import load_estate, read_stack_files
from release.monitoring.whole import whole_environment
from release.registry import REGISTRY
from tests.cluster.apiserver import CONTEXT, Cluster
from tests.engine.program import Program, copy_program
from tests.engine.watched import watch
from tools.toolchain.locate import locate

pytestmark = pytest.mark.xdist_group("cluster")
STORE = {
    "kind": "external",
    "storeKind": "ClusterSecretStore",
    "store": "vault",
    "key": "slack",
    "property": "token",
}


@pytest.fixture
def program(tmp_path: Path, cluster: Cluster) -> Program:
    """Return staging with everything on, whose cluster has both operators' CRDs."""
    found = locate(("operator-crds",))
    assert not found.missing, f"run make setup-dev; missing: {', '.join(found.missing)}"
    for crd in found.bins["operator-crds"].glob("*-crd.yaml"):
        cluster.kubectl("apply", "--server-side", "-f", str(crd))
    cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    cluster.kubectl("create", "namespace", "monitoring")
    cluster.kubectl("create", "configmap", "argocd-notifications-cm", "-n", "argocd")
    program = copy_program(tmp_path, {"HMCO_KUBECONFIG": str(cluster.kubeconfig)})
    program.edit(
        "staging",
        "    kind: manifests\n    directory: build/staging\n",
        f"    kind: cluster\n    context: {CONTEXT}\n",
    )
    watch(program, "staging", notifier={"token": STORE}, channels={"release-deployed": "ops"})
    return program


def live(cluster: Cluster, manifest: Manifest) -> Manifest:
    """Return the object as the API server keeps it."""
    metadata = manifest["metadata"]
    assert isinstance(metadata, dict)
    place = ("-n", str(metadata["namespace"]))
    kept: Manifest = json.loads(
        cluster.kubectl("get", str(manifest["kind"]), str(metadata["name"]), *place, "-o", "json")
    )
    return kept


def test_all_that_watches_comes_up_as_it_was_built_and_a_second_run_changes_nothing(
    program: Program, cluster: Cluster
) -> None:
    answer = program.up("staging")
    assert answer.code == 0, answer.text

    estate = load_estate(REGISTRY, read_stack_files(program.folder))
    environment = estate.environments["staging"]
    built = whole_environment(REGISTRY, estate, environment, program.folder).observers
    kinds = sorted(str(manifest["kind"]) for manifest in built)
    assert kinds == ["ConfigMap", "ConfigMap", "ExternalSecret", "PrometheusRule", "PrometheusRule"]
    for manifest in built:
        kept = live(cluster, manifest)
        for key in {"spec", "data"} & manifest.keys():
            assert _within(kept[key], manifest[key]), (
                "the API server prunes what a CRD does not know, without a word"
            )

    assert program.up("staging", "--expect-no-changes").code == 0
    seen = program.pulumi("preview", "--stack", "staging", "--refresh", "--expect-no-changes")
    assert seen.code == 0, seen.text


def _within(kept: object, wanted: object) -> bool:
    """Tell whether all that was wanted was kept; operators' CRDs add defaults of their own."""
    if isinstance(kept, dict) and isinstance(wanted, dict):
        return all(key in kept and _within(kept[key], value) for key, value in wanted.items())
    if isinstance(kept, list) and isinstance(wanted, list):
        return len(kept) == len(wanted) and all(map(_within, kept, wanted))
    return kept == wanted
