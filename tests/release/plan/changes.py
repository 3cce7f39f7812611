"""Changes of an Application from two texts of YAML, as Helm would print them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from release.plan.change import ApplicationChange, Flag, Revision, object_changes
from release.plan.flagcatalogue import judged
from release.rendering.renderedobjects import RenderedObject

SPEC: Mapping[str, Any] = {
    "destination": {"server": "https://kubernetes.default.svc", "namespace": "here"},
    "syncPolicy": {"automated": {"enabled": True, "prune": True}},
}


def objects(text: str) -> list[RenderedObject]:
    """Return the objects of a text of YAML documents."""
    bodies = [body for body in yaml.safe_load_all(text) if body]
    return [RenderedObject(body, "c/templates/a.yaml", len(str(body))) for body in bodies]


def change(before: str, after: str, name: str = "alpha", **parts: Any) -> ApplicationChange:
    """Return what becomes of an Application whose objects are these before and after."""
    changed, alike = object_changes(objects(before), objects(after))
    made = ApplicationChange(
        environment="test",
        chart=name,
        application=f"{name}-test",
        before=Revision("1.0.0", f"refs/tags/{name}-1.0.0"),
        after=Revision("1.1.0", f"refs/tags/{name}-1.1.0"),
        objects=changed,
        alike=alike,
        spec_before=SPEC,
        spec_after=SPEC,
    )
    return replace(made, **parts)


def flags(made: ApplicationChange, *data_kinds: str) -> list[Flag]:
    """Return the flags of one change of a chart with these kinds that hold data."""
    return list(judged({"it": made}, {made.chart: data_kinds})["it"].flags)
