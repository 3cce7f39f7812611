"""The program Pulumi runs: one environment, from the chart registry and its stack file."""

from pathlib import Path

import pulumi

from components.argocd import environment_resources
from components.delivery import kubernetes_provider
from components.governance import govern
from components.observers import observers
from components.stack import running_estate
from release import registry
from release.monitoring.whole import whole_environment

estate, environment = running_estate(registry.REGISTRY)
manifests = whole_environment(registry.REGISTRY, estate, environment, Path())
provider = kubernetes_provider(environment.name, environment.settings.delivery)

# First, so that a team that GitHub does not know is told before anything is made.
govern(registry.REGISTRY, estate, environment)
environment_resources(
    environment.name,
    manifests,
    pulumi.ResourceOptions(provider=provider, protect=environment.settings.deletion.protect),
)
observers(environment, manifests, pulumi.ResourceOptions(provider=provider))
pulumi.export("project", environment.settings.project)
pulumi.export("applications", [row._asdict() for row in manifests.table])
