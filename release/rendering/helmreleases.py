"""What every environment runs, rendered: the facts of rules that only rendering can decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from release.rendering.renderedobjects import Rendering, Unknown


class Release(NamedTuple):
    """One chart in one environment: its Application, what Helm made of it, and from where."""

    environment: str
    chart: str
    application: Mapping[str, Any]
    outcome: Rendering | Unknown
    cluster_version: str
    runs: bool
    """Whether Argo CD applies it, or would once the chart's next version is pinned there."""
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
    """Every release of every environment; `helm` tells whether there was a Helm to render them.

    Where a tag runs, the files that are checked are rendered as well: with that environment's
    values, as its next version.
    """

    releases: tuple[Release, ...]
    helm: bool

    @cached_property
    def _own(self) -> Mapping[tuple[str, str], Rendering | Unknown]:
        return {(r.environment, r.chart): r.outcome for r in self.releases if r.own_tree}

    def rendering(self, environment: str, chart: str) -> Rendering | None:
        """Return what Helm makes of the checked files there; None where nobody could tell."""
        outcome = self._own.get((environment, chart))
        return outcome if isinstance(outcome, Rendering) and not outcome.failure else None

    def judged(self, chart: str, environment: str = "") -> bool:
        """Tell whether Helm rendered or refused the checked files, in one or any environment."""
        return any(
            isinstance(outcome, Rendering)
            for (where, name), outcome in self._own.items()
            if name == chart and environment in ("", where)
        )
