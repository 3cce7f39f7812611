"""What Argo CD's projects, RBAC and settings open, matched as Argo CD matches it."""

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import yaml

from release.argocd.manifests import ENVIRONMENT_LABEL, permitted_namespaces
from release.charts.record import Chart
from release.estate import Environment
from release.rules.argonodes import (
    child,
    documents,
    fields,
    is_open,
    items_of,
    line_of,
    objects,
    text_of,
)

IN_CLUSTER: Final = "in-cluster"
"""Argo CD's own name for the cluster that it runs in."""
IN_CLUSTER_SERVER: Final = "https://kubernetes.default.svc"
_WRITES: Final = ("sync", "override", "create", "update", "update/", "delete", "delete/", "action/")
"""Actions that change something; what follows a slash narrows one to some of its resources."""
_POLICY_PARTS: Final = 6
_GROUP_PARTS: Final = 3
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


def reached_namespaces(
    project: yaml.Node | None, environment: Environment, charts: Iterable[Chart]
) -> list[str]:
    """Return which namespaces of an environment, or of its Argo CD, a project's spec permits."""
    settings = environment.settings
    namespaces = [*permitted_namespaces(settings, charts), settings.argocd.namespace]
    server = settings.destination.server
    destinations = items_of(child(project, "destinations"))
    return [name for name in namespaces if _permits(destinations, server, name)]


def permitted_sources(project: yaml.Node | None, environment: Environment) -> str:
    """Return what a project takes our charts from, for people; "" if it does not permit them."""
    repository = environment.settings.source.repository
    patterns = list(map(_pattern, items_of(child(project, "sourceRepos"))))
    denied = any(each[:1] == "!" and _repository_fits(each[1:], repository) for each in patterns)
    found = [each for each in patterns if each[:1] != "!" and _repository_fits(each, repository)]
    return "" if denied or not found else found[0]


def _permits(destinations: list[yaml.Node], server: str, namespace: str) -> bool:
    """Tell whether destinations match, deny entries included (T/app_project_types.go)."""
    matched = False
    for item in destinations:
        name, servers, namespaces = (
            _pattern(child(item, key)) for key in ("name", "server", "namespace")
        )
        name_fits = server == IN_CLUSTER_SERVER and _fits(name, IN_CLUSTER)
        server_fits, namespace_fits = _fits(servers, server), _fits(namespaces, namespace)
        if (server_fits or name_fits) and namespace_fits:
            matched = True
        elif (server_fits and namespaces[:1] == "!") or (namespace_fits and servers[:1] == "!"):
            return False
    return matched


def _pattern(node: yaml.Node | None) -> str:
    pattern = text_of(node)
    return "*" if is_open(pattern) else pattern


def _fits(pattern: str, value: str) -> bool:
    if pattern[:1] == "!":
        return not _fits(pattern[1:], value)
    return _glob(pattern, separator="").fullmatch(value) is not None


def _repository_fits(pattern: str, repository: str) -> bool:
    if pattern == "*":
        return True
    return (
        _glob(plain_address(pattern), separator="/").fullmatch(plain_address(repository))
        is not None
    )


def plain_address(repository: str) -> str:
    """Return a Git address without what says nothing of the repository, as Argo CD compares it."""
    address = repository.strip().lower().removesuffix("/").removesuffix(".git")
    scheme, found, rest = address.rpartition("://")
    host, slash, path = rest.partition("/")
    host = host.rpartition("@")[2]
    # Without a scheme a colon parts host and path, as in git@host:path; with one, host and port.
    return f"{host if found and scheme else host.replace(':', '/', 1)}{slash}{path}"


@lru_cache(maxsize=512)
def _glob(pattern: str, *, separator: str) -> re.Pattern[str]:
    """Translate a pattern of gobwas/glob: `*` stops at the separator, `**` does not."""
    one = f"[^{separator}]" if separator else "."
    parts = re.split(r"(\*\*|\*|\?|\{[^{}]*\})", pattern)
    translated = (_part(part, one) for part in parts)
    return re.compile("".join(translated), re.DOTALL)


def _part(part: str, one: str) -> str:
    if part[:1] == "{" and part[-1:] == "}":
        return "(?:" + "|".join(map(re.escape, part[1:-1].split(","))) + ")"
    return {"**": ".*", "*": f"{one}*", "?": one}.get(part, re.escape(part))


def granted(policy: str, projects: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield line and meaning of each rule of a policy that lets somebody write to our projects."""
    for number, line in enumerate(policy.split("\n")):
        parts = [part.strip() for part in line.split(",")]
        if parts[0] == "g" and len(parts) == _GROUP_PARTS and parts[2] == "role:admin":
            yield number, f"makes {parts[1]} an administrator"
        if parts[0] != "p" or len(parts) != _POLICY_PARTS or parts[5] != "allow":
            continue
        _, subject, resource, action, target, _ = parts
        verb, slash, _ = action.partition("/")
        writes = any(_fits(verb + slash, each) for each in _WRITES)
        if not _fits(resource, "applications") or not writes:
            continue
        reached = [each for each in projects if _fits(target.split("/")[0], each)]
        if reached:
            narrowed = f"do {action} to" if slash else action
            verb = "do anything to" if action == "*" else narrowed
            yield number, f"lets {subject} {verb} the Applications of {reached[0]}"


def _selects_ours(selector: yaml.Node | None) -> bool:
    """Tell whether a label selector may match our projects, by the label that they carry."""
    names = [*fields(child(selector, "matchLabels"))]
    names += [text_of(child(item, "key")) for item in items_of(child(selector, "matchExpressions"))]
    return not names or ENVIRONMENT_LABEL in names


class Scoped(NamedTuple):
    """A repository or cluster that a Secret gives to a project, by address."""

    line: int
    kind: str
    project: str
    address: str


def openings(text: str, projects: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield line and words of what opens these projects of ours."""
    for name, key, node in _settings(text):
        for line, what in _opens(key, node, projects):
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


def _opens(key: str, node: yaml.Node, projects: Collection[str]) -> Iterator[tuple[int, str]]:
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
        yield from _global_projects(node)


def _global_projects(node: yaml.Node) -> Iterator[tuple[int, str]]:
    listed = documents(text_of(node)) or [node]
    for item in (item for each in listed for item in items_of(each)):
        if _selects_ours(child(item, "labelSelector")):
            name = text_of(child(item, "projectName"))
            yield line_of(node), f"adds to our projects whatever the project {name} permits"


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
