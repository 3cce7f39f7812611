"""Risks of objects that go, move, or cannot be changed in place."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from release.plan.change import ApplicationChange, Fate, ObjectChange, Risk
from release.plan.difference import ABSENT
from release.plan.flag import Context, Place, Sign, flag, gone, kept, listed, part
from release.plan.quantity import quantity
from release.rendering.renderedobjects import RenderedObject
from release.text.counted import first_few

_SHOWN: Final = 5
_DATA: Final = frozenset(
    {"PersistentVolumeClaim", "PersistentVolume", "StatefulSet", "Namespace"}
    | {"CustomResourceDefinition"}
)


@flag(
    Risk.DANGER,
    fix="back the data up and say so in the pull request, or keep the object with the "
    "annotation argocd.argoproj.io/sync-options: Prune=false",
    source="Kubernetes: volume reclaim policy, deletion of CRDs and namespaces; the registry's "
    "data_kinds",
)
def data_removed(change: ApplicationChange, context: Context) -> Iterator[Sign]:
    """An object that holds data is removed.

    Pruning a claim, a namespace or a CRD deletes what is stored below it, and a rollback brings
    the object back empty.
    """
    # What moves to another namespace goes as well.
    kinds = _DATA | context.data_kinds
    for item in gone(change):
        if item.kind in kinds:
            yield item.identity, "is removed with the data it holds"


_ALL_BUT: Final[Mapping[str, frozenset[str]]] = {
    "StatefulSet": frozenset(
        {
            "replicas",
            "ordinals",
            "template",
            "updateStrategy",
            "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy",
            "minReadySeconds",
        }
    ),
    "PersistentVolumeClaim": frozenset({"resources", "volumeAttributesClassName"}),
    "PersistentVolume": frozenset(
        {"capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "nodeAffinity"}
        | {"storageClassName", "mountOptions", "volumeAttributesClassName"}
    ),
}
"""Fields of `spec` that may change; every other one of these kinds may not."""
_FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    "Deployment": ("spec.selector",),
    "ReplicaSet": ("spec.selector",),
    "DaemonSet": ("spec.selector",),
    "Job": (
        *("spec.template", "spec.selector", "spec.completions", "spec.completionMode"),
        *("spec.backoffLimitPerIndex", "spec.podFailurePolicy", "spec.successPolicy"),
        "spec.managedBy",
    ),
    "Secret": ("type",),
    "Service": ("spec.clusterIP", "spec.clusterIPs"),
    "StorageClass": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    "PersistentVolumeClaim": ("spec.resources.limits",),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "PriorityClass": ("value", "preemptionPolicy"),
    "IngressClass": ("spec.controller",),
    "RuntimeClass": ("handler",),
    "CSIDriver": ("spec.attachRequired", "spec.volumeLifecycleModes"),
    "VolumeAttributesClass": ("driverName", "parameters"),
    "EndpointSlice": ("addressType",),
    "ResourceQuota": ("spec.scopes",),
    "CustomResourceDefinition": ("spec.group", "spec.scope", "spec.names.kind"),
}
_DEFAULTS: Final[Mapping[str, object]] = {
    "type": "Opaque",
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
    "volumeMode": "Filesystem",
    "podManagementPolicy": "OrderedReady",
    "preemptionPolicy": "PreemptLowerPriority",
    "completionMode": "NonIndexed",
    "attachRequired": True,
}
"""What the API server puts there where nothing stands: to write or drop it changes nothing."""


@flag(
    Risk.DANGER,
    fix="give the object another name, or delete it on purpose before the sync (a "
    "StatefulSet with --cascade=orphan)",
    source="Kubernetes' validation of updates of each kind",
)
def immutable_field(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """A field changes that the API server does not let change.

    The sync fails at this object, and what comes after it in the sync is not applied.
    """
    for item in change.objects:
        # A sync applies no hooks, whose old runs are deleted.
        if item.fate is Fate.CHANGED and not item.one.hook and not _forced(item):
            for place in sorted(set(_fixed_places(item))):
                yield item.identity, f"{place} cannot be changed"


def _fixed_places(item: ObjectChange) -> Iterator[str]:
    kind = item.one.kind
    fixed = _FIXED.get(kind, ())
    free = _ALL_BUT.get(kind)
    sealed = part(item.before.body if item.before else {}).get("immutable") is True
    for found in item.differences:
        keys = found.keys
        default = _DEFAULTS.get(keys[-1])
        if (found.before, found.after) in ((ABSENT, default), (default, ABSENT)):
            continue
        for place in fixed:
            way = tuple(place.split("."))
            if keys[: len(way)] == way:
                yield place
        if free is not None and keys[:1] == ("spec",) and len(keys) > 1 and keys[1] not in free:
            yield f"spec.{keys[1]}"
        if kind == "PersistentVolumeClaim" and keys == ("spec", "resources", "requests", "storage"):
            yield from _shrunk(found.before, found.after)
        if sealed and kind in {"ConfigMap", "Secret"} and keys[:1] in _SEALED:
            yield keys[0]


_SEALED: Final = (("data",), ("binaryData",), ("stringData",), ("immutable",))


def _shrunk(before: object, after: object) -> Iterator[str]:
    old, new = quantity(before), quantity(after)
    if old is None or new is None or new < old:
        yield "spec.resources.requests.storage"


def _forced(item: ObjectChange) -> bool:
    options = str(item.one.annotations.get("argocd.argoproj.io/sync-options", ""))
    return "Force=true" in options


@flag(
    Risk.DANGER,
    fix="migrate the objects first, then drop the version in a release of its own",
    source="Kubernetes: versions in CustomResourceDefinitions",
)
def crd_version_dropped(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """A CRD stops serving a version.

    Objects and clients of that version fail at once, and a stored version that is gone leaves
    objects nobody can read.
    """
    for item in change.objects:
        if item.one.kind == "CustomResourceDefinition" and item.before and item.after:
            for name in sorted(_served(item.before) - _served(item.after)):
                yield item.identity, f"no longer serves {name}"


def _served(item: RenderedObject) -> set[str]:
    versions = listed(item.body, "spec", "versions")
    return {
        str(version.get("name"))
        for version in versions
        if isinstance(version, Mapping) and version.get("served", True)
    }


@flag(
    Risk.DANGER,
    fix="plan it as a migration: new release beside the old one, data over, then the old one",
    source="Kubernetes: metadata.namespace is part of an object's identity",
)
def namespace_changed(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """Objects move to another namespace.

    Nothing moves in Kubernetes: everything is made anew over there, without its data, and the old
    objects stay or are pruned.
    """
    old = part(change.spec_before, "destination").get("namespace")
    new = part(change.spec_after, "destination").get("namespace")
    if old and new and old != new:
        yield f"Application {change.application}", f"{old} to {new}"
    left: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for item in gone(change):
        group, kind, namespace, name = item.identity
        left[group, kind, name].append(namespace)
    for entry in change.objects:
        group, kind, namespace, name = entry.identity
        for before in left[group, kind, name] if entry.fate is Fate.ADDED else ():
            was = before or "the release's own namespace"
            now = namespace or "the release's own namespace"
            yield f"{kind} {name}", f"{was} to {now}"


@flag(
    Risk.CAUTION,
    fix="make sure that it may run twice and that the version before works without it",
    source="Argo CD: resource hooks; Helm: chart hooks",
)
def hook_added(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """A hook runs at the next sync that did not run before.

    A hook is a program in the cluster; when it fails the sync stops, and a rollback in Argo CD
    skips hooks altogether.
    """
    for item in change.objects:
        after = item.after.hook if item.after else ""
        before = item.before.hook if item.before else ""
        if after and after != before and change.before is not None:
            yield item.identity, f"runs at {after}"


@flag(
    Risk.CAUTION,
    fix="sync with prune by hand: argocd app sync APP --prune, after a look at the list",
    source="Argo CD: automated.prune; the environment's syncPolicy",
)
def prune_needed(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """Objects are removed where nothing prunes them.

    They keep running, and the Application stays OutOfSync until somebody prunes.
    """
    automated = part(change.spec_after, "syncPolicy", "automated")
    prunes = bool(automated.get("enabled", bool(automated))) and bool(automated.get("prune"))
    left = [str(item.identity) for item in gone(change)]
    if left and not prunes and change.after is not None:
        what = f"leaves {first_few(left, _SHOWN)} behind"
        yield f"Application {change.application}", what


@flag(
    Risk.DANGER,
    fix="sync the Application that gets it first, then the one that loses it, without prune; or "
    "mark the object Prune=false for one release",
    source="Argo CD: resource tracking, FailOnSharedResource",
)
def moved_between_applications(change: ApplicationChange, context: Context) -> Iterator[Sign]:
    """An object moves from one Application to another.

    Until both have synced two Applications own it; if the one that loses it prunes last, it deletes
    what the other has just applied.
    """
    for item in change.objects:
        for fate, others, told in (
            (Fate.ADDED, context.losing, "comes from"),
            (Fate.REMOVED, context.gaining, "goes to"),
        ):
            for other in others.get(_place(change, item, fate), ()):
                if other != context.name:
                    yield item.identity, f"{told} {other}"


def by_place(changes: Mapping[str, ApplicationChange], fate: Fate) -> Mapping[Place, list[str]]:
    """Return the names of those that gain or lose an object, by where it lies."""
    found: defaultdict[Place, list[str]] = defaultdict(list)
    for name, change in changes.items():
        for item in change.objects:
            if place := _place(change, item, fate):
                found[place].append(name)
    return found


def _place(change: ApplicationChange, item: ObjectChange, fate: Fate) -> Place:
    """Return where an object of that fate lies; () for any other, and for what is kept."""
    if item.fate is not fate or (fate is Fate.REMOVED and kept(item.one)):
        return ()
    spec = change.spec_before if fate is Fate.REMOVED else change.spec_after
    destination = part(spec, "destination")
    group, kind, namespace, name = item.identity
    server = str(destination.get("server", ""))
    return server, group, kind, namespace or str(destination.get("namespace", "")), name
