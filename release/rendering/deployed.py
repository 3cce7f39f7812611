"""What every environment runs, rendered: the facts of rules that only rendering can decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from release.rendering.objects import Rendering, Unknown


@dataclass(frozen=True, slots=True)
class Release:
    """One chart in one environment: its Application, what Helm made of it, and from where."""

    environment: str
    chart: str
    application: Mapping[str, Any]
    outcome: Rendering | Unknown
    cluster_version: str
    own_tree: bool
    """Whether it renders from the files that are checked, and not from a tag's."""

    @property
    def namespace(self) -> str:
        """Where its objects go unless a template says otherwise."""
        return str(self.application["spec"]["destination"]["namespace"])

    @property
    def server(self) -> str:
        """The cluster."""
        return str(self.application["spec"]["destination"]["server"])


@dataclass(frozen=True, eq=False)
class Releases:
    """Every release of every environment; `helm` tells whether there was a Helm to render them."""

    releases: tuple[Release, ...]
    helm: bool

    def of(self, environment: str, chart: str) -> Release | None:
        """Return a release, None where the environment does not run the chart."""
        found = (r for r in self.releases if (r.environment, r.chart) == (environment, chart))
        return next(found, None)

    def rendering(self, environment: str, chart: str) -> Rendering | None:
        """Return a chart's rendering there; None where nobody could make one."""
        release = self.of(environment, chart)
        outcome = release.outcome if release else None
        return outcome if isinstance(outcome, Rendering) and not outcome.failure else None
