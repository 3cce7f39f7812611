"""Asking a customer's cluster what it has: kubectl reads, names and keys alone are kept."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from release.argocd.manifests import Manifest
from release.monitoring.notifications import CONFIG_MAP, SECRET
from release.monitoring.preflight import Seen, seen_from
from release.rendering.request import Cluster
from release.rules.argosettings import ARGOCD_SETTINGS

_SECONDS: Final = 30
_KUBECONFIG: Final = "HMCO_KUBECONFIG"
_UNREAD: Final = (OSError, subprocess.SubprocessError, ValueError)


def look(namespace: str, context: str | None, environment: Mapping[str, str]) -> Seen:
    """Return what is seen in Argo CD's namespace; nothing without kubectl or HMCO_KUBECONFIG.

    What may not be read is not seen: it is never taken for missing.
    """
    kubectl = _kubectl(context, environment)
    if kubectl is None:
        return Seen()
    get = [*kubectl, "--namespace", namespace, "get", "--ignore-not-found"]
    answers = {
        "crds": _read([*get, "customresourcedefinitions"]),
        "workloads": _read([*get, "deployments,statefulsets"]),
        "secret_keys": _read([*get, "secret", SECRET]),
        "config_maps": _read([*get, "configmap", *ARGOCD_SETTINGS, CONFIG_MAP]),
    }
    seen = seen_from([each for objects in answers.values() for each in objects or ()])
    return replace(seen, **{name: None for name, objects in answers.items() if objects is None})


def cluster_of(context: str, environment: Mapping[str, str]) -> Cluster | None:
    """Return the version and the API versions that a cluster tells; None where it does not."""
    kubectl = _kubectl(context, environment)
    if kubectl is None:
        return None
    try:
        told = json.loads(_printed([*kubectl, "version", "--output", "json"]))
        served = _printed([*kubectl, "api-versions"]).decode().split()
        return Cluster(str(told["serverVersion"]["gitVersion"]), tuple(served))
    except (*_UNREAD, KeyError, TypeError):
        return None


def _kubectl(context: str | None, environment: Mapping[str, str]) -> list[str] | None:
    kubectl, kubeconfig = shutil.which("kubectl"), environment.get(_KUBECONFIG)
    if kubectl is None or not kubeconfig:
        return None
    return [kubectl, "--kubeconfig", kubeconfig, *(("--context", context) if context else ())]


def _printed(command: list[str]) -> bytes:
    return subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS).stdout


def _read(command: list[str]) -> list[Manifest] | None:
    """Return the objects that kubectl prints; None where it fails or says nothing readable."""
    try:
        answer = json.loads(_printed([*command, "--output", "json"]) or b"{}")
    except _UNREAD:
        return None
    return list(_objects(answer))


def _objects(answer: object) -> Iterator[Manifest]:
    if isinstance(answer, dict):
        items = answer.get("items", [answer] if answer else [])
        yield from (item for item in items if isinstance(item, dict))
