"""What Argo CD would ask of Helm for one Application, read from the Application itself."""

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

_VARIABLE: Final = re.compile(r"\$(?:\$|\{(?P<braced>[^}]*)\}|(?P<plain>[A-Za-z_][A-Za-z0-9_]*))")
_BARE_COMMA: Final = re.compile(r"(?<!\\),")


class Cluster(NamedTuple):
    """What charts see of a cluster: Kubernetes' version and API versions besides its own."""

    version: str
    api_versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One call of `helm template`; `path` and `value_files` are relative to the repository.

    `parameters` are ready for `--set`, as Argo CD hands them over. Two equal requests on equal
    files give equal objects, unless the chart's own templates are not repeatable.
    """

    path: str
    release: str
    namespace: str
    value_files: tuple[str, ...]
    parameters: tuple[str, ...]
    text_parameters: tuple[str, ...]
    values: str
    cluster: Cluster
    crds: bool = True
    ignore_missing: bool = False

    def digest(self, files: Sequence[str]) -> str:
        """Return the name of its rendering in the cache; `files` are the ids of what it reads."""
        asked = json.dumps([asdict(self), list(files)], sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()


class RequestError(ValueError):
    """An Application that Argo CD would refuse to render; the message says why."""


def request_of(application: Mapping[str, Any], cluster: Cluster) -> Request:
    """Return what Argo CD 3.5 asks of Helm for the Application (util/helm, reposerver).

    RequestError for a value file that is not a file of the repository, which Argo CD refuses.
    """
    metadata, spec = application["metadata"], application["spec"]
    source, destination = spec["source"], spec["destination"]
    helm: Mapping[str, Any] = source.get("helm") or {}
    path = posixpath.normpath(str(source["path"]))
    known = {
        "ARGOCD_APP_NAME": str(metadata["name"]),
        "ARGOCD_APP_NAMESPACE": str(destination.get("namespace", "")),
        "ARGOCD_APP_PROJECT_NAME": str(spec.get("project", "")),
        "ARGOCD_APP_SOURCE_PATH": path,
        "ARGOCD_APP_SOURCE_REPO_URL": str(source.get("repoURL", "")),
        "ARGOCD_APP_SOURCE_TARGET_REVISION": str(source.get("targetRevision", "")),
    }
    files = (expanded(str(file), known) for file in helm.get("valueFiles") or ())
    return Request(
        path=path,
        release=str(helm.get("releaseName") or metadata["name"]),
        namespace=str(destination.get("namespace", "")),
        value_files=tuple(_in_repository(path, file) for file in files),
        parameters=tuple(_parameters(helm, known, text=False)),
        text_parameters=tuple(_parameters(helm, known, text=True)),
        values=_inline_values(helm),
        cluster=Cluster(
            str(helm.get("kubeVersion") or cluster.version),
            tuple(helm.get("apiVersions") or cluster.api_versions),
        ),
        crds=not helm.get("skipCrds", False),
        ignore_missing=bool(helm.get("ignoreMissingValueFiles", False)),
    )


def expanded(text: str, known: Mapping[str, str]) -> str:
    """Return the text as Argo CD's substitution leaves it: `$$` is `$`, an unknown name nothing."""

    def value(match: re.Match[str]) -> str:
        name = match["braced"] or match["plain"]
        return "$" if name is None else known.get(name, "")

    return _VARIABLE.sub(value, text)


def _parameters(helm: Mapping[str, Any], known: Mapping[str, str], *, text: bool) -> Iterator[str]:
    for parameter in helm.get("parameters") or ():
        if bool(parameter.get("forceString", False)) is text:
            value = expanded(str(parameter.get("value", "")), known)
            if not (value.startswith("{") and value.endswith("}")):
                value = _BARE_COMMA.sub(r"\\,", value)
            yield f"{parameter['name']}={value}"


def _inline_values(helm: Mapping[str, Any]) -> str:
    if helm.get("valuesObject"):
        return json.dumps(helm["valuesObject"], sort_keys=True)
    return str(helm.get("values") or "")


def _in_repository(chart: str, file: str) -> str:
    """Return a value file's path from the root; a leading slash means the repository's root."""
    if "://" in file:
        raise RequestError(f"value file {file} is an address; keep values in the chart's folder")
    joined = file.lstrip("/") if file.startswith("/") else posixpath.join(chart, file)
    path = posixpath.normpath(joined)
    if path == ".." or path.startswith("../"):
        raise RequestError(f"value file {file} leads out of the repository; Argo CD refuses it")
    return path
