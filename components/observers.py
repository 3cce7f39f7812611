"""What watches and tells, as resources: rules, dashboards, and Argo CD's notifications."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap, ConfigMapPatch, SecretPatch

from components.argocd import custom_resource
from release.argocd.manifests import EnvironmentManifests, Manifest
from release.estate import Environment
from release.monitoring.notifications import CONFIG_MAP, SECRET, TOKEN_KEY
from release.settings.model import ClusterDelivery
from release.settings.observability import TOKEN_VARIABLE, PulumiToken

_FORCE = {"pulumi.com/patchForce": "true"}
"""Makes our keys ours even where somebody typed them in by hand; other keys stay theirs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObserversArgs:
    """The objects, and whether a cluster takes patches or files take whole objects."""

    manifests: tuple[Manifest, ...]
    patches: bool
    argocd: str
    token: pulumi.Output[str] | None


class Observers(pulumi.ComponentResource):
    """Alert rules, Git's facts, the dashboard and Slack messages of one environment."""

    def __init__(
        self, name: str, args: ObserversArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:monitoring:Observers", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        for manifest in args.manifests:
            _resource(name, manifest, child, patches=args.patches)
        if args.token is not None:
            # Key by key: the Secret is Argo CD's own. Secret in the state, since its input is one.
            SecretPatch(
                f"{name}-{SECRET}",
                metadata={"name": SECRET, "namespace": args.argocd, "annotations": _FORCE},
                string_data={TOKEN_KEY: args.token},
                opts=child,
            )
        self.register_outputs({})


def observers(
    environment: Environment, manifests: EnvironmentManifests, opts: pulumi.ResourceOptions
) -> None:
    """Register what the stack file asks for; nothing where it asks for nothing."""
    if not manifests.observers:
        return
    settings = environment.settings
    notifier = settings.notifier
    args = ObserversArgs(
        manifests=manifests.observers,
        patches=isinstance(settings.delivery, ClusterDelivery),
        argocd=settings.argocd.namespace,
        token=_token() if notifier and isinstance(notifier.token, PulumiToken) else None,
    )
    Observers(environment.name, args, opts)


def _token() -> pulumi.Output[str]:
    """Return the bot's token as a secret, which the engine encrypts wherever it keeps it."""
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        raise pulumi.RunError(
            f"the Slack token is missing: set {TOKEN_VARIABLE}, or let hmco:notifier.token be "
            "kind external or existing"
        )
    return pulumi.Output.secret(token)


def _resource(
    prefix: str, manifest: Manifest, opts: pulumi.ResourceOptions, *, patches: bool
) -> pulumi.Resource:
    metadata = cast("dict[str, Any]", manifest["metadata"])
    name = f"{prefix}-{metadata['name']}"
    if manifest["kind"] == "ConfigMap":
        data = cast("Mapping[str, str]", manifest["data"])
        if patches and metadata["name"] == CONFIG_MAP:
            ours = {**metadata, "annotations": _FORCE}
            return ConfigMapPatch(name, metadata=ours, data=data, opts=opts)
        return ConfigMap(name, metadata=metadata, data=data, opts=opts)
    return custom_resource(name, manifest, opts)
