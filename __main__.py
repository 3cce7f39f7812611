"""The program Pulumi runs: one environment, from the chart registry and its stack file."""

from dataclasses import asdict
from pathlib import Path

import pulumi

from components.argocd import environment_resources
from components.delivery import kubernetes_provider
<<<<<<< HEAD
from components.engine import running_estate
from components.governance import govern
=======
from components.engine import running_environment
from components.observers import observers
>>>>>>> 0ecfb7a (Watch releases as code: alerts, dashboard, Git's facts as rules, and Slack messages that say who and why)
from release import registry
from release.monitoring.whole import whole_environment

<<<<<<< HEAD
estate, environment = running_estate(registry.REGISTRY)
manifests = environment_manifests(registry.REGISTRY, environment)
=======
estate, environment = running_environment(registry.REGISTRY)
manifests = whole_environment(registry.REGISTRY, estate, environment, Path())
provider = kubernetes_provider(environment.name, environment.settings.delivery)
>>>>>>> 0ecfb7a (Watch releases as code: alerts, dashboard, Git's facts as rules, and Slack messages that say who and why)

# First, so that a team that GitHub does not know is told before anything is made.
govern(registry.REGISTRY, estate, environment)
environment_resources(
    environment.name,
    manifests,
    pulumi.ResourceOptions(provider=provider, protect=environment.settings.deletion.protect),
)
<<<<<<< HEAD
=======
observers(environment, manifests, pulumi.ResourceOptions(provider=provider))

>>>>>>> 0ecfb7a (Watch releases as code: alerts, dashboard, Git's facts as rules, and Slack messages that say who and why)
pulumi.export("project", environment.settings.project)
pulumi.export("applications", [asdict(row) for row in manifests.table])
