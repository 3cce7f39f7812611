"""The Argo CD objects of one environment as resources; what they say is decided in `release`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from release.argocd.manifests import EnvironmentManifests, Manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentProjectArgs:
    """The manifest of the environment's AppProject."""

    manifest: Manifest


class EnvironmentProject(pulumi.ComponentResource):
    """One AppProject: the boundary of what an environment's Applications may touch (guide R12)."""

    project: CustomResource

    def __init__(
        self,
        name: str,
        args: EnvironmentProjectArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("platform:argocd:EnvironmentProject", name, None, opts)
        self.project = custom_resource(
            f"{name}-project", args.manifest, pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartApplicationArgs:
    """The manifest of one Application and the resources that must exist before it."""

    manifest: Manifest
    after: Sequence[pulumi.Resource]


class ChartApplication(pulumi.ComponentResource):
    """One Argo CD Application for one chart in one environment (guide R25)."""

    application: CustomResource

    def __init__(
        self,
        name: str,
        args: ChartApplicationArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("platform:argocd:ChartApplication", name, None, opts)
        # A component hands depends_on to no child, and deletion must keep the order too: an
        # Application whose project is gone can no longer delete its workload (Argo CD, deletion).
        self.application = custom_resource(
            f"{name}-application",
            args.manifest,
            pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        self.register_outputs({})


def environment_resources(
    environment: str, manifests: EnvironmentManifests, opts: pulumi.ResourceOptions
) -> None:
    """Register the project and, wave by wave, the Applications of an environment."""
    project = EnvironmentProject(
        environment, EnvironmentProjectArgs(manifest=manifests.project), opts
    )
    made: dict[str, CustomResource] = {}
    for name, manifest in manifests.applications.items():
        after = [project.project, *(made[earlier] for earlier in manifests.creation_order[name])]
        component = ChartApplication(
            name, ChartApplicationArgs(manifest=manifest, after=after), opts
        )
        made[name] = component.application


def custom_resource(name: str, manifest: Manifest, opts: pulumi.ResourceOptions) -> CustomResource:
    """Register one object of a kind that the provider does not know."""
    return CustomResource(
        name,
        api_version=str(manifest["apiVersion"]),
        kind=str(manifest["kind"]),
        metadata=cast("Mapping[str, Any]", manifest["metadata"]),
        spec=manifest["spec"],
        opts=opts,
    )
