"""Components register what the builders say, under the right parent, with the right flags."""

import pulumi
import pytest

from components.argocd import (
    ChartApplication,
    ChartApplicationArgs,
    EnvironmentProject,
    EnvironmentProjectArgs,
)
from tests.components.recording import Deployment, build

MANIFEST: dict[str, object] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "web-dev", "namespace": "argocd"},
    "spec": {"project": "development"},
}
PROJECT: dict[str, object] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AppProject",
    "metadata": {"name": "development", "namespace": "argocd"},
    "spec": {"description": "d"},
}


def _deploy(opts: pulumi.ResourceOptions | None = None) -> Deployment:
    def program() -> None:
        project = EnvironmentProject("dev", EnvironmentProjectArgs(manifest=PROJECT), opts)
        ChartApplication(
            "web-dev", ChartApplicationArgs(manifest=MANIFEST, after=[project.project]), opts
        )

    return build(program)


@pytest.mark.parametrize(
    ("kind", "component", "child"),
    [
        ("AppProject", "dev", "dev-project"),
        ("Application", "web-dev", "web-dev-application"),
    ],
)
def test_each_object_is_a_child_of_its_component(kind: str, component: str, child: str) -> None:
    deployment = _deploy()
    parent = next(r for r in deployment.resources if r.name == component)
    assert deployment.of_type(f":{kind}")[child].parent == parent.urn


def test_an_object_is_registered_exactly_as_the_builder_made_it() -> None:
    recorded = _deploy().of_type(":Application")["web-dev-application"]
    assert recorded.type == "kubernetes:argoproj.io/v1alpha1:Application"
    assert recorded.inputs == MANIFEST


def test_an_application_waits_for_its_project_itself_and_not_through_its_component() -> None:
    deployment = _deploy()
    project = deployment.of_type(":AppProject")["dev-project"]
    application = deployment.of_type(":Application")["web-dev-application"]
    assert project.urn in application.depends_on


def test_protection_given_to_a_component_reaches_its_object() -> None:
    deployment = _deploy(pulumi.ResourceOptions(protect=True))
    assert [r.protect for r in deployment.resources] == [True] * 4


def test_nothing_is_protected_that_nobody_asked_to_protect() -> None:
    assert [r.protect for r in _deploy().resources] == [False] * 4


def test_every_component_says_that_it_is_complete() -> None:
    deployment = _deploy()
    components = {r.urn for r in deployment.resources if not r.custom}
    assert len(components) == 2
    assert components <= deployment.completed
