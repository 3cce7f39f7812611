"""Settings of Argo CD in the checkout that open what the stack files close: ConfigMaps, Secrets."""

import base64
import binascii
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from release.rules.argonodes import child, documents, fields, items_of, line_of, objects, text_of
from release.rules.argopermits import granted, selects

ARGOCD_SETTINGS: Final = {
    "argocd-cm": ("configs", "cm"),
    "argocd-rbac-cm": ("configs", "rbac"),
    "argocd-cmd-params-cm": ("configs", "params"),
}
"""The ConfigMaps by name, and where the values of the chart argo-cd hold the same."""
_SECRET_TYPE: Final = "argocd.argoproj.io/secret-type"  # noqa: S105 -- the name of a label
_READ_ONLY: Final = frozenset({"", "role:readonly", "role:none"})
_FLAGS: Final = {
    "users.anonymous.enabled": ("true", "lets everybody in without a name"),
    "server.disable.auth": ("true", "lets everybody do everything"),
    "application.sync.requireOverridePrivilegeForRevisionSync": (
        "false",
        "lets whoever may sync name any revision instead of the pin",
    ),
}


@dataclass(frozen=True, slots=True)
class Scoped:
    """A repository or cluster that a Secret gives to a project, by address."""

    line: int
    kind: str
    project: str
    address: str


def openings(
    text: str, projects: Collection[str], labels: Collection[str]
) -> Iterator[tuple[int, str]]:
    """Yield line and words of what opens these projects, whose objects carry these labels."""
    for name, key, node in _settings(text):
        for line, what in _opens(key, node, projects, labels):
            yield line, f"{name} {key} {what}"


def scoped(text: str) -> Iterator[Scoped]:
    """Yield every repository and cluster that a Secret gives to one project."""
    for node in objects(text):
        kind = text_of(child(node, "metadata", "labels", _SECRET_TYPE))
        if text_of(child(node, "kind")) != "Secret" or kind not in ("repository", "cluster"):
            continue
        data = {key: _decoded(text_of(value)) for key, value in fields(child(node, "data")).items()}
        data |= {key: text_of(value) for key, value in fields(child(node, "stringData")).items()}
        address = data.get("server" if kind == "cluster" else "url", "")
        if data.get("project") and address:
            yield Scoped(line_of(fields(node)["kind"]), kind, data["project"], address)


def _settings(text: str) -> Iterator[tuple[str, str, yaml.Node]]:
    """Yield name of the ConfigMap, key and value of every setting of Argo CD in a text."""
    for node in objects(text):
        kind, name = text_of(child(node, "kind")), text_of(child(node, "metadata", "name"))
        if kind == "ConfigMap" and name in ARGOCD_SETTINGS:
            yield from ((name, key, value) for key, value in fields(child(node, "data")).items())
        elif kind == "ArgoCD":
            rbac = fields(child(node, "spec", "rbac"))
            for key, setting in (("defaultPolicy", "policy.default"), ("policy", "policy.csv")):
                if key in rbac:
                    yield "argocd-rbac-cm", setting, rbac[key]
        elif not kind:
            for configured, path in ARGOCD_SETTINGS.items():
                for key, value in fields(child(node, *path)).items():
                    yield configured, key, value


def _opens(
    key: str, node: yaml.Node, projects: Collection[str], labels: Collection[str]
) -> Iterator[tuple[int, str]]:
    value, line = text_of(node), line_of(node)
    wanted, meaning = _FLAGS.get(key, ("", ""))
    if meaning and value.lower() == wanted:
        yield line, meaning
    if key == "policy.default" and value not in _READ_ONLY:
        yield line, f"gives {value} to everybody, which no rule can take away again"
    if key.startswith("policy.") and key.endswith("csv"):
        first = line + 1 if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") else line
        yield from ((first + number, what) for number, what in granted(value, projects))
    if key == "globalProjects":
        yield from _global_projects(node, labels)


def _global_projects(node: yaml.Node, labels: Collection[str]) -> Iterator[tuple[int, str]]:
    listed = documents(text_of(node)) or [node]
    for item in (item for each in listed for item in items_of(each)):
        if selects(child(item, "labelSelector"), labels):
            name = text_of(child(item, "projectName"))
            yield line_of(node), f"adds to our projects whatever the project {name} permits"


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
