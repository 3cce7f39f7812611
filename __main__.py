"""The program Pulumi runs: one environment, from the chart registry and its stack file."""

from dataclasses import asdict

import pulumi

from components.argocd import environment_resources
from components.delivery import kubernetes_provider
from components.engine import running_estate
from components.governance import govern
from release import registry
from release.argocd.manifests import environment_manifests

estate, environment = running_estate(registry.REGISTRY)
manifests = environment_manifests(registry.REGISTRY, environment)

# First, so that a team that GitHub does not know is told before anything is made.
govern(registry.REGISTRY, estate, environment)
environment_resources(
    environment.name,
    manifests,
    pulumi.ResourceOptions(
        provider=kubernetes_provider(environment.name, environment.settings.delivery),
        protect=environment.settings.deletion.protect,
    ),
)
pulumi.export("project", environment.settings.project)
pulumi.export("applications", [asdict(row) for row in manifests.table])
