"""What else in a checkout opens Argo CD: other projects, settings, Secrets."""

import base64
from typing import Any

import pytest
import yaml

from demo.repository import EstateRepo
from release.rules.argosettings import openings, plain_address, scoped
from tests.release.rules.asking import ask, told

FILE = "argocd/other.yaml"
IN_CLUSTER = "https://kubernetes.default.svc"
PROJECTS = ("production", "staging", "development")


def project(name: str = "default", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": name},
        "spec": {"sourceRepos": ["https://example.org/x.git"], **spec},
    }


def to(namespace: str, **where: str) -> dict[str, str]:
    return {"namespace": namespace, **(where or {"server": IN_CLUSTER})}


OPEN = {
    "everything": ([to("*", server="*")], "and our charts from *"),
    "one namespace": ([to("vault")], "permits the namespaces vault of prod"),
    "a pattern": ([to("vaul?")], "permits the namespaces vault of prod"),
    "a pattern of names": ([to("{vault,x}")], "permits the namespaces vault of prod"),
    "the cluster by its name": ([to("vault", name="in-cluster")], "vault of prod"),
    "the cluster by a pattern": ([to("vault", server="https://*")], "vault of prod"),
    "Argo CD's own namespace": ([to("argocd")], "permits the namespaces argocd of prod"),
    "all but one": ([to("!kube-system")], "of prod"),
    "a denial that names another": ([to("!vault")], "of prod"),
}
SHUT = {
    "another namespace": [to("teams-*")],
    "another cluster": [to("*", server="https://elsewhere.example.org")],
    "another cluster by name": [to("*", name="elsewhere")],
    "none": [],
    "a denied cluster": [to("vault"), to("vault", server=f"!{IN_CLUSTER}")],
}


@pytest.mark.parametrize(("destinations", "what"), OPEN.values(), ids=OPEN.keys())
def test_a_project_that_reaches_our_namespaces_is_told(
    destinations: list[dict[str, str]], what: str, estate: EstateRepo
) -> None:
    repositories = ["*"] if "from" in what else ["https://example.org/x.git"]
    other = project(destinations=destinations, sourceRepos=repositories)
    estate.write(FILE, yaml.safe_dump(other))
    found = [each for each in ask(estate).findings if each.file == FILE]
    assert {each.rule for each in found} == {"foreign-project-permits"}
    assert [each for each in found if each.environment == "prod" and what in each.what]


@pytest.mark.parametrize("destinations", SHUT.values(), ids=SHUT.keys())
def test_a_project_that_keeps_to_itself_is_fine(
    destinations: list[dict[str, str]], estate: EstateRepo
) -> None:
    estate.write(FILE, yaml.safe_dump(project(destinations=destinations, sourceRepos=["*"])))
    assert told(ask(estate)) == []


def settings(name: str, **data: str) -> str:
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    return yaml.safe_dump(made, sort_keys=False)


def keyed(name: str, key: str, value: str) -> str:
    return settings(name, **{key: value})


RBAC = "argocd-rbac-cm"
OPENINGS = {
    "a default role": (keyed(RBAC, "policy.default", "role:admin"), "role:admin to everybody"),
    "a sync": (
        keyed(RBAC, "policy.csv", "p, role:dev, applications, sync, production/*, allow"),
        "lets role:dev sync the Applications of production",
    ),
    "a pattern of projects": (
        keyed(RBAC, "policy.csv", "p, role:dev, applications, *, */*, allow"),
        "lets role:dev do anything to the Applications of production",
    ),
    **{
        action: (
            keyed(RBAC, "policy.csv", f"p, role:dev, applications, {action}, */*, allow"),
            f"lets role:dev do {action} to the Applications of production",
        )
        for action in ("delete/*", "delete/*/Pod/*", "update/*", "action/apps/*", "a*/restart")
    },
    "a pattern of actions": (
        keyed(RBAC, "policy.csv", "p, role:dev, applications, act*, */*, allow"),
        "lets role:dev act* the Applications of production",
    ),
    "a pattern of resources": (
        keyed(RBAC, "policy.x.csv", "p, dev, *, override, prod*/vault-prod, allow"),
        "lets dev override the Applications of production",
    ),
    "an administrator": (keyed(RBAC, "policy.csv", "g, dev, role:admin"), "makes dev an admin"),
    "everybody": (keyed("argocd-cm", "users.anonymous.enabled", "true"), "without a name"),
    "any revision": (
        keyed("argocd-cm", "application.sync.requireOverridePrivilegeForRevisionSync", "false"),
        "any revision instead of the pin",
    ),
    "a global project": (
        keyed("argocd-cm", "globalProjects", "- projectName: wide\n  labelSelector: {}\n"),
        "adds to our projects whatever the project wide permits",
    ),
    "no authentication": (keyed("argocd-cmd-params-cm", "server.disable.auth", "true"), "every"),
    "values of the chart argo-cd": (
        yaml.safe_dump({"configs": {"rbac": {"policy.default": "role:admin"}}}),
        "role:admin to everybody",
    ),
    "the operator's kind": (
        yaml.safe_dump(
            {"apiVersion": "argoproj.io/v1beta1", "kind": "ArgoCD"}
            | {"spec": {"rbac": {"defaultPolicy": "role:admin"}}}
        ),
        "role:admin to everybody",
    ),
}
CLOSED = {
    "reading": keyed(RBAC, "policy.csv", "p, role:dev, applications, get, production/*, allow"),
    "reading some": keyed(RBAC, "policy.csv", "p, dev, applications, get/*, */*, allow"),
    "no action": keyed(RBAC, "policy.csv", "p, dev, applications, action, */*, allow"),
    "another project": keyed(RBAC, "policy.csv", "p, role:dev, applications, *, teams/*, allow"),
    "a denial": keyed(RBAC, "policy.csv", "p, role:dev, applications, *, */*, deny"),
    "another resource": keyed(RBAC, "policy.csv", "p, role:dev, logs, get, production/*, allow"),
    "read-only for everybody": keyed(RBAC, "policy.default", "role:readonly"),
    "another ConfigMap": keyed("mine", "policy.default", "role:admin"),
    "a global project for others": keyed(
        "argocd-cm",
        "globalProjects",
        "- projectName: x\n  labelSelector: {matchLabels: {team: x}}\n",
    ),
}


@pytest.mark.parametrize(("text", "what"), OPENINGS.values(), ids=OPENINGS.keys())
def test_a_setting_that_opens_our_projects_is_told(text: str, what: str) -> None:
    ((line, found),) = openings(text, PROJECTS)
    assert what in found
    assert text.split("\n")[line - 1].strip()


@pytest.mark.parametrize("text", CLOSED.values(), ids=CLOSED.keys())
def test_a_setting_that_opens_nothing_of_ours_is_fine(text: str) -> None:
    assert list(openings(text, PROJECTS)) == []


def test_each_rule_of_a_policy_is_told_at_its_own_line() -> None:
    text = (
        "kind: ConfigMap\nmetadata: {name: argocd-rbac-cm}\ndata:\n  policy.csv: |\n"
        "    p, a, applications, get, */*, allow\n    # more\n"
        "    p, b, applications, sync, production/*, allow\n    g, c, role:admin\n"
    )
    assert [line for line, _ in openings(text, PROJECTS)] == [7, 8]


def secret(kind: str, project_name: str, address: str, *, encoded: bool = False) -> str:
    data = {"project": project_name, "server" if kind == "cluster" else "url": address}
    if encoded:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "x", "labels": {"argocd.argoproj.io/secret-type": kind}},
            "data" if encoded else "stringData": data,
        }
    )


@pytest.mark.parametrize("encoded", [True, False])
def test_what_a_secret_gives_to_our_project_is_told(
    encoded: bool,  # noqa: FBT001 -- a parameter of the test
    estate: EstateRepo,
) -> None:
    repository = secret("repository", "production", "https://example.org/x.git", encoded=encoded)
    cluster = secret("cluster", "production", "https://elsewhere.example.org", encoded=encoded)
    estate.write(FILE, f"{repository}---\n{cluster}")
    found = [each for each in ask(estate).findings if each.file == FILE]
    assert [each.rule for each in found] == ["argocd-setting-opens"] * 2
    assert "the repository https://example.org/x.git is added to what the project of prod" in (
        found[0].what
    )


def test_a_secret_of_another_project_or_for_our_own_charts_is_fine(estate: EstateRepo) -> None:
    ours = secret("repository", "production", "git@github.com:254CARBON/HMCo.git")
    other = secret("repository", "teams", "https://example.org/x.git")
    estate.write(FILE, f"{ours}---\n{other}")
    assert told(ask(estate)) == []
    assert [item.project for item in scoped(f"{ours}---\n{other}")] == ["production", "teams"]


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/254CARBON/HMCo.git",
        "https://github.com/254carbon/hmco",
        "git@github.com:254CARBON/HMCo.git",
        "ssh://git@github.com/254CARBON/HMCo.git/",
    ],
)
def test_one_repository_has_many_addresses(address: str) -> None:
    assert plain_address(address) == "github.com/254carbon/hmco"
