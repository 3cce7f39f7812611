"""What the API server refuses of a rendered object is told before it is asked, and nothing else."""

import subprocess

import pytest

from release.rendering.renderedobjects import Rendering
from release.rules.kubernetes import oversize
from tests.cluster.apiserver import Cluster
from tests.estate.scratch import Scratch
from tests.release.plan.changes import change, flags
from tests.release.rendering.charts import Charts, chart_files, helm, renderer

pytestmark = pytest.mark.xdist_group("cluster")

SIZES = {
    "letters of two bytes": ("ConfigMap", 'data: {x: {{ repeat 300000 "é" | quote }}}', True),
    "too many of two bytes": ("ConfigMap", 'data: {x: {{ repeat 600000 "é" | quote }}}', True),
    "binary": ("ConfigMap", 'binaryData: {x: {{ repeat 900000 "x" | b64enc }}}', True),
    "too much binary": ("ConfigMap", 'binaryData: {x: {{ repeat 1100000 "x" | b64enc }}}', True),
    "binary and text": (
        "ConfigMap",
        'binaryData: {x: {{ repeat 900000 "x" | b64enc }}}\ndata: {y: {{ repeat 200000 "y" }}}',
        True,
    ),
    "secret": ("Secret", 'data: {x: {{ repeat 1000000 "x" | b64enc }}}', True),
    "too large a secret": ("Secret", 'data: {x: {{ repeat 1300000 "x" | b64enc }}}', True),
    "text wins": (
        "Secret",
        'data: {x: {{ repeat 600000 "x" | b64enc }}}\nstringData: {x: {{ repeat 600000 "y" }}}',
        True,
    ),
    "too large a text": ("Secret", 'stringData: {x: {{ repeat 1100000 "x" }}}', True),
    "annotation": ("ConfigMap", 'data: {x: {{ repeat 130000 "é" | quote }}}', False),
    "too large an annotation": ("ConfigMap", 'data: {x: {{ repeat 132000 "é" | quote }}}', False),
    "many keys": (
        "ConfigMap",
        "data: { {{ range until 20500 }}k{{ . }}: x,{{ end }} }",
        False,
    ),
}


@pytest.mark.parametrize(("kind", "data", "server_side"), SIZES.values(), ids=SIZES)
def test_an_object_is_too_large_for_us_where_it_is_for_the_api_server(
    cluster: Cluster, scratch: Scratch, kind: str, data: str, *, server_side: bool
) -> None:
    template = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: sized}}\n{data}\n"
    scratch.commit(chart_files("alpha", {"templates/a.yaml": template}))
    rendering = Charts(scratch.path, renderer(scratch.path.with_name("cache"))).render("alpha")
    assert isinstance(rendering, Rendering)
    rendered = subprocess.run(
        [helm().program, "template", "alpha", "charts/alpha"],
        check=True,
        cwd=scratch.path,
        capture_output=True,
    )
    how = ["--server-side"] if server_side else []
    answer = subprocess.run(
        [
            cluster.programs / "kubectl",
            "--kubeconfig",
            cluster.kubeconfig,
            "apply",
            *how,
            "-f",
            "-",
        ],
        check=False,
        input=rendered.stdout,
        capture_output=True,
    )
    told = oversize(rendering.objects[0], server_side=server_side)
    assert bool(told) is bool(answer.returncode), (told, answer.stderr)
    cluster.kubectl("delete", kind, "sized", "--ignore-not-found")


POD = "{metadata: {labels: {a: %s}}, spec: {restartPolicy: %s, containers: [{name: c, image: x}]}}"
JOB = f"template: {POD % ('b', 'Never')}"
SET = f"selector: {{matchLabels: {{a: b}}}}, template: {POD % ('b', 'Always')}"
OTHER_SET = SET.replace("a: b", "a: c")
DISK = "capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], nfs: {server: %s, path: /}"
CLAIM = "resources: {requests: {storage: 1Gi}}, accessModes: [%s]"
REF = "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}"
FAILURES = (
    "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [1]}}]}"
)
INDEXED = f"spec: {{completions: 2, completionMode: Indexed, %s{JOB}}}"
CRD = (
    "spec: {group: %s, scope: %s, names: {kind: %s, plural: foos}, versions: [{name: v1, "
    "served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}"
)
STORAGE, APPS, BATCH = "storage.k8s.io/v1", "apps/v1", "batch/v1"
FIXED = {
    "secret": ("v1 Secret", "type: Opaque", "type: example.org/x", "type"),
    "secret-default": ("v1 Secret", "stringData: {a: b}", "type: Opaque", ""),
    "sealed": ("v1 Secret", "immutable: true", "immutable: true\nstringData: {a: b}", "stringData"),
    "replica-set": (
        f"{APPS} ReplicaSet",
        f"spec: {{{SET}}}",
        f"spec: {{{OTHER_SET}}}",
        "spec.selector",
    ),
    "daemon-set": (
        f"{APPS} DaemonSet",
        f"spec: {{{SET}}}",
        f"spec: {{{OTHER_SET}}}",
        "spec.selector",
    ),
    "deployment": (
        f"{APPS} Deployment",
        f"spec: {{{SET}}}",
        f"spec: {{{OTHER_SET}}}",
        "spec.selector",
    ),
    "stateful-set": (
        f"{APPS} StatefulSet",
        f"spec: {{{SET}}}",
        f"spec: {{podManagementPolicy: Parallel, {SET}}}",
        "spec.podManagementPolicy",
    ),
    "stateful-set-default": (
        f"{APPS} StatefulSet",
        f"spec: {{{SET}}}",
        f"spec: {{podManagementPolicy: OrderedReady, minReadySeconds: 2, {SET}}}",
        "",
    ),
    "job-limit": (f"{BATCH} Job", f"spec: {{{JOB}}}", f"spec: {{backoffLimit: 3, {JOB}}}", ""),
    "job-completions": (
        f"{BATCH} Job",
        f"spec: {{completions: 2, {JOB}}}",
        f"spec: {{completions: 3, {JOB}}}",
        "spec.completions",
    ),
    "job-template": (
        f"{BATCH} Job",
        f"spec: {{{JOB}}}",
        f"spec: {{{JOB.replace('image: x', 'image: y')}}}",
        "spec.template",
    ),
    "job-failures": (
        f"{BATCH} Job",
        f"spec: {{{JOB}}}",
        f"spec: {{{FAILURES}, {JOB}}}",
        "spec.podFailurePolicy",
    ),
    "job-success": (
        f"{BATCH} Job",
        INDEXED % "",
        INDEXED % "successPolicy: {rules: [{succeededCount: 1}]}, ",
        "spec.successPolicy",
    ),
    "job-index": (
        f"{BATCH} Job",
        INDEXED % "backoffLimitPerIndex: 1, ",
        INDEXED % "backoffLimitPerIndex: 2, ",
        "spec.backoffLimitPerIndex",
    ),
    "job-manager": (
        f"{BATCH} Job",
        f"spec: {{managedBy: example.org/a, {JOB}}}",
        f"spec: {{managedBy: example.org/b, {JOB}}}",
        "spec.managedBy",
    ),
    "volume": (
        "v1 PersistentVolume",
        f"spec: {{{DISK % 'a'}}}",
        f"spec: {{{DISK % 'b'}}}",
        "spec.nfs",
    ),
    "volume-mode": (
        "v1 PersistentVolume",
        f"spec: {{{DISK % 'a'}}}",
        f"spec: {{volumeMode: Block, {DISK % 'a'}}}",
        "spec.volumeMode",
    ),
    "volume-class": (
        "v1 PersistentVolume",
        f"spec: {{{DISK % 'a'}}}",
        f"spec: {{volumeMode: Filesystem, storageClassName: x, mountOptions: [ro], {DISK % 'a'}}}",
        "",
    ),
    "claim": (
        "v1 PersistentVolumeClaim",
        f"spec: {{{CLAIM % 'ReadWriteOnce'}}}",
        f"spec: {{{CLAIM % 'ReadWriteMany'}}}",
        "spec.accessModes",
    ),
    "address": (
        "v1 Service",
        "spec: {ports: [{port: 1}], clusterIP: 10.0.0.9}",
        "spec: {ports: [{port: 1}], clusterIP: None}",
        "spec.clusterIP",
    ),
    "storage-class": (f"{STORAGE} StorageClass", "provisioner: a", "provisioner: b", "provisioner"),
    "storage-class-options": (
        f"{STORAGE} StorageClass",
        "provisioner: a",
        "provisioner: a\nreclaimPolicy: Delete\nvolumeBindingMode: Immediate\nmountOptions: [b]",
        "",
    ),
    "attaching": (
        f"{STORAGE} CSIDriver",
        "spec: {attachRequired: true}",
        "spec: {attachRequired: false}",
        "spec.attachRequired",
    ),
    "lifecycle": (
        f"{STORAGE} CSIDriver",
        "spec: {volumeLifecycleModes: [Persistent]}",
        "spec: {attachRequired: true, volumeLifecycleModes: [Ephemeral]}",
        "spec.volumeLifecycleModes",
    ),
    "attributes": (
        f"{STORAGE} VolumeAttributesClass",
        "driverName: a\nparameters: {a: b}",
        "driverName: a\nparameters: {a: c}",
        "parameters",
    ),
    "binding": ("rbac.authorization.k8s.io/v1 RoleBinding", REF % "a", REF % "b", "roleRef"),
    "priority": ("scheduling.k8s.io/v1 PriorityClass", "value: 1", "value: 2", "value"),
    "priority-default": (
        "scheduling.k8s.io/v1 PriorityClass",
        "value: 1",
        "value: 1\npreemptionPolicy: PreemptLowerPriority",
        "",
    ),
    "ingress-class": (
        "networking.k8s.io/v1 IngressClass",
        "spec: {controller: example.org/a}",
        "spec: {controller: example.org/b}",
        "spec.controller",
    ),
    "runtime": ("node.k8s.io/v1 RuntimeClass", "handler: a", "handler: b", "handler"),
    "addresses": (
        "discovery.k8s.io/v1 EndpointSlice",
        "addressType: IPv4\nendpoints: []",
        "addressType: IPv6\nendpoints: []",
        "addressType",
    ),
    "quota": (
        "v1 ResourceQuota",
        "spec: {hard: {pods: 1}, scopes: [Terminating]}",
        "spec: {hard: {pods: 1}, scopes: [NotTerminating]}",
        "spec.scopes",
    ),
    "crd-scope": (
        "apiextensions.k8s.io/v1 CustomResourceDefinition",
        CRD % ("example.org", "Cluster", "Foo"),
        CRD % ("example.org", "Namespaced", "Foo"),
        "spec.scope",
    ),
}


@pytest.mark.parametrize(
    ("what", "fields"), [(what, fields) for what, *fields in FIXED.values()], ids=FIXED
)
def test_a_field_cannot_be_changed_for_us_where_it_cannot_for_the_api_server(
    cluster: Cluster, request: pytest.FixtureRequest, what: str, fields: list[str]
) -> None:
    (api, kind), (one, two, place) = what.split(), fields
    name = "foos.example.org" if kind == "CustomResourceDefinition" else request.node.callspec.id
    head = f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\n"
    told = [
        flag.what.removesuffix(" cannot be changed")
        for flag in flags(change(head + one, head + two))
        if flag.id == "immutable-field"
    ]
    assert _refused(cluster, (head + one).encode(), "--server-side") == ""
    refused = _refused(cluster, (head + two).encode(), "--server-side", "--force-conflicts")
    assert bool(place) is bool(refused), refused
    assert told == [place] * bool(place)


def _refused(cluster: Cluster, manifests: bytes, *how: str) -> str:
    """Return the API server's words against an apply, "" for none."""
    answer = subprocess.run(
        [
            cluster.programs / "kubectl",
            "--kubeconfig",
            cluster.kubeconfig,
            "apply",
            *how,
            "-f",
            "-",
        ],
        check=False,
        input=manifests,
        capture_output=True,
    )
    return answer.stderr.decode() if answer.returncode else ""
