"""What each environment's cluster says of itself, beside what the stack file says of it."""

from collections.abc import Iterator, Mapping

from release.estate import Estate
from release.github.checklist import Line
from release.github.clustercheck import kubernetes_line
from release.monitoring.kubectl import cluster_of
from release.rules.argopermits import IN_CLUSTER_SERVER


def served_lines(estate: Estate, environment: Mapping[str, str]) -> Iterator[Line]:
    """Yield one line for each environment; `environment` names the kubeconfig.

    A context is that of Argo CD's own cluster, so charts that go to another one are not judged.
    """
    for place in estate.environments.values():
        context = getattr(place.settings.delivery, "context", None)
        near = place.settings.destination.server == IN_CLUSTER_SERVER
        yield kubernetes_line(place, cluster_of(context, environment) if context and near else None)
