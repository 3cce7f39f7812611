"""What raises each risk flag, and what only looks like it: the flag, objects before and after."""

from typing import Any

NONE = ""


def obj(kind: str, *, api: str = "v1", name: str = "a", meta: str = "", **parts: Any) -> str:
    """Return one object in flow style."""
    fields = "".join(f", {key}: {value}" for key, value in parts.items())
    return f"---\n{{apiVersion: {api}, kind: {kind}, metadata: {{name: {name}{meta}}}{fields}}}\n"


def deployment(pod: str = "{}", container: str = "", **spec: str) -> str:
    pod = pod[1:-1]
    inner = f"{pod}{', ' if pod else ''}containers: [{{name: c{container}}}]"
    fields = "".join(f", {key}: {value}" for key, value in spec.items())
    return obj("Deployment", api="apps/v1", spec=f"{{template: {{spec: {{{inner}}}}}{fields}}}")


def stateful(spec: str) -> str:
    return obj("StatefulSet", api="apps/v1", spec=spec)


def crd(*versions: str, served: str = "true") -> str:
    names = ", ".join(f"{{name: {version}, served: {served}}}" for version in versions)
    return obj(
        "CustomResourceDefinition", api="apiextensions.k8s.io/v1", spec=f"{{versions: [{names}]}}"
    )


def role(rules: str, kind: str = "ClusterRole") -> str:
    return obj(kind, api="rbac.authorization.k8s.io/v1", rules=rules)


def binding(subjects: str, kind: str = "ClusterRoleBinding", ref: str = "ClusterRole") -> str:
    return obj(
        kind,
        api="rbac.authorization.k8s.io/v1",
        roleRef=f"{{kind: {ref}, name: r}}",
        subjects=subjects,
    )


def ingress(host: str, name: str = "a") -> str:
    return obj(
        "Ingress", api="networking.k8s.io/v1", name=name, spec=f"{{rules: [{{host: {host}}}]}}"
    )


CLAIM = "{accessModes: [ReadWriteOnce], storageClassName: %s, resources: {requests: {storage: %s}}}"
HOOK = ", annotations: {helm.sh/hook: %s}"
POD = "{hostPID: true, containers: [{name: c}]}"
KEEP = ", annotations: {helm.sh/resource-policy: keep}"
READ = "[{apiGroups: [apps], resources: [deployments], verbs: [get, list]}]"
WRITE = "[{apiGroups: [apps], resources: [deployments], verbs: [get, list, delete]}]"
ALL = "[{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]"
ONE = "[{kind: ServiceAccount, namespace: n, name: one}]"
TWO = "[{kind: ServiceAccount, namespace: n, name: one}, {kind: Group, name: all}]"

RAISED = {
    "claim-removed": ("data-removed", obj("PersistentVolumeClaim"), NONE),
    "crd-removed": ("data-removed", crd("v1"), NONE),
    "namespace-removed": ("data-removed", obj("Namespace"), NONE),
    "stateful-set-renamed": (
        "data-removed",
        stateful("{replicas: 1}"),
        stateful("{replicas: 1}").replace("name: a", "name: b"),
    ),
    "selector": (
        "immutable-field",
        deployment(selector="{matchLabels: {a: b}}"),
        deployment(selector="{matchLabels: {a: c}}"),
    ),
    "cluster-ip": (
        "immutable-field",
        obj("Service", spec="{clusterIP: None}"),
        obj("Service", spec="{clusterIP: 10.0.0.1}"),
    ),
    "volume-claims": (
        "immutable-field",
        stateful("{volumeClaimTemplates: [{metadata: {name: d}, spec: {x: 1}}]}"),
        stateful("{volumeClaimTemplates: [{metadata: {name: d}, spec: {x: 2}}]}"),
    ),
    "service-name": ("immutable-field", stateful("{serviceName: a}"), stateful("{serviceName: b}")),
    "job-template": (
        "immutable-field",
        obj("Job", api="batch/v1", spec="{template: {spec: {x: 1}}}"),
        obj("Job", api="batch/v1", spec="{template: {spec: {x: 2}}}"),
    ),
    "storage-class-of-a-claim": (
        "immutable-field",
        obj("PersistentVolumeClaim", spec=CLAIM % ("slow", "1Gi")),
        obj("PersistentVolumeClaim", spec=CLAIM % ("fast", "1Gi")),
    ),
    "claim-shrinks": (
        "immutable-field",
        obj("PersistentVolumeClaim", spec=CLAIM % ("slow", "2Gi")),
        obj("PersistentVolumeClaim", spec=CLAIM % ("slow", "1Gi")),
    ),
    "storage-class": (
        "immutable-field",
        obj("StorageClass", api="storage.k8s.io/v1", provisioner="a"),
        obj("StorageClass", api="storage.k8s.io/v1", provisioner="b"),
    ),
    "role-of-a-binding": (
        "immutable-field",
        binding(ONE, kind="RoleBinding", ref="Role"),
        binding(ONE, kind="RoleBinding", ref="ClusterRole"),
    ),
    "sealed-config": (
        "immutable-field",
        obj("ConfigMap", immutable="true", data="{a: b}"),
        obj("ConfigMap", immutable="true", data="{a: c}"),
    ),
    "secret-type": (
        "immutable-field",
        obj("Secret", type="Opaque"),
        obj("Secret", type="kubernetes.io/tls"),
    ),
    "crd-scope": (
        "immutable-field",
        obj("CustomResourceDefinition", api="x/v1", spec="{scope: Cluster}"),
        obj("CustomResourceDefinition", api="x/v1", spec="{scope: Namespaced}"),
    ),
    "version-dropped": ("crd-version-dropped", crd("v1", "v2"), crd("v2")),
    "version-no-longer-served": ("crd-version-dropped", crd("v1"), crd("v1", served="false")),
    "new-verb": ("rbac-widened", role(READ), role(WRITE)),
    "wildcard": ("rbac-widened", role(READ), role(ALL)),
    "new-role-of-all": ("rbac-widened", NONE, role(ALL)),
    "new-verb-in-a-namespace": ("rbac-widened", role(READ, "Role"), role(WRITE, "Role")),
    "names-no-longer-named": (
        "rbac-widened",
        role("[{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [one]}]"),
        role("[{apiGroups: [''], resources: [secrets], verbs: [get]}]"),
    ),
    "new-subject": ("rbac-widened", binding(ONE), binding(TWO)),
    "new-cluster-binding": ("rbac-widened", NONE, binding(ONE)),
    "aggregation": (
        "rbac-widened",
        role("[]"),
        obj(
            "ClusterRole",
            api="rbac.authorization.k8s.io/v1",
            aggregationRule="{clusterRoleSelectors: [{}]}",
        ),
    ),
    "privileged": (
        "privilege-gained",
        deployment(),
        deployment(container=", securityContext: {privileged: true}"),
    ),
    "privileged-from-the-start": (
        "privilege-gained",
        NONE,
        deployment(container=", securityContext: {privileged: true}"),
    ),
    "host-path": (
        "privilege-gained",
        deployment(),
        deployment("{volumes: [{name: v, hostPath: {path: /var/run}}]}"),
    ),
    "host-network": ("privilege-gained", deployment(), deployment("{hostNetwork: true}")),
    "root": (
        "privilege-gained",
        deployment("{securityContext: {runAsUser: 1000}}"),
        deployment("{securityContext: {runAsUser: 0}}"),
    ),
    "guard-dropped": (
        "privilege-gained",
        deployment("{securityContext: {runAsNonRoot: true}}"),
        deployment(),
    ),
    "capability": (
        "privilege-gained",
        deployment(),
        deployment(container=", securityContext: {capabilities: {add: [SYS_ADMIN]}}"),
    ),
    "cron-job": (
        "privilege-gained",
        NONE,
        obj(
            "CronJob",
            api="batch/v1",
            spec="{jobTemplate: {spec: {template: {spec: POD}}}}".replace("POD", POD),
        ),
    ),
    "latest": (
        "image-mutable",
        deployment(container=", image: 'x:1.0'"),
        deployment(container=", image: 'x:latest'"),
    ),
    "no-tag": ("image-mutable", NONE, deployment(container=", image: 'host:5000/x'")),
    "other-digest-under-one-tag": (
        "image-mutable",
        deployment(container=f", image: 'x:1.0@sha256:{'a' * 64}'"),
        deployment(container=f", image: 'x:1.0@sha256:{'b' * 64}'"),
    ),
    "replicas": ("scaled-down", deployment(replicas="3"), deployment(replicas="2")),
    "memory": (
        "scaled-down",
        deployment(container=", resources: {limits: {memory: 1Gi}}"),
        deployment(container=", resources: {limits: {memory: 1000Mi}}"),
    ),
    "cpu": (
        "scaled-down",
        deployment(container=", resources: {requests: {cpu: 1}}"),
        deployment(container=", resources: {requests: {cpu: 900m}}"),
    ),
    "autoscaler": (
        "scaled-down",
        obj("HorizontalPodAutoscaler", api="autoscaling/v2", spec="{minReplicas: 3}"),
        obj("HorizontalPodAutoscaler", api="autoscaling/v2", spec="{minReplicas: 1}"),
    ),
    "host": ("host-removed", ingress("a.example"), ingress("b.example")),
    "route": (
        "host-removed",
        obj("HTTPRoute", api="gateway.networking.k8s.io/v1", spec="{hostnames: [a, b]}"),
        obj("HTTPRoute", api="gateway.networking.k8s.io/v1", spec="{hostnames: [b]}"),
    ),
    "virtual-service": (
        "host-removed",
        obj("VirtualService", api="networking.istio.io/v1", spec="{hosts: [a]}"),
        NONE,
    ),
    "object-in-another-namespace": (
        "namespace-changed",
        obj("ConfigMap", meta=", namespace: one"),
        obj("ConfigMap", meta=", namespace: two"),
    ),
    "hook": ("hook-added", NONE, obj("Job", api="batch/v1", meta=HOOK % "pre-upgrade")),
    "hook-at-another-time": (
        "hook-added",
        obj("Job", api="batch/v1", meta=HOOK % "pre-install"),
        obj("Job", api="batch/v1", meta=HOOK % "post-install"),
    ),
}
SILENT = {
    "config-removed": ("data-removed", obj("ConfigMap"), NONE),
    "claim-kept": ("data-removed", obj("PersistentVolumeClaim", meta=KEEP), NONE),
    "claim-added": ("data-removed", NONE, obj("PersistentVolumeClaim")),
    "stateful-set-scaled": (
        "immutable-field",
        stateful("{replicas: 1}"),
        stateful("{replicas: 2}"),
    ),
    "claim-grows": (
        "immutable-field",
        obj("PersistentVolumeClaim", spec=CLAIM % ("slow", "1Gi")),
        obj("PersistentVolumeClaim", spec=CLAIM % ("slow", "2Gi")),
    ),
    "hook-job": (
        "immutable-field",
        obj("Job", api="batch/v1", meta=HOOK % "pre-install", spec="{template: {x: 1}}"),
        obj("Job", api="batch/v1", meta=HOOK % "pre-install", spec="{template: {x: 2}}"),
    ),
    "default-written-out": ("immutable-field", obj("Secret"), obj("Secret", type="Opaque")),
    "new-name": (
        "immutable-field",
        deployment(selector="{matchLabels: {a: b}}"),
        deployment(selector="{matchLabels: {a: c}}").replace("name: a}", "name: b}"),
    ),
    "version-added": ("crd-version-dropped", crd("v1"), crd("v1", "v2")),
    "narrowed": ("rbac-widened", role(WRITE), role(READ)),
    "below-a-wildcard": ("rbac-widened", role(ALL), role(WRITE)),
    "rules-in-other-words": (
        "rbac-widened",
        role(READ),
        role(
            "[{apiGroups: [apps], resources: [deployments], verbs: [list]},"
            " {apiGroups: [apps], resources: [deployments], verbs: [get]}]"
        ),
    ),
    "new-role-of-little": ("rbac-widened", NONE, role(READ)),
    "fewer-subjects": ("rbac-widened", binding(TWO), binding(ONE)),
    "still-privileged": (
        "privilege-gained",
        deployment(container=", securityContext: {privileged: true}"),
        deployment(container=", securityContext: {privileged: true}", replicas="2"),
    ),
    "user-left-open-from-the-start": ("privilege-gained", NONE, deployment()),
    "exact-tag": (
        "image-mutable",
        deployment(container=", image: 'x:1.0'"),
        deployment(container=", image: 'x:1.1'"),
    ),
    "latest-with-digest": (
        "image-mutable",
        NONE,
        deployment(container=f", image: 'x:latest@sha256:{'a' * 64}'"),
    ),
    "latest-as-before": (
        "image-mutable",
        deployment(container=", image: 'x:latest'"),
        deployment(container=", image: 'x:latest'", replicas="2"),
    ),
    "more-replicas": ("scaled-down", deployment(replicas="2"), deployment(replicas="10")),
    "same-memory-in-other-words": (
        "scaled-down",
        deployment(container=", resources: {limits: {memory: 1Gi}}"),
        deployment(container=", resources: {limits: {memory: 1024Mi}}"),
    ),
    "host-moves-to-another-ingress": (
        "host-removed",
        ingress("a.example"),
        ingress("a.example", "b"),
    ),
    "host-in-an-ingress-that-stays": (
        "host-removed",
        ingress("a.example") + ingress("a.example", "b"),
        ingress("a.example", "b"),
    ),
    "hook-as-before": (
        "hook-added",
        obj("Job", api="batch/v1", meta=HOOK % "pre-install"),
        obj("Job", api="batch/v1", meta=HOOK % "pre-install", spec="{x: 1}"),
    ),
    "hook-removed": ("hook-added", obj("Job", api="batch/v1", meta=HOOK % "pre-install"), NONE),
    "nothing-removed": ("prune-needed", NONE, obj("ConfigMap")),
    "pruned-by-itself": ("prune-needed", obj("ConfigMap"), NONE),
}
