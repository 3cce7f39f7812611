"""What was once said of a step, to be repeated without rendering anything.

It is kept beside the renderings, by all that it followed from: the chart's Applications in every
environment, the clusters, and the commits of both versions.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final

from release.argocd.manifests import application_manifest, application_row
from release.rendering.cache import RenderingCache
from release.repository.picture import Picture

_OPEN: Final = ("unknown", "does not render")
"""What is not known, or may be known otherwise on another day."""


@dataclass(frozen=True, slots=True)
class Step:
    """One chart moves in one environment; with a `source` the question is whether it runs there."""

    chart: str
    environment: str
    before: str
    after: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The sentences on steps of one picture's charts, by one version of Helm."""

    cache: RenderingCache
    version: str
    picture: Picture

    def get(self, step: Step) -> str | None:
        """Return what was said of the step, None if nobody has asked yet."""
        text = self.cache.text(self._name(step))
        return None if text is None else text.decode()

    def keep(self, step: Step, sentence: str) -> None:
        """Remember a sentence, unless it says that something is not known."""
        if not any(word in sentence for word in _OPEN):
            self.cache.keep(self._name(step), sentence.encode())

    def _name(self, step: Step) -> str:
        picture = self.picture
        chart = picture.registry.by_name[step.chart]
        applications = [
            (
                application_manifest(
                    picture.registry, environment, chart, application_row(environment, chart)
                ),
                environment.settings.kubernetes.model_dump(),
            )
            for environment in picture.environments
            if step.chart in environment.settings.versions
        ]
        tags = picture.charts.clone.tags_of([step.chart])[step.chart]
        commits = [
            (tags[version].commit if version in tags else None) or picture.charts.commit
            for version in (step.before, step.after)
        ]
        followed = (asdict(step), commits, sorted(chart.data_kinds), applications)
        text = json.dumps(followed, sort_keys=True)
        return self.cache.name(self.version, hashlib.sha256(text.encode()).hexdigest())
