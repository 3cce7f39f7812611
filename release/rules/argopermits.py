"""What Argo CD's projects and RBAC permit, matched as Argo CD matches it."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

import yaml

from release.argocd.manifests import permitted_namespaces
from release.charts.record import Chart
from release.estate import Environment
from release.rules.argonodes import child, fields, is_open, items_of, text_of

IN_CLUSTER: Final = "in-cluster"
"""Argo CD's own name for the cluster that it runs in."""
IN_CLUSTER_SERVER: Final = "https://kubernetes.default.svc"
_WRITES: Final = ("sync", "override", "update", "delete", "create", "action/x", "*")
_POLICY_PARTS: Final = 6
_GROUP_PARTS: Final = 3


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
    stated = [text_of(item) for item in items_of(child(project, "sourceRepos"))]
    patterns = ["*" if is_open(each) else each for each in stated]
    denied = any(each[:1] == "!" and _repository_fits(each[1:], repository) for each in patterns)
    found = [each for each in patterns if each[:1] != "!" and _repository_fits(each, repository)]
    return "" if denied or not found else found[0]


def _permits(destinations: list[yaml.Node], server: str, namespace: str) -> bool:
    """Tell whether destinations match, deny entries included (T/app_project_types.go)."""
    matched = False
    for item in destinations:
        name_fits = server == IN_CLUSTER_SERVER and _fits(_pattern(item, "name"), IN_CLUSTER)
        server_fits = _fits(_pattern(item, "server"), server)
        namespace_fits = _fits(_pattern(item, "namespace"), namespace)
        if (server_fits or name_fits) and namespace_fits:
            matched = True
        elif _denies(item, server_fits=server_fits, namespace_fits=namespace_fits):
            return False
    return matched


def _denies(item: yaml.Node, *, server_fits: bool, namespace_fits: bool) -> bool:
    server, namespace = _pattern(item, "server"), _pattern(item, "namespace")
    return (not server_fits and server[:1] == "!" and namespace_fits) or (
        not namespace_fits and namespace[:1] == "!" and server_fits
    )


def _pattern(item: yaml.Node, key: str) -> str:
    pattern = text_of(child(item, key))
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
        if not _fits(resource, "applications") or not any(_fits(action, each) for each in _WRITES):
            continue
        reached = [each for each in projects if _fits(target.split("/")[0], each)]
        if reached:
            verb = "do anything to" if action == "*" else action
            yield number, f"lets {subject} {verb} the Applications of {reached[0]}"


def selects(selector: yaml.Node | None, labels: Iterable[str]) -> bool:
    """Tell whether a label selector may match an object with labels of these names."""
    names = [*fields(child(selector, "matchLabels"))]
    names += [text_of(child(item, "key")) for item in items_of(child(selector, "matchExpressions"))]
    return not names or any(name in set(labels) for name in names)
