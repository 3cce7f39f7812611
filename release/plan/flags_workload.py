"""Risks of what runs: images that are not what their name says, less of everything, lost hosts."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from release.plan.change import ApplicationChange, Fate, ObjectChange, Risk
from release.plan.difference import Difference
from release.plan.flag import Context, Sign, body, flag, listed, part
from release.plan.pods import containers, pod_spec
from release.plan.quantity import quantity
from release.rendering.renderedobjects import RenderedObject
from release.rules.images import judged_image


@flag(
    Risk.CAUTION,
    fix="name the image by a tag that nobody moves, preferably with its digest",
    source="guide on image tags; Kubernetes: image names",
)
def image_mutable(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """An image may be another one tomorrow, or is another one under the same tag.

    Two nodes may run different programs under one name, staging's proof says nothing of
    production, and a rollback may bring back what was never there.
    """
    for item in change.objects:
        if item.fate not in {Fate.ADDED, Fate.CHANGED}:
            continue
        before, after = images(item.before), images(item.after)
        for name in sorted(after.keys() | before.keys()):
            old, new = before.get(name, ""), after.get(name, "")
            if new and new != old and judged_image(new):
                yield item.identity, f"container {name} runs {new}"
            elif new and _moved(old, new):
                what = f"container {name}: {new.partition('@')[0]} is another image than before"
                yield item.identity, what


def images(item: RenderedObject | None) -> dict[str, str]:
    """Return the image of each container of the object's pods."""
    return {
        str(container.get("name", "")): str(container["image"])
        for container in containers(pod_spec(item))
        if container.get("image")
    }


def _moved(old: str, new: str) -> bool:
    old_name, _, old_digest = old.partition("@")
    new_name, _, new_digest = new.partition("@")
    same = old_name == new_name and ":" in new_name.rpartition("/")[2]
    return same and bool(old_digest and new_digest) and old_digest != new_digest


@flag(
    Risk.CAUTION,
    fix="compare with what the workload really uses, and cut when load is low",
    source="Kubernetes: managing resources of containers",
)
def scaled_down(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """Replicas, requests or limits are cut.

    Less may not carry the load that was there a minute ago, and a memory limit that is too low
    ends the process.
    """
    for item in change.objects:
        if item.fate is not Fate.CHANGED:
            continue
        for found in item.differences:
            if _counts(item, found) and _less(found.before, found.after):
                what = f"{found.path}: {found.before} to {found.after}"
                yield item.identity, what


_COUNTS: Final = frozenset({"replicas", "minReplicas", "maxReplicas", "minAvailable"})


def _counts(item: ObjectChange, found: Difference) -> bool:
    keys = found.keys
    if len(keys) > 1 and keys[0] == "spec" and keys[-1] in _COUNTS:
        return len(keys) == 2  # noqa: PLR2004 -- spec and the count, no deeper
    in_pod = bool(pod_spec(item.one)) and len(keys) > 2  # noqa: PLR2004 -- resources, kind, name
    return in_pod and keys[-3] == "resources" and keys[-2] in {"limits", "requests"}


def _less(before: object, after: object) -> bool:
    old, new = quantity(before), quantity(after)
    return old is not None and new is not None and new < old


@flag(
    Risk.DANGER,
    fix="make sure that nobody calls it any more, or keep a redirect for a while",
    source="Kubernetes: Ingress, Gateway API; Istio: VirtualService",
)
def host_removed(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """A host is no longer routed to.

    Whoever calls that name gets an error from the moment of the sync.
    """
    if change.after is None or change.unknown or change.failures:
        return
    left = (*change.alike, *(item.after for item in change.objects))
    served = {host for item in left for host in hosts(item)}
    for item in change.objects:
        for host in sorted(set(hosts(item.before)) - served):
            yield item.identity, f"no longer serves {host}"


def hosts(item: RenderedObject | None) -> Iterator[str]:
    """Yield the hosts that an object routes to, whatever kind of route it is."""
    spec: Mapping[str, Any] = part(body(item), "spec")
    kind = item.kind if item else ""
    if kind == "Ingress":
        yield from _named(listed(spec, "rules"), "host")
    elif kind in {"HTTPRoute", "GRPCRoute", "TLSRoute"}:
        yield from map(str, listed(spec, "hostnames"))
    elif kind == "VirtualService":
        yield from map(str, listed(spec, "hosts"))
    elif kind == "Gateway":
        yield from _named(listed(spec, "listeners"), "hostname")
        for server in listed(spec, "servers"):
            yield from map(str, listed(server, "hosts"))
    elif kind == "Route":
        yield from _named([spec], "host")


def _named(items: list[Any], key: str) -> Iterator[str]:
    for item in items:
        value = part(item).get(key)
        if value:
            yield str(value)
