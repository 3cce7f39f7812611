"""The pods that an object makes: their specification and their containers."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from release.plan.flag import body, listed, part
from release.rendering.renderedobjects import RenderedObject

_PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "PodTemplate": ("template", "spec"),
}
_USUAL: Final = ("spec", "template", "spec")


def pod_spec(item: RenderedObject | None) -> Mapping[str, Any]:
    """Return what the object's pods are made of, empty where it makes none."""
    if item is None:
        return {}
    spec = part(body(item), *_PLACES.get(item.kind, _USUAL))
    return spec if listed(spec, "containers") or listed(spec, "initContainers") else {}


def containers(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the containers of a pod, those that start it and those that are added later."""
    for key in ("initContainers", "containers", "ephemeralContainers"):
        for container in listed(spec, key):
            if isinstance(container, Mapping):
                yield container
