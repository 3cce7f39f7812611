"""What the customer's cluster lacks of what the stack files count on, judged from its objects."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from release.argocd.manifests import Manifest
from release.estate import Estate
from release.monitoring.notifications import (
    CONFIG_MAP,
    SECRET,
    TOKEN_KEY,
    known_triggers,
)
from release.monitoring.queries import NEEDED_LABELS
from release.settings.model import Settings

LABELS_FLAG = "--metrics-application-labels"
RULES = "prometheusrules.monitoring.coreos.com"
EXTERNAL = "externalsecrets.external-secrets.io"


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is not there, what that means, and what to do about it."""

    what: str
    effect: str
    remedy: str
    certain: bool = True
    """Whether it is missing for sure; somebody else may provide what no stack file states."""

    def __str__(self) -> str:
        """Return the sentence that a person reads."""
        return f"{self.what}, so {self.effect}; {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found; None stands for what could not be looked at, and nothing is said of it.

    `crds` are names such as `prometheusrules.monitoring.coreos.com`. `workloads` maps the names of
    Argo CD's Deployments and StatefulSets to their containers' arguments. `secret_keys` are the
    keys of argocd-notifications-secret, never a value. `config` is the data of
    argocd-notifications-cm.
    """

    crds: Collection[str] | None = None
    workloads: Mapping[str, tuple[str, ...]] | None = None
    secret_keys: Collection[str] | None = None
    config: Mapping[str, str] | None = None


def lacks(estate: Estate, seen: Seen) -> Iterator[Lack]:
    """Yield what the stack files count on and the cluster lacks."""
    places = [environment.settings for environment in estate.environments.values()]
    yield from _subscriptions(estate)
    if any(place.monitoring for place in places):
        yield from _monitoring(seen)
    if any(place.notifications for place in places):
        yield from _notifications(places, seen)


def _subscriptions(estate: Estate) -> Iterator[Lack]:
    for name, environment in estate.environments.items():
        settings = environment.settings
        told = any(
            other.settings.notifier and other.settings.argocd.namespace == settings.argocd.namespace
            for other in estate.environments.values()
        )
        if settings.notifications and not told:
            yield Lack(
                f"{name} subscribes to {', '.join(sorted(settings.notifications))} and no stack "
                "states hmco:notifier",
                "nobody hears of it unless somebody else keeps these triggers",
                "state it in one stack of that Argo CD: docs/monitoring.md",
                certain=False,
            )
        unknown = sorted(set(settings.notifications) - known_triggers())
        if unknown and told:
            yield Lack(
                f"{name} subscribes to {', '.join(unknown)}, which our ConfigMap does not define",
                "nobody hears of it",
                "use one of the triggers of docs/monitoring.md",
            )


def _monitoring(seen: Seen) -> Iterator[Lack]:
    if seen.crds is not None and RULES not in seen.crds:
        yield Lack(
            f"the CRD {RULES} is missing",
            "no alert and no fact of Git can be delivered",
            "install the Prometheus operator, or remove hmco:monitoring",
        )
    if seen.workloads is None:
        return
    arguments = [a for name, args in seen.workloads.items() if "application" in name for a in args]
    if not _exports(arguments):
        yield Lack(
            f"the application controller runs without {LABELS_FLAG}",
            "argocd_app_labels has no version and one panel of the dashboard stays empty",
            f"start it with {LABELS_FLAG} {','.join(NEEDED_LABELS)} "
            "(argo-helm: controller.metrics.applicationLabels)",
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


def _notifications(places: list[Settings], seen: Seen) -> Iterator[Lack]:
    if seen.workloads is not None and not any("notifications" in name for name in seen.workloads):
        yield Lack(
            "no notifications controller runs in Argo CD's namespace",
            "no message is sent at all",
            "install it (it is not part of core-install.yaml)",
        )
    notifiers = [place.notifier for place in places if place.notifier]
    if notifiers and seen.secret_keys is not None and TOKEN_KEY not in seen.secret_keys:
        yield Lack(
            f"{SECRET} has no key {TOKEN_KEY}",
            "Slack answers invalid_auth to every message",
            "put the bot's token there: docs/monitoring.md",
        )
    external = any(notifier.token.kind == "external" for notifier in notifiers)
    if external and seen.crds is not None and EXTERNAL not in seen.crds:
        yield Lack(
            f"the CRD {EXTERNAL} is missing",
            "the token never arrives",
            "install the External Secrets operator, or use another kind of token",
        )
    if notifiers and seen.config is not None and not seen.config.get("service.slack"):
        yield Lack(
            f"{CONFIG_MAP} has no service.slack",
            "no message is sent",
            "bring up the stack that states hmco:notifier",
        )


def seen_from(objects: Collection[Manifest]) -> Seen:
    """Return what these live objects show: CRDs, workloads, the ConfigMap and the Secret's keys."""
    crds, workloads = set[str](), dict[str, tuple[str, ...]]()
    keys: Collection[str] | None = None
    config: Mapping[str, str] | None = None
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
            case "ConfigMap" if name == CONFIG_MAP:
                config = dict(data) if isinstance(data, dict) else {}
    return Seen(crds=crds, workloads=workloads, secret_keys=keys, config=config)


def _arguments(workload: Manifest) -> Iterator[str]:
    place: object = workload
    for key in ("spec", "template", "spec", "containers"):
        place = place.get(key) if isinstance(place, dict) else None
    for container in place if isinstance(place, list) else ():
        if isinstance(container, dict):
            yield from (str(a) for a in (*container.get("command", ()), *container.get("args", ())))
