"""Whatever the registry and the stack file, the objects keep these promises."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from release.argocd.manifests import (
    SHARED_RELEASE,
    ApplicationRow,
    creation_order,
    environment_manifests,
)
from release.charts.record import Registry
from release.estate import Environment, load_estate, read_stack_files
from release.registry import REGISTRY
from tests.argocd.shape import Application, AppProject, parse_object
from tests.strategies import worlds

REPOSITORY = Path(__file__).parents[3]
COMMITTED = load_estate(REGISTRY, read_stack_files(REPOSITORY))
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
World = tuple[Registry, Environment]
# A loaded machine is no failure: neither a slow draw nor a slow example says anything.
patient = settings(max_examples=60)


@pytest.fixture(params=list(COMMITTED.environments))
def committed(request: pytest.FixtureRequest) -> World:
    return REGISTRY, COMMITTED.environments[request.param]


def holds_for(world: World) -> None:
    """Assert every promise; one function, so that committed and random worlds meet the same."""
    registry, environment = world
    made = environment_manifests(registry, environment)
    settings = environment.settings
    project = parse_object(made.project)
    assert isinstance(project, AppProject)
    assert list(made.applications) == [row.application for row in made.table]
    assert {row.chart for row in made.table} == set(settings.versions)
    assert list(made.all) == [made.project, *made.applications.values()]
    for part in leaves(list(made.all)):
        assert part not in ({}, [], None), "Argo CD takes empty objects out again: endless drift"
    permissions_are_narrow(project, settings.argocd.namespace)
    for row, manifest in zip(made.table, made.applications.values(), strict=True):
        application = parse_object(manifest)
        assert isinstance(application, Application)
        assert application.metadata.name == row.application
        automation_is_stated(application, automated=settings.sync_policy.automated)
        revision_is_what_the_pin_says(application, row, branch=settings.source.branch)
        labels_are_values(application)
        project_permits(project, application, registry)
        shared_release_is_decided(registry, environment, application, row.chart)


def leaves(part: Any) -> Iterator[Any]:
    """Yield every object, list and value below."""
    yield part
    for child in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        yield from leaves(child)


def permissions_are_narrow(project: AppProject, argocd: str) -> None:
    spec = project.spec
    entries = [
        *spec.source_repos,
        *(entry for each in spec.destinations for entry in (each.server, each.namespace)),
        *(entry for each in spec.cluster_resource_whitelist for entry in (each.group, each.kind)),
    ]
    assert not any("*" in entry or entry.startswith("!") for entry in entries)
    namespaces = [each.namespace for each in spec.destinations]
    assert argocd not in namespaces, "who writes there is admin of Argo CD"
    assert len(set(namespaces)) == len(namespaces)
    assert len(set(spec.source_repos)) == len(spec.source_repos)


def automation_is_stated(application: Application, *, automated: bool) -> None:
    stated = application.spec.sync_policy.automated.model_dump(exclude_unset=True)
    if automated:
        assert set(stated) == {"enabled", "prune", "self_heal", "allow_empty"}
        assert stated["enabled"] is True
    else:
        assert stated == {"enabled": False}, "an absent or empty block would switch it on"


def revision_is_what_the_pin_says(
    application: Application, row: ApplicationRow, *, branch: str | None
) -> None:
    if row.version == branch:
        assert application.spec.source.target_revision == branch
    else:
        assert application.spec.source.target_revision == f"refs/tags/{row.chart}-{row.version}"


def labels_are_values(application: Application) -> None:
    assert application.metadata.labels
    assert all(LABEL.fullmatch(value) for value in application.metadata.labels.values())


def project_permits(project: AppProject, application: Application, registry: Registry) -> None:
    spec, name = application.spec, application.metadata.name
    assert spec.project == project.metadata.name
    assert application.metadata.namespace == project.metadata.namespace
    destinations = {(each.server, each.namespace) for each in project.spec.destinations}
    assert (spec.destination.server, spec.destination.namespace) in destinations, name
    assert spec.source.repo_url in project.spec.source_repos
    chart = registry.by_name[spec.source.path.rsplit("/", 1)[1]]
    assert {each.repository for each in chart.dependencies} <= set(project.spec.source_repos)
    kinds = {(each.group, each.kind) for each in project.spec.cluster_resource_whitelist}
    assert {(each.group, each.kind) for each in chart.cluster_kinds} <= kinds
    if "CreateNamespace=true" in (spec.sync_policy.sync_options or ()):
        assert ("", "Namespace") in kinds, "the first sync would be refused"
    for window in project.spec.sync_windows or ():
        assert window.applications
    assert all(
        fnmatchcase(f"{project.metadata.name}/{name}", policy.split(", ")[4])
        for role in project.spec.roles or ()
        for policy in role.policies
    )


def shared_release_is_decided(
    registry: Registry, environment: Environment, application: Application, chart: str
) -> None:
    options = application.spec.sync_policy.sync_options or ()
    asked = "FailOnSharedResource=true" in environment.settings.sync_policy.options
    waived = registry.waives(SHARED_RELEASE, chart)
    assert ("FailOnSharedResource=true" in options) == (asked and not waived)
    assert len(set(options)) == len(options)


def test_committed_environments_keep_every_promise(committed: World) -> None:
    holds_for(committed)


@patient
@given(worlds())
def test_random_environments_keep_every_promise(world: World) -> None:
    holds_for(world)


@patient
@given(worlds())
def test_the_same_inputs_give_equal_objects_in_equal_order(world: World) -> None:
    one, other = environment_manifests(*world), environment_manifests(*world)

    assert one == other
    assert list(one.applications) == list(other.applications)


@patient
@given(worlds())
def test_helm_receives_every_parameter_as_it_was_meant(world: World) -> None:
    registry, environment = world
    for name, manifest in environment_manifests(registry, environment).applications.items():
        application = parse_object(manifest)
        assert isinstance(application, Application)
        chart = registry.by_name[name.removesuffix("-test")]
        found = {
            each.name: expand(each.value) for each in application.spec.source.helm.parameters or ()
        }
        assert found == dict(chart.parameters)


def expand(value: str) -> str:
    """Return what Argo CD's substitution makes of a value in which no name is known."""
    return re.sub(r"\$(\$|[A-Za-z_][A-Za-z0-9_]*|)", lambda m: "$" if m[1] == "$" else "", value)


ROWS = st.lists(st.integers(-3, 3), max_size=30).map(
    lambda waves: [
        ApplicationRow(f"app-{index}", f"app-{index}", "1.0.0", "r", "n", wave)
        for index, wave in enumerate(waves)
    ]
)


@patient
@given(ROWS)
def test_creation_follows_the_waves_with_few_edges(table: list[ApplicationRow]) -> None:
    order = creation_order(table)
    wave = {row.application: row.wave for row in table}
    before: dict[str, set[str]] = {}
    # static_order raises CycleError: in a circle nothing would ever be created.
    for name in TopologicalSorter(order).static_order():
        before[name] = set().union(*({one} | before[one] for one in order[name]))

    assert set(order) == set(wave)
    for row in table:
        lower = {name for name in wave if wave[name] < row.wave}
        assert lower <= before[row.application], "an earlier wave must be complete"
    assert sum(map(len, order.values())) <= 2 * len(table), "every pair would be quadratic"


def test_a_thousand_charts_in_two_waves_have_two_edges_each() -> None:
    table = [
        ApplicationRow(f"a{index}", "c", "1.0.0", "r", "n", index % 2) for index in range(1000)
    ]

    assert sum(map(len, creation_order(table).values())) < 2000


def test_application_names_are_unique_over_all_environments() -> None:
    names = [
        name
        for environment in COMMITTED.environments.values()
        for name in environment_manifests(REGISTRY, environment).applications
    ]

    assert len(set(names)) == len(names) == 27
