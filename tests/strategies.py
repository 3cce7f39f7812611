"""Random sound registries and environments for property tests."""

import json
from typing import Any

from hypothesis import strategies as st

from release.charts.record import Chart, ClusterKind, Dependency, Namespace, Registry, Waiver
from release.estate import Environment, load_estate
from tests.builders import MANUAL, own_names, stack

NAMES = ("alpha", "b", "c-3", "data-lake", "e2e", "x-y-z")
NAMESPACES = st.sampled_from(("alpha", "kube-system", "data", "x-1", "monitoring"))
PLACES = st.builds(lambda base: Namespace(base, shared=True), NAMESPACES) | st.builds(
    Namespace, NAMESPACES, standard=st.none() | NAMESPACES, shared=st.just(False)
)
VALUES = st.sampled_from(
    ("true", "1e3", "$HOME", "$$", "a$b$", "{a,b}", "1,2", "", "ü: '\"\n", "y")
)
KINDS = (
    ClusterKind("", "Namespace"),
    ClusterKind("rbac.authorization.k8s.io", "ClusterRole"),
    ClusterKind("kyverno.io", "ClusterPolicy"),
)
DEPENDENCIES = (Dependency("d1", "https://a.example/x"), Dependency("d2", "https://b.example/"))
VALUE_FILES = (("values.yaml",), ("values.yaml", "values/{environment}.yaml"), ("x/y.yaml",))
CHART_OPTIONS = ((), ("ServerSideApply=true",), ("PruneLast=true", "Validate=false"))
OPTIONS = ("CreateNamespace=true", "FailOnSharedResource=true")
ROLES = ("[]", "[{name: r, description: d, groups: [g], actions: [get, logs, sync]}]")


def parts(items: tuple[Any, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return some of the items, in their order."""
    return st.lists(st.booleans(), min_size=len(items), max_size=len(items)).map(
        lambda chosen: tuple(item for item, taken in zip(items, chosen, strict=True) if taken)
    )


def charts(name: str) -> st.SearchStrategy[Chart]:
    """Return a sound chart of that name."""
    return st.builds(
        Chart,
        name=st.just(name),
        owner=st.sampled_from(("platform", "data-platform", "ml-platform", "sre")),
        purpose=st.just("Serves tests"),
        namespace=PLACES,
        wave=st.integers(-3, 3),
        value_files=st.sampled_from(VALUE_FILES),
        parameters=st.dictionaries(st.sampled_from(("a.b", "c")), VALUES),
        sync_options=st.sampled_from(CHART_OPTIONS),
        cluster_kinds=parts(KINDS),
        fixed_namespaces=st.sampled_from(((), ("kube-system", "data"), ("vault",))),
        dependencies=parts(DEPENDENCIES),
        data_kinds=st.just(()),
        first_version=st.just("1.0.0"),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Registry, Environment]:
    """Return a registry, some of whose charts share their release, and one environment of it."""
    chosen = draw(parts(NAMES).filter(bool))
    waived = draw(parts(chosen))
    registry = Registry(
        charts=tuple(draw(charts(name)) for name in chosen),
        waivers=tuple(Waiver(rule="shared-release", chart=name, reason="r") for name in waived),
    )
    return registry, draw(environments(registry))


@st.composite
def environments(draw: st.DrawFn, registry: Registry, name: str = "test") -> Environment:
    """Return a sound environment that runs some charts of the registry."""
    deployed = draw(parts(tuple(sorted(registry.by_name))).filter(bool))
    manual = draw(st.booleans())
    choices = ("1.0.0", "1.2.3-rc.1") if manual else ("1.0.0", "main")
    overrides: dict[str, str | None] = own_names(name)
    if manual:
        overrides |= {key: raw for key, raw in MANUAL.items() if not key.startswith("versions")}
    overrides |= {
        "versions": json.dumps({chart: draw(st.sampled_from(choices)) for chart in deployed}),
        "destination.namespaceSuffix": draw(st.sampled_from((f"-{name}", '""'))),
        "syncPolicy.options": json.dumps(draw(parts(OPTIONS))),
        "notifications": draw(st.sampled_from(("{}", "{on-deployed: [ops, sre]}"))),
        "orphanedResources": draw(st.sampled_from(("null", "{warn: true, ignore: []}"))),
        "deletion.cascade": draw(st.sampled_from(("foreground", "background", "orphan"))),
        "roles": draw(st.sampled_from(ROLES)),
    }
    if draw(st.booleans()):
        overrides["syncPolicy.retry"] = "null"
    return load_estate(registry, [stack(overrides, name=name)]).environments[name]
