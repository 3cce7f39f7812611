"""Whether what one environment runs is what another one gets: the same bits, other values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from release.plan.change import Fate, ObjectChange, object_changes
from release.plan.flags_workload import images
from release.plan.sides import Ready, Side
from release.plan.told import object_words
from release.rendering.renderedobjects import RenderedObject, Rendering, Unknown
from release.rendering.renderer import Renderer, Wanted
from release.text.counted import counted


@dataclass(frozen=True)
class SameBits:
    """The verdict on one chart between two environments.

    `versions` are what source and target run. `explained` is what the other environment's values
    and settings make of the very same files, `unexplained` is what differs because the other
    environment runs other files. `images` says of each image that both run whether a digest fixes
    it.
    """

    chart: str
    source: str
    target: str
    source_files: Mapping[str, str]
    target_files: Mapping[str, str]
    versions: tuple[str, str]
    explained: tuple[ObjectChange, ...] = ()
    unexplained: tuple[ObjectChange, ...] = ()
    images: Mapping[str, bool] | None = None
    unknown: str = ""

    @property
    def same_files(self) -> bool:
        """Tell whether both run the same files, locks and vendored dependencies among them."""
        return self.source_files == self.target_files

    @property
    def same(self) -> bool:
        """Tell whether the target gets what the source ran, and nothing else but its own values."""
        real = [item for item in self.unexplained if item.fate is not Fate.NOISE]
        return not self.unknown and self.same_files and not real

    @property
    def sentence(self) -> str:
        """Return the verdict in one sentence."""
        pair = f"{self.chart} in {self.target}"
        if self.unknown:
            return f"{pair}: unknown whether it is what {self.source} ran: {self.unknown}"
        loose = sum(1 for fixed in (self.images or {}).values() if not fixed)
        bare = counted(loose, "image has", "images have")
        tail = f"; {bare} no digest and may be another" if loose else ""
        if self.same:
            differ = counted(len(self.explained), "object differs", "objects differ")
            return (
                f"{pair} is what {self.source} ran, bit by bit; {differ} by the two "
                f"environments' values alone{tail}"
            )
        changed = sorted(
            path
            for path in {*self.source_files, *self.target_files}
            if self.source_files.get(path) != self.target_files.get(path)
        )
        ran, gets = self.versions
        return (
            f"{pair} ({gets}) is not what {self.source} runs ({ran}): "
            f"{counted(len(changed), 'file differs', 'files differ')}, which changes "
            f"{counted(len(self.unexplained), 'object')}{tail}"
        )


def same_bits(  # noqa: PLR0913 -- who, what, from where to where
    side: Side, renderer: Renderer, chart: str, source: str, target: str, *, coming: bool = False
) -> SameBits:
    """Return the verdict on a chart that both environments run.

    With `coming` the target is judged as it will be once it has what the source runs. KeyError
    names an environment that does not run the chart.
    """
    ready = {item.environment: item for item in side.applications({}) if item.chart == chart}
    one, other = ready[source], ready[target]
    if coming:
        other = replace(other, root=one.root, wanted=one.wanted)
    moved = replace(other, root=one.root, wanted=one.wanted)
    sources = [side.prepared(item, renderer) for item in (one, moved, other)]
    made = renderer.render(sources)
    files = [_files(item, ready) for item, ready in zip(sources, (one, moved, other), strict=True)]
    versions = one.version, other.version
    verdict = SameBits(chart, source, target, files[0], files[2], versions)
    why = next((_why_not(item) for item in made if _why_not(item)), "")
    if why:
        return replace(verdict, unknown=why)
    spaces = (one.request, other.request, other.request)
    ran, expected, gets = (
        _objects(item, request.namespace if request else "")
        for item, request in zip(made, spaces, strict=True)
    )
    return replace(
        verdict,
        explained=object_changes(ran, expected)[0],
        unexplained=object_changes(expected, gets)[0],
        images={image: "@sha256:" in image for item in gets for image in images(item).values()},
    )


def _files(source: object, ready: Ready) -> dict[str, str]:
    """Return the chart's own files with their ids; value files belong to them."""
    if not isinstance(source, Wanted) or ready.request is None:
        return {}
    path = f"{ready.request.path}/"
    return {name: blob for name, blob in source.files.items() if name.startswith(path)}


def _why_not(outcome: Rendering | Unknown) -> str:
    if isinstance(outcome, Unknown):
        return f"{outcome.reason}; run: {outcome.command}"
    return f"it does not render: {outcome.failure}" if outcome.failure else ""


def _objects(outcome: Rendering | Unknown, namespace: str) -> tuple[RenderedObject, ...]:
    """Return the objects; one in the release's own namespace meets its like in another's."""
    if not isinstance(outcome, Rendering):
        return ()
    return tuple(
        replace(item, body={**item.body, "metadata": _without(item.metadata, namespace)})
        for item in outcome.objects
    )


def _without(metadata: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    return {k: v for k, v in metadata.items() if (k, v) != ("namespace", namespace)}


def to_lines(verdict: SameBits) -> list[str]:
    """Return the verdict and everything it rests on, for people."""
    lines = [verdict.sentence]
    for title, changes in (
        ("by the environments' values", verdict.explained),
        ("by other files", verdict.unexplained),
    ):
        lines += [f"  {title}: {object_words(c)}" for c in changes if c.fate is not Fate.NOISE]
    lines += [
        f"  image {image}" + ("" if fixed else " (no digest)")
        for image, fixed in sorted((verdict.images or {}).items())
    ]
    return lines


def to_data(verdict: SameBits) -> dict[str, Any]:
    """Return the verdict for programs."""
    return {
        "chart": verdict.chart,
        "source": verdict.source,
        "target": verdict.target,
        "same": verdict.same,
        "sentence": verdict.sentence,
        "explained": [object_words(item) for item in verdict.explained],
        "unexplained": [object_words(item) for item in verdict.unexplained],
        "images": dict(verdict.images or {}),
        "unknown": verdict.unknown,
    }
