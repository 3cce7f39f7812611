"""Argo CD's notifications: triggers, templates and services as the data of one ConfigMap.

The version in a message is what was synced, never what a label or the spec says: the next pin may
come before the message does. Where it matters a trigger has no `oncePer`: with it, a message that
could not be delivered is never tried again.
"""

from typing import Final, NamedTuple

import yaml

from release.argocd.manifests import ENVIRONMENT_LABEL, HOLD_ANNOTATION, PIN_ANNOTATION, Manifest
from release.estate import Environment
from release.monitoring.slacklayout import attachments, message
from release.settings.observability import ExternalToken, Notifier
from release.settings.types import git_address

CONFIG_MAP: Final = "argocd-notifications-cm"
SECRET: Final = "argocd-notifications-secret"  # noqa: S105 -- the object's name
TOKEN_KEY: Final = "slack-token"  # noqa: S105 -- the key's name

_PHASE: Final = "app.status?.operationState?.phase"
_STARTED: Final = "app.status?.operationState?.startedAt"
_SYNCED: Final = "app.status?.operationState?.syncResult?.source?.targetRevision"
_NOTES: Final = "app.metadata?.annotations"
_BACK: Final = (
    f'({_NOTES}?.["{PIN_ANNOTATION}kind"] == "rollback" '
    f'and {_NOTES}?.["{PIN_ANNOTATION}revision"] == {_SYNCED})'
)
_DONE: Final = f'{_PHASE} == "Succeeded" and app.status?.health?.status == "Healthy"'


class Trigger(NamedTuple):
    """When a message is sent and what it says first; `once` is empty where it is tried again."""

    name: str
    when: str
    once: str
    colour: str
    says: str
    pinned: bool = False
    """Whether it speaks of the pin, which waits for its sync, and not of what was synced."""
    aliases: tuple[str, ...] = ()


TRIGGERS: Final = (
    Trigger(
        name="release-deployed",
        when=f"{_DONE} and not {_BACK}",
        once=_STARTED,
        colour="#18a34a",
        says="runs in",
        aliases=("on-deployed", "on-sync-succeeded"),
    ),
    Trigger(
        name="release-rolled-back",
        when=f"{_DONE} and {_BACK}",
        once=_STARTED,
        colour="#d97706",
        says="was rolled back to in",
    ),
    Trigger(
        name="release-failed",
        when=f'{_PHASE} in ["Error", "Failed"]',
        once="",
        colour="#dc2626",
        says="could not be synced in",
        aliases=("on-sync-failed",),
    ),
    Trigger(
        name="release-degraded",
        when='app.status?.health?.status == "Degraded"',
        once="",
        colour="#dc2626",
        says="is degraded in",
        aliases=("on-health-degraded",),
    ),
    Trigger(
        name="release-waiting",
        when=(
            'app.status?.sync?.status == "OutOfSync" '
            "and app.spec?.syncPolicy?.automated?.enabled == false "
            f'and {_PHASE} != "Running"'
        ),
        once=f'{_NOTES}?.["{PIN_ANNOTATION}commit"] ?? app.spec.source.targetRevision',
        colour="#2563eb",
        says="waits for a person's sync in",
        pinned=True,
    ),
    Trigger(
        name="release-held",
        when=f'{_NOTES}?.["{HOLD_ANNOTATION}commit"] != nil',
        once=f'{_NOTES}?.["{HOLD_ANNOTATION}commit"]',
        colour="#d97706",
        says="is held in",
        pinned=True,
    ),
)


def known_triggers() -> frozenset[str]:
    """Return every trigger that the ConfigMap defines."""
    return frozenset(name for trigger in TRIGGERS for name in (trigger.name, *trigger.aliases))


def config_data(environment: Environment, notifier: Notifier) -> dict[str, str]:
    """Return the data of the ConfigMap: context, service, triggers and templates."""
    slack: dict[str, object] = {"token": f"${TOKEN_KEY}"}
    if notifier.slack_api is not None:
        slack["apiURL"] = notifier.slack_api
    address = git_address(environment.settings.source.repository)
    data = {
        "context": _yaml(
            {"argocdUrl": notifier.argocd_url, "repository": address.web if address else ""}
        ),
        "service.slack": _yaml(slack),
    }
    for trigger in TRIGGERS:
        data[f"template.{trigger.name}"] = _yaml(_template(trigger))
        for name in (trigger.name, *trigger.aliases):
            data[f"trigger.{name}"] = _yaml([_condition(trigger)])
    return dict(sorted(data.items()))


def _condition(trigger: Trigger) -> dict[str, object]:
    condition: dict[str, object] = {"when": trigger.when, "send": [trigger.name]}
    return condition | ({"oncePer": trigger.once} if trigger.once else {})


def _template(trigger: Trigger) -> dict[str, object]:
    return {
        "message": message(trigger.says, pinned=trigger.pinned),
        "slack": {"attachments": attachments(trigger.says, trigger.colour, pinned=trigger.pinned)},
    }


def config_map(environment: Environment, notifier: Notifier) -> Manifest:
    """Return the ConfigMap that the controller reads; a patch of it leaves other keys alone."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": CONFIG_MAP,
            "namespace": environment.settings.argocd.namespace,
            "labels": {
                ENVIRONMENT_LABEL: environment.name,
                "app.kubernetes.io/part-of": "argocd",
            },
        },
        "data": config_data(environment, notifier),
    }


def external_secret(environment: Environment, token: ExternalToken) -> Manifest:
    """Return the request to the External Secrets operator for the one key that is ours."""
    reference: dict[str, object] = {"key": token.key}
    if token.property is not None:
        reference["property"] = token.property
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {
            "name": f"hmco-{environment.name}-slack",
            "namespace": environment.settings.argocd.namespace,
            "labels": {ENVIRONMENT_LABEL: environment.name},
        },
        "spec": {
            "secretStoreRef": {"kind": token.store_kind, "name": token.store},
            "refreshInterval": "1h",
            # The Secret is Argo CD's own, and other keys of it are other people's.
            "target": {"name": SECRET, "creationPolicy": "Merge"},
            "data": [{"secretKey": TOKEN_KEY, "remoteRef": reference}],
        },
    }


def _yaml(value: object) -> str:
    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=True, width=1_000_000)
