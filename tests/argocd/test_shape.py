"""Our objects fit Argo CD's shape, and the shape refuses what must not be emitted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from release.argocd.manifests import Manifest, environment_manifests
from release.estate import load_estate, read_stack_files
from release.registry import REGISTRY
from tests.argocd.shape import Application, AppProject, parse_object
from tests.builders import chart, environment, registry

REPOSITORY = Path(__file__).parents[2]
FULL = registry(
    chart(parameters={"a": "b"}, dependencies=()), chart("beta", sync_options=("PruneLast=true",))
)


def objects() -> tuple[Manifest, Manifest]:
    """Return a project and an application that use every part that we emit."""
    full = environment(
        {
            "syncWindows": '[{kind: allow, schedule: "0 8 * * *", duration: 8h, timeZone: UTC, '
            'manualSync: false, applications: ["*"], description: d, syncOverrun: true}]',
            "roles": "[{name: r, description: d, groups: [g], "
            "actions: [get, logs, sync, override, action]}]",
            "orphanedResources.ignore": '[{group: "", kind: Secret, name: s}]',
            "notifications": "{on-deployed: [ops]}",
        },
        charts=FULL,
    )
    made = environment_manifests(FULL, full)
    return made.project, made.applications["alpha-test"]


@pytest.mark.parametrize(
    "name", [found.environment for found in read_stack_files(REPOSITORY)], ids=str
)
def test_every_committed_object_fits(name: str) -> None:
    committed = load_estate(REGISTRY, read_stack_files(REPOSITORY)).environments[name]

    for manifest in environment_manifests(REGISTRY, committed).all:
        assert isinstance(parse_object(manifest), Application | AppProject)


def test_every_part_that_we_emit_fits() -> None:
    project, application = map(parse_object, objects())

    assert isinstance(project, AppProject)
    assert project.spec.sync_windows
    assert project.spec.roles
    assert len(project.spec.roles[0].policies) == 5
    assert isinstance(application, Application)
    assert application.spec.source.helm.parameters
    assert application.metadata.annotations


def put(*path: str | int, value: object) -> Callable[[Any], None]:
    """Return what sets the field at that path of an object."""

    def change(manifest: Any) -> None:
        for key in path[:-1]:
            manifest = manifest[key]
        manifest[path[-1]] = value

    return change


APPLICATION: dict[str, Callable[[Any], None]] = {
    "automated-null": put("spec", "syncPolicy", "automated", value=None),
    "automated-empty": put("spec", "syncPolicy", "automated", value={}),
    "no-sync-policy": put("spec", "syncPolicy", value={}),
    "helm-version": put("spec", "source", "helm", "version", value="v3"),
    "no-release-name": put("spec", "source", "helm", "releaseName", value=""),
    "long-release-name": put("spec", "source", "helm", "releaseName", value="a" * 54),
    "number-parameter": put("spec", "source", "helm", "parameters", 0, "value", value=3),
    "no-parameters": put("spec", "source", "helm", "parameters", value=[]),
    "glob-value-file": put("spec", "source", "helm", "valueFiles", 0, value="*.yaml"),
    "two-sources": put("spec", "sources", value=[]),
    "range": put("spec", "source", "targetRevision", value="1.*"),
    "tag-of-no-version": put("spec", "source", "targetRevision", value="refs/tags/alpha-latest"),
    "name-beside-server": put("spec", "destination", "name", value="in-cluster"),
    "any-cluster": put("spec", "destination", "server", value="*"),
    "unknown-option": put("spec", "syncPolicy", "syncOptions", value=["CreateNamespace=True"]),
    "no-options": put("spec", "syncPolicy", "syncOptions", value=[]),
    "duration-in-words": put("spec", "syncPolicy", "retry", "backoff", "duration", value="2 hours"),
    "fraction-factor": put("spec", "syncPolicy", "retry", "backoff", "factor", value=1.5),
    "operation": put("operation", value={"sync": {}}),
    "status": put("status", value={}),
    "unknown-finalizer": put("metadata", "finalizers", value=["foo"]),
    "no-labels": put("metadata", "labels", value={}),
    "empty-project": put("spec", "project", value=""),
}
PROJECT: dict[str, Callable[[Any], None]] = {
    "any-repository": put("spec", "sourceRepos", value=["*"]),
    "denied-repository": put("spec", "sourceRepos", value=["!https://x"]),
    "any-namespace": put("spec", "destinations", 0, "namespace", value="*"),
    "any-kind": put("spec", "clusterResourceWhitelist", value=[{"group": "*", "kind": "*"}]),
    "deny-every-kind": put("spec", "namespaceResourceWhitelist", value=[]),
    "window-kind": put("spec", "syncWindows", 0, "kind", value="maybe"),
    "window-shorthand": put("spec", "syncWindows", 0, "schedule", value="@daily"),
    "window-of-nothing": put("spec", "syncWindows", 0, "applications", value=[]),
    "policy": put("spec", "roles", 0, "policies", value=["p, whatever"]),
    "policy-on-all-projects": put(
        "spec",
        "roles",
        0,
        "policies",
        value=["p, proj:testing:r, applications, sync, */*, allow"],
    ),
    "tokens": put("spec", "roles", 0, "jwtTokens", value=[{"iat": 1}]),
    "long-description": put("spec", "description", value="a" * 256),
}


@pytest.mark.parametrize("change", APPLICATION.values(), ids=APPLICATION)
def test_the_shape_refuses_a_wrong_application(change: Callable[[Any], None]) -> None:
    _, application = objects()
    change(application)

    with pytest.raises(ValidationError):
        parse_object(application)


@pytest.mark.parametrize("change", PROJECT.values(), ids=PROJECT)
def test_the_shape_refuses_a_wrong_project(change: Callable[[Any], None]) -> None:
    project, _ = objects()
    change(project)

    with pytest.raises(ValidationError):
        parse_object(project)
