"""What API servers say of versions, names and sizes, as data and pure judgements."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from release.rendering.renderedobjects import VOLATILE, RenderedObject, leaves

LARGEST_OBJECT: Final = 1_572_864
"""Bytes of one request that etcd takes (--max-request-bytes, 1.5 MiB)."""
LARGEST_ANNOTATIONS: Final = 262_144
"""Bytes of all annotations of one object; a client-side apply stores the whole object in one."""
LARGEST_DATA: Final = 1_048_576
"""Bytes of the data of a ConfigMap or Secret."""

_DNS_1035: Final = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_PATH_PART: Final = re.compile(r"(?!\.{1,2}$)[^/%]+")
_LABEL_VALUE: Final = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?")
_KEY_NAME: Final = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]")
_LONGEST_NAME: Final = 253


class Retired(NamedTuple):
    """When a version of an API was declared old, when it went, and what to write instead."""

    deprecated: int
    removed: int | None
    instead: str


def _all(version: str, kinds: str, retired: Retired) -> dict[tuple[str, str], Retired]:
    return {(version, kind): retired for kind in kinds.split()}


RETIRED: Final[Mapping[tuple[str, str], Retired]] = {
    **_all("extensions/v1beta1", "Deployment DaemonSet ReplicaSet", Retired(8, 16, "apps/v1")),
    **_all("extensions/v1beta1", "NetworkPolicy", Retired(9, 16, "networking.k8s.io/v1")),
    **_all("extensions/v1beta1", "PodSecurityPolicy", Retired(10, 16, "Pod Security Admission")),
    **_all("extensions/v1beta1", "Ingress", Retired(14, 22, "networking.k8s.io/v1")),
    **_all("apps/v1beta1", "Deployment StatefulSet", Retired(8, 16, "apps/v1")),
    **_all(
        "apps/v1beta2", "Deployment DaemonSet ReplicaSet StatefulSet", Retired(9, 16, "apps/v1")
    ),
    **_all(
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
        Retired(16, 22, "admissionregistration.k8s.io/v1"),
    ),
    **_all(
        "apiextensions.k8s.io/v1beta1",
        "CustomResourceDefinition",
        Retired(16, 22, "apiextensions.k8s.io/v1"),
    ),
    **_all(
        "apiregistration.k8s.io/v1beta1", "APIService", Retired(19, 22, "apiregistration.k8s.io/v1")
    ),
    **_all(
        "certificates.k8s.io/v1beta1",
        "CertificateSigningRequest",
        Retired(19, 22, "certificates.k8s.io/v1"),
    ),
    **_all("coordination.k8s.io/v1beta1", "Lease", Retired(19, 22, "coordination.k8s.io/v1")),
    **_all(
        "networking.k8s.io/v1beta1", "Ingress IngressClass", Retired(19, 22, "networking.k8s.io/v1")
    ),
    **_all(
        "rbac.authorization.k8s.io/v1beta1",
        "Role ClusterRole RoleBinding ClusterRoleBinding",
        Retired(17, 22, "rbac.authorization.k8s.io/v1"),
    ),
    **_all("scheduling.k8s.io/v1beta1", "PriorityClass", Retired(14, 22, "scheduling.k8s.io/v1")),
    **_all(
        "storage.k8s.io/v1beta1",
        "CSIDriver CSINode StorageClass VolumeAttachment",
        Retired(19, 22, "storage.k8s.io/v1"),
    ),
    **_all("storage.k8s.io/v1beta1", "CSIStorageCapacity", Retired(24, 27, "storage.k8s.io/v1")),
    **_all("batch/v1beta1", "CronJob", Retired(21, 25, "batch/v1")),
    **_all("discovery.k8s.io/v1beta1", "EndpointSlice", Retired(21, 25, "discovery.k8s.io/v1")),
    **_all("events.k8s.io/v1beta1", "Event", Retired(19, 25, "events.k8s.io/v1")),
    **_all("autoscaling/v2beta1", "HorizontalPodAutoscaler", Retired(22, 25, "autoscaling/v2")),
    **_all("autoscaling/v2beta2", "HorizontalPodAutoscaler", Retired(23, 26, "autoscaling/v2")),
    **_all("policy/v1beta1", "PodDisruptionBudget", Retired(21, 25, "policy/v1")),
    **_all("policy/v1beta1", "PodSecurityPolicy", Retired(21, 25, "Pod Security Admission")),
    **_all("node.k8s.io/v1beta1", "RuntimeClass", Retired(22, 25, "node.k8s.io/v1")),
    **_all(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "FlowSchema PriorityLevelConfiguration",
        Retired(23, 26, "flowcontrol.apiserver.k8s.io/v1"),
    ),
    **_all(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "FlowSchema PriorityLevelConfiguration",
        Retired(26, 29, "flowcontrol.apiserver.k8s.io/v1"),
    ),
    **_all(
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "FlowSchema PriorityLevelConfiguration",
        Retired(29, 32, "flowcontrol.apiserver.k8s.io/v1"),
    ),
    **_all("v1", "ComponentStatus", Retired(19, None, "the components' own metrics")),
    **_all("v1", "Endpoints", Retired(33, None, "discovery.k8s.io/v1 EndpointSlice")),
}
"""Minor versions of Kubernetes 1 (its deprecated API migration guide)."""


def minor_of(version: str) -> int:
    """Return the minor version of a Kubernetes version such as 1.34.2."""
    return int(version.split(".")[1])


_BY_KIND: Final[Mapping[str, re.Pattern[str]]] = {
    "Service": _DNS_1035,
    "Namespace": _DNS_LABEL,
    **dict.fromkeys(("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"), _PATH_PART),
}


def refused_words(item: RenderedObject) -> Iterator[str]:
    """Yield which names, labels and annotations the API server refuses, in its own order."""
    name = item.identity.name
    form = _BY_KIND.get(item.kind, _SUBDOMAIN)
    if name and VOLATILE not in name and not (form.fullmatch(name) and len(name) <= _LONGEST_NAME):
        yield f"the name {name!r} is refused for a {item.kind}"
    for place, metadata in _metadata(item.body):
        for part in ("labels", "annotations"):
            found = metadata.get(part)
            for key, value in found.items() if isinstance(found, Mapping) else ():
                if not _is_key(str(key)):
                    yield f"{place}{part}: the key {str(key)!r} is refused"
                if not isinstance(value, str):
                    yield f"{place}{part}: {key} is {json.dumps(value)} and must be text"
                elif part == "labels" and not _LABEL_VALUE.fullmatch(value) and value != VOLATILE:
                    yield f"{place}{part}: {key} has the value {value[:80]!r}, which is refused"


def _metadata(value: object, place: str = "") -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the metadata of an object and of the pods it makes."""
    if not isinstance(value, Mapping):
        return
    metadata = value.get("metadata")
    if isinstance(metadata, Mapping):
        yield f"{place}metadata.", metadata
    spec = value.get("spec")
    for key in ("template", "jobTemplate") if isinstance(spec, Mapping) else ():
        if isinstance(spec, Mapping) and isinstance(spec.get(key), Mapping):
            yield from _metadata(spec[key], f"{place}spec.{key}.")


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    if slash and not (_SUBDOMAIN.fullmatch(prefix) and len(prefix) <= _LONGEST_NAME):
        return False
    return bool(_KEY_NAME.fullmatch(name))


def oversize(item: RenderedObject, *, server_side: bool) -> str:
    """Return which limit an object is over, "" for none."""
    if item.size > LARGEST_OBJECT:
        return f"has {item.size:,} bytes; etcd takes {LARGEST_OBJECT:,}"
    if item.kind in {"ConfigMap", "Secret"}:
        data = sum(
            len(str(value))
            for part in ("data", "binaryData", "stringData")
            for _, value in leaves(item.body.get(part) or "")
        )
        if data > LARGEST_DATA:
            return f"holds {data:,} bytes of data; a {item.kind} takes {LARGEST_DATA:,}"
    options = str(item.annotations.get("argocd.argoproj.io/sync-options", ""))
    free = server_side or any(word in options for word in ("ServerSideApply=true", "Replace=true"))
    if item.size > LARGEST_ANNOTATIONS and not free:
        return (
            f"has {item.size:,} bytes; a client-side apply keeps it in an annotation, and all "
            f"annotations together may have {LARGEST_ANNOTATIONS:,}"
        )
    return ""
