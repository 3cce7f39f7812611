"""Where the objects go: into files or onto a cluster, through the same provider."""

import os

import pulumi_kubernetes

from release.settings.model import ClusterDelivery, ManifestsDelivery


def kubernetes_provider(
    environment: str, delivery: ManifestsDelivery | ClusterDelivery
) -> pulumi_kubernetes.Provider:
    """Return the provider that delivers the environment's objects as its settings say."""
    if isinstance(delivery, ManifestsDelivery):
        # The launcher sets it while refreshing, for the provider's own process: 4.25 cannot refresh
        # files otherwise. As an input of the provider it would show as a change of the stack.
        os.environ.pop("PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", None)
        return pulumi_kubernetes.Provider(
            f"{environment}-manifests",
            render_yaml_to_directory=delivery.directory,
            # Required, not redundant: the SDK fills it from KUBECONFIG, which render mode refuses.
            kubeconfig="",
        )
    return pulumi_kubernetes.Provider(
        f"{environment}-cluster", context=delivery.context, enable_server_side_apply=True
    )
