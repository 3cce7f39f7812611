"""What the stack files count on in a cluster: Argo CD's, judged from its objects, or their own."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from release.argocd.manifests import Manifest
from release.estate import Environment, Estate
from release.github.checklist import Line, State
from release.monitoring.notifications import CONFIG_MAP, SECRET, TOKEN_KEY, known_triggers
from release.monitoring.queries import NEEDED_LABELS
from release.rendering.request import Cluster
from release.rules.argosettings import openings
from release.settings.model import Settings
from release.settings.observability import Notifier
from release.versions import parse_version

LABELS_FLAG: Final = "--metrics-application-labels"
RULES: Final = "prometheusrules.monitoring.coreos.com"
EXTERNAL: Final = "externalsecrets.external-secrets.io"
OVERRIDE: Final = "application.sync.requireOverridePrivilegeForRevisionSync"
_READ_FROM: Final = "3.3.0"
_EMPTY: Final = (
    "apiVersions is empty, so a chart that asks .Capabilities.APIVersions.Has for more than "
    "Kubernetes' own renders here as if the cluster lacked it"
)
Places = Mapping[str, Settings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found; None stands for what could not be looked at, and is never taken for missing.

    `crds` are names such as `prometheusrules.monitoring.coreos.com`. `workloads` maps the names of
    Argo CD's Deployments and StatefulSets to their containers' arguments. `secret_keys` are the
    keys of argocd-notifications-secret, never a value. `config_maps` maps the names of Argo CD's
    ConfigMaps to their data.
    """

    crds: Collection[str] | None = None
    workloads: Mapping[str, tuple[str, ...]] | None = None
    secret_keys: Collection[str] | None = None
    config_maps: Mapping[str, Mapping[str, str]] | None = None


def cluster_lines(estate: Estate, seen: Seen) -> Iterator[Line]:
    """Yield what the stack files of one Argo CD count on: there, missing, or unknown."""
    places = {name: each.settings for name, each in estate.environments.items()}
    yield _settings(places, seen.config_maps)
    if monitored := {name: each for name, each in places.items() if each.monitoring}:
        yield from _monitoring(monitored, seen)
    if subscribed := {name: each for name, each in places.items() if each.notifications}:
        notifiers = [place.notifier for place in places.values() if place.notifier]
        yield from (_subscribed(n, each, told=bool(notifiers)) for n, each in subscribed.items())
        yield from _notifications(subscribed, notifiers, seen)


def _line(what: str, places: Places, fine: bool | None, remedy: str, asked: str) -> Line:  # noqa: FBT001 -- an answer
    what = f"{what} ({', '.join(places)})"
    if fine is None:
        asking = f"needs kubectl, and in HMCO_KUBECONFIG a kubeconfig that may get {asked}"
        return Line(what, State.UNKNOWN, asking)
    return Line(what, State.DONE) if fine else Line(what, State.MISSING, remedy)


def _settings(places: Places, seen: Mapping[str, Mapping[str, str]] | None) -> Line:
    maps = dict(seen or {})
    limited = [
        parse_version(place.argocd.version)
        for place in places.values()
        if any("sync" in role.actions and "override" not in role.actions for role in place.roles)
    ]
    if limited:
        # Absent means false, and an older Argo CD does not read it.
        read = min(limited) >= parse_version(_READ_FROM)
        stated = maps.get("argocd-cm", {})
        maps["argocd-cm"] = {OVERRIDE: "false", **stated} if read else {**stated, OVERRIDE: "false"}
    projects = [place.project for place in places.values()]
    found = [
        what
        for name, data in maps.items()
        for _, what in openings(_config_map(name, data), projects)
    ]
    if any(OVERRIDE in each for each in found):
        found.append(f'that setting must be "true", from Argo CD {_READ_FROM} on')
    return _line(
        "Argo CD's own settings open nothing that the stack files close",
        places,
        None if seen is None else not found,
        "; ".join(found),
        "configmaps",
    )


def _config_map(name: str, data: Mapping[str, str]) -> str:
    return json.dumps({"kind": "ConfigMap", "metadata": {"name": name}, "data": dict(data)})


def _crd(name: str, places: Places, seen: Seen, remedy: str) -> Line:
    fine = None if seen.crds is None else name in seen.crds
    return _line(f"the CRD {name} is there", places, fine, remedy, "customresourcedefinitions")


def _monitoring(places: Places, seen: Seen) -> Iterator[Line]:
    yield _crd(
        RULES,
        places,
        seen,
        "without it no alert and no fact of Git can be delivered; install the Prometheus operator, "
        "or remove hmco:monitoring",
    )
    workloads = {} if seen.workloads is None else seen.workloads
    arguments = [a for name, args in workloads.items() if "application" in name for a in args]
    yield _line(
        "the application controller exports the labels that the dashboard asks for",
        places,
        None if seen.workloads is None else _exports(arguments),
        f"start it with {LABELS_FLAG} {','.join(NEEDED_LABELS)} (argo-helm: "
        "controller.metrics.applicationLabels); until then one panel stays empty",
        "deployments,statefulsets",
    )


def _exports(arguments: list[str]) -> bool:
    """Tell whether the flag names every label, given as one argument or as two, or repeated."""
    named: set[str] = set()
    for number, argument in enumerate(arguments):
        if argument.startswith(f"{LABELS_FLAG}="):
            named.update(argument.partition("=")[2].split(","))
        elif argument == LABELS_FLAG and number + 1 < len(arguments):
            named.update(arguments[number + 1].split(","))
    return named >= set(NEEDED_LABELS)


def _subscribed(name: str, settings: Settings, *, told: bool) -> Line:
    what = f"the triggers that {name} subscribes to are defined"
    page = "docs/monitoring.md"
    if not told:
        return Line(
            what,
            State.UNKNOWN,
            f"no stack states hmco:notifier, so somebody else has to define "
            f"{', '.join(sorted(settings.notifications))}; state it in one stack of that Argo CD: "
            f"{page}",
        )
    unknown = sorted(set(settings.notifications) - known_triggers())
    if unknown:
        remedy = f"our ConfigMap does not define {', '.join(unknown)}; use a trigger of {page}"
        return Line(what, State.MISSING, remedy)
    return Line(what, State.DONE)


def _notifications(places: Places, notifiers: Sequence[Notifier], seen: Seen) -> Iterator[Line]:
    names = seen.workloads
    yield _line(
        "a notifications controller runs in Argo CD's namespace",
        places,
        None if names is None else any("notifications" in name for name in names),
        "without it no message is sent at all; install it (it is not part of core-install.yaml)",
        "deployments,statefulsets",
    )
    if not notifiers:
        return
    yield _line(
        f"{SECRET} has the key {TOKEN_KEY}",
        places,
        None if seen.secret_keys is None else TOKEN_KEY in seen.secret_keys,
        "Slack answers invalid_auth to every message; put the bot's token there: "
        "docs/monitoring.md",
        f"secret {SECRET}",
    )
    if any(notifier.token.kind == "external" for notifier in notifiers):
        yield _crd(
            EXTERNAL,
            places,
            seen,
            "the token never arrives; install the External Secrets operator, or use another kind "
            "of token",
        )
    maps = seen.config_maps
    yield _line(
        f"{CONFIG_MAP} has service.slack",
        places,
        None if maps is None else bool(maps.get(CONFIG_MAP, {}).get("service.slack")),
        "no message is sent; bring up the stack that states hmco:notifier",
        f"configmap {CONFIG_MAP}",
    )


def seen_from(objects: Collection[Manifest]) -> Seen:
    """Return what these live objects show: CRDs, workloads, ConfigMaps and the Secret's keys."""
    crds, workloads, keys = set[str](), dict[str, tuple[str, ...]](), frozenset[str]()
    config_maps: dict[str, Mapping[str, str]] = {}
    for item in objects:
        metadata = item.get("metadata")
        name = str(metadata.get("name")) if isinstance(metadata, dict) else ""
        data = item.get("data")
        match item.get("kind"):
            case "CustomResourceDefinition":
                crds.add(name)
            case "Deployment" | "StatefulSet":
                workloads[name] = tuple(_arguments(item))
            case "Secret" if name == SECRET:
                keys = frozenset(data) if isinstance(data, dict) else frozenset()
            case "ConfigMap":
                config_maps[name] = data if isinstance(data, dict) else {}
    return Seen(crds=crds, workloads=workloads, secret_keys=keys, config_maps=config_maps)


def _arguments(workload: Manifest) -> Iterator[str]:
    place: object = workload
    for key in ("spec", "template", "spec", "containers"):
        place = place.get(key) if isinstance(place, dict) else None
    for container in place if isinstance(place, list) else ():
        if isinstance(container, dict):
            yield from (str(a) for a in (*container.get("command", ()), *container.get("args", ())))


def kubernetes_line(place: Environment, seen: Cluster | None) -> Line:
    """Return whether `hmco:kubernetes` was confirmed; None where no cluster answered.

    Groups below `k8s.io` count as Kubernetes' own: they need not be stated.
    """
    stated = place.settings.kubernetes
    what = f"hmco:kubernetes of {place.stack_file.name} is what the cluster says"
    if seen is None:
        remedy = "cannot be seen from here; compare it: kubectl version, and kubectl api-versions"
        return Line(what, State.UNKNOWN, remedy if stated.api_versions else f"{remedy}; {_EMPTY}")
    version = seen.version.removeprefix("v").partition("+")[0].partition("-")[0]
    there = frozenset(seen.api_versions)
    named = {_group_version(each) for each in stated.api_versions}
    unstated = sorted(each for each in there - named if _foreign(each))
    wrong = [
        *([f"it is {version}, not {stated.version}"] if version != stated.version else ()),
        *(f"it has no {each}" for each in sorted(named - there)),
        *([f"apiVersions lacks {', '.join(unstated)}"] if unstated else ()),
    ]
    if not wrong:
        return Line(what, State.DONE)
    return Line(what, State.MISSING, f"{'; '.join(wrong)}; write that into the stack file")


def _group_version(api_version: str) -> str:
    """Return an API version without the kind that may follow."""
    return "/".join(api_version.split("/")[:2])


def _foreign(api_version: str) -> bool:
    group = api_version.partition("/")[0]
    return "." in group and not group.endswith(".k8s.io")
