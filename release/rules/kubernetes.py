"""What API servers say of versions, names and sizes, as data and pure judgements."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from release.rendering.renderedobjects import VOLATILE, RenderedObject

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


def _each(
    version: str, kinds: str, deprecated: int, removed: int | None, instead: str = ""
) -> dict[tuple[str, str], Retired]:
    """Return the entry of each kind; the version of the group that lasts is the one to write."""
    lasting = instead or version.partition("beta")[0]
    return {(version, kind): Retired(deprecated, removed, lasting) for kind in kinds.split()}


RETIRED: Final[Mapping[tuple[str, str], Retired]] = {
    **_each("extensions/v1beta1", "Deployment DaemonSet ReplicaSet", 8, 16, "apps/v1"),
    **_each("extensions/v1beta1", "NetworkPolicy", 9, 16, "networking.k8s.io/v1"),
    **_each("extensions/v1beta1", "PodSecurityPolicy", 10, 16, "Pod Security Admission"),
    **_each("extensions/v1beta1", "Ingress", 14, 22, "networking.k8s.io/v1"),
    **_each("apps/v1beta1", "Deployment StatefulSet", 8, 16),
    **_each("apps/v1beta2", "Deployment DaemonSet ReplicaSet StatefulSet", 9, 16),
    **_each(
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
        16,
        22,
    ),
    **_each("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", 16, 22),
    **_each("apiregistration.k8s.io/v1beta1", "APIService", 19, 22),
    **_each("certificates.k8s.io/v1beta1", "CertificateSigningRequest", 19, 22),
    **_each("coordination.k8s.io/v1beta1", "Lease", 19, 22),
    **_each("networking.k8s.io/v1beta1", "Ingress IngressClass", 19, 22),
    **_each(
        "rbac.authorization.k8s.io/v1beta1",
        "Role ClusterRole RoleBinding ClusterRoleBinding",
        17,
        22,
    ),
    **_each("scheduling.k8s.io/v1beta1", "PriorityClass", 14, 22),
    **_each("storage.k8s.io/v1beta1", "CSIDriver CSINode StorageClass VolumeAttachment", 19, 22),
    **_each("storage.k8s.io/v1beta1", "CSIStorageCapacity", 24, 27),
    **_each("batch/v1beta1", "CronJob", 21, 25),
    **_each("discovery.k8s.io/v1beta1", "EndpointSlice", 21, 25),
    **_each("events.k8s.io/v1beta1", "Event", 19, 25),
    **_each("autoscaling/v2beta1", "HorizontalPodAutoscaler", 22, 25),
    **_each("autoscaling/v2beta2", "HorizontalPodAutoscaler", 23, 26),
    **_each("policy/v1beta1", "PodDisruptionBudget", 21, 25),
    **_each("policy/v1beta1", "PodSecurityPolicy", 21, 25, "Pod Security Admission"),
    **_each("node.k8s.io/v1beta1", "RuntimeClass", 22, 25),
    **_each(
        "flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema PriorityLevelConfiguration", 23, 26
    ),
    **_each(
        "flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema PriorityLevelConfiguration", 26, 29
    ),
    **_each(
        "flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema PriorityLevelConfiguration", 29, 32
    ),
    **_each("v1", "ComponentStatus", 19, None, "the components' own metrics"),
    **_each("v1", "Endpoints", 33, None, "discovery.k8s.io/v1 EndpointSlice"),
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
    if isinstance(spec, Mapping):
        for key in ("template", "jobTemplate"):
            yield from _metadata(spec.get(key), f"{place}spec.{key}.")


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    if slash and not (_SUBDOMAIN.fullmatch(prefix) and len(prefix) <= _LONGEST_NAME):
        return False
    return bool(_KEY_NAME.fullmatch(name))


def oversize(item: RenderedObject, *, server_side: bool) -> str:
    """Return which limit an object is over, "" for none."""
    if item.size > LARGEST_OBJECT:
        return f"has {item.size:,} bytes; etcd takes {LARGEST_OBJECT:,}"
    if item.data > LARGEST_DATA:
        return f"holds {item.data:,} bytes of data; a {item.kind} takes {LARGEST_DATA:,}"
    options = str(item.annotations.get("argocd.argoproj.io/sync-options", ""))
    free = server_side or any(word in options for word in ("ServerSideApply=true", "Replace=true"))
    if item.size > LARGEST_ANNOTATIONS and not free:
        return (
            f"has {item.size:,} bytes; a client-side apply keeps it in an annotation, and all "
            f"annotations together may have {LARGEST_ANNOTATIONS:,}"
        )
    return ""
