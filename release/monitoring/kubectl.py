"""Asking a customer's cluster what it has: kubectl reads, names and keys alone are kept."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Final

from release.argocd.manifests import Manifest
from release.monitoring.notifications import CONFIG_MAP, SECRET
from release.monitoring.preflight import Seen, seen_from
from release.rendering.request import Cluster

_SECONDS: Final = 30
_KUBECONFIG: Final = "HMCO_KUBECONFIG"
_UNREAD: Final = (OSError, subprocess.SubprocessError, ValueError)


def look(namespace: str, context: str | None, environment: Mapping[str, str]) -> Seen | None:
    """Return what is seen in Argo CD's namespace; None without kubectl or HMCO_KUBECONFIG.

    What may not be read, or is not there, is not seen: it is never taken for missing.
    """
    kubectl = _kubectl(context, environment)
    if kubectl is None:
        return None
    command = [*kubectl, "--namespace", namespace]
    crds = _read([*command, "get", "customresourcedefinitions"])
    workloads = _read([*command, "get", "deployments,statefulsets"])
    secret = _read([*command, "get", "secret", SECRET])
    config = _read([*command, "get", "configmap", CONFIG_MAP])
    seen = seen_from([*(crds or ()), *(workloads or ()), *(secret or ()), *(config or ())])
    return Seen(
        crds=seen.crds if crds is not None else None,
        workloads=seen.workloads if workloads is not None else None,
        secret_keys=seen.secret_keys,
        config=seen.config,
    )


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
        answer = json.loads(_printed([*command, "--output", "json"]))
    except _UNREAD:
        return None
    return list(_objects(answer))


def _objects(answer: object) -> Iterator[Manifest]:
    if isinstance(answer, dict):
        items = answer.get("items", [answer])
        yield from (item for item in items if isinstance(item, dict))
