"""Argo CD manifests that stand in the checkout beside ours."""

from typing import Any

import pytest
import yaml

from demo.repository import EstateRepo
from release.argocd.manifests import environment_manifests
from release.rules.argomanifests import argo_manifests
from tests.release.rules.asking import ask, facts_of, line_of, told

FILE = "environments/prod/argocd-applications.yaml"


def application(
    name: str, path: str = "x", revision: str = "main", kind: str = "Application"
) -> str:
    """Return an Argo CD manifest as people write them by hand."""
    return (
        f"apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\n"
        f"spec:\n  source:\n    repoURL: https://example.org/x.git\n    path: {path}\n"
        f"    targetRevision: {revision}\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        application("vault-prod"),
        application("production", kind="AppProject"),
        application("vault", path="helm/charts/vault"),
        application("vault", path="./helm/charts/vault/"),
        "apiVersion: v1\nkind: List\nitems:\n- "
        + application("vault-prod").replace("\n", "\n  ").rstrip(" "),
    ],
)
def test_a_manifest_that_fights_ours_is_told_once(text: str, estate: EstateRepo) -> None:
    estate.write(FILE, text)
    (finding,) = (f for f in ask(estate).findings if f.file == FILE)
    assert finding.rule == "legacy-application"


def test_every_manifest_of_a_file_is_told_at_its_own_line(estate: EstateRepo) -> None:
    estate.write(FILE, f"{application('vault-prod')}---\n{application('storage-prod')}")
    assert told(ask(estate)) == [("legacy-application", FILE, 2), ("legacy-application", FILE, 12)]


@pytest.mark.parametrize("revision", ["HEAD", "main", '"1.*"', '"*"', '">=1.0.0"', '""'])
def test_an_application_that_follows_something_is_told(revision: str, estate: EstateRepo) -> None:
    estate.write(FILE, application("other", revision=revision))
    assert told(ask(estate)) == [
        ("floating-revision", FILE, line_of(estate, FILE, "targetRevision"))
    ]


@pytest.mark.parametrize("revision", ["refs/tags/x-1.0.0", "0" * 40, "1.2.3"])
def test_a_pinned_application_of_somebody_else_is_fine(revision: str, estate: EstateRepo) -> None:
    estate.write(FILE, application("other", revision=revision))
    assert told(ask(estate)) == []


def test_what_we_rendered_ourselves_is_not_told(estate: EstateRepo) -> None:
    """Where it is rendered to, nobody looks; elsewhere it is what the stack files say."""
    estate.write("build/prod/1-manifest/x.yaml", application("storage-prod"))
    estate.write(FILE, "".join(f"---\n{yaml.safe_dump(each)}" for each in ours(estate)))
    assert told(ask(estate)) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("refs/tags/vault-1.2.0", "main", "names main, the stack file refs/tags/vault-"),
        ("enabled: false", "enabled: true", "has automatic sync on, the stack file has it off"),
        ("      enabled: false\n", "", "has automatic sync on, the stack file has it off"),
        ("namespace: vault\n    server", "namespace: '*'\n    server", "differs from the project"),
    ],
)
def test_a_copy_of_what_we_rendered_that_says_something_else_is_told(
    old: str, new: str, what: str, estate: EstateRepo
) -> None:
    project, *applications = ours(estate)
    vault = next(a for a in applications if a["metadata"]["name"] == "vault-prod")
    old = old.replace("refs/tags/vault-1.2.0", vault["spec"]["source"]["targetRevision"])
    text = f"{yaml.safe_dump(vault)}---\n{yaml.safe_dump(project)}"
    assert old in text
    estate.write(FILE, text.replace(old, new))
    (finding,) = (found for found in ask(estate).findings if found.file == FILE)
    assert finding.rule == "legacy-application"
    assert what in finding.what


def ours(estate: EstateRepo) -> list[dict[str, Any]]:
    """Return the objects that the stack files make of production, its project first."""
    environment = facts_of(estate).picture.estate.environments["prod"]
    made = environment_manifests(estate.registry, environment)
    return [dict(made.project), *(dict(each) for each in made.applications.values())]


def test_every_source_of_an_application_is_read() -> None:
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec:\n"
        "  sources:\n  - {path: a, targetRevision: b}\n  - {path: c}\n"
    )
    (manifest,) = argo_manifests("x.yaml", text)
    assert [(s.path, s.revision, s.line) for s in manifest.sources] == [("a", "b", 6), ("c", "", 7)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "argoproj.io/: [",
        "# argoproj.io/\n{{ if }}\nkind: Service",
        "&a [*a, argoproj.io/]",
        "apiVersion: argoproj.io/v1\nkind: [Application]",
        "apiVersion: argoproj.io/v1\nkind: Rollout",
    ],
)
def test_what_is_no_application_is_passed_over(text: str) -> None:
    assert list(argo_manifests("x.yaml", text)) == []


def test_a_manifest_that_git_ignores_is_not_read(estate: EstateRepo) -> None:
    estate.write(".gitignore", "environments/\n")
    estate.write(FILE, application("vault-prod"))
    assert told(ask(estate)) == []


def test_the_programs_own_samples_deploy_nothing(estate: EstateRepo) -> None:
    estate.write("bench/helmchart/templates/applications.yaml", application("vault-prod"))
    assert told(ask(estate)) == []
    estate.write("k8s/bench/applications.yaml", application("vault-prod"))
    assert [rule for rule, _, _ in told(ask(estate))] == ["legacy-application"]
