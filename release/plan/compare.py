"""Two sides, rendered where they differ, and what follows from the difference."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from release.argocd.manifests import VERSION_LABEL
from release.charts.record import Registry
from release.plan.applications import ProgramError
from release.plan.change import ApplicationChange, Plan, ProjectChange, Revision, with_outcomes
from release.plan.difference import Difference, differences
from release.plan.flagcatalogue import judged
from release.plan.leastbump import ChartChange, bump_verdict
from release.plan.sides import Ready, Side
from release.plan.told import state
from release.plan.valuekeys import value_keys
from release.rendering.chartfiles import GitTree
from release.rendering.pool import Outcome
from release.rendering.renderedobjects import Rendering
from release.rendering.renderer import Renderer, Wanted
from release.rendering.secrets import Hider
from release.versions import lower

Key = tuple[str, str]
Source = Wanted | Outcome
_NOTHING: Final = Rendering()
"""What an Application that is not there renders to."""
_MOVE: Final = frozenset(
    {("spec", "source", "targetRevision"), ("metadata", "labels", VERSION_LABEL)}
)
"""Where an Application says what it runs: told as the move itself."""


@dataclass(frozen=True)
class _Pair:
    """One Application on both sides, and where its objects come from."""

    before: Ready | None
    after: Ready | None
    old: Source = _NOTHING
    new: Source = _NOTHING

    @property
    def one(self) -> Ready:
        found = self.after or self.before
        if found is None:
            raise ValueError("an Application of neither side")
        return found

    @property
    def alike(self) -> bool:
        """Tell whether both sides render the same from the same files."""
        before, after = self.before, self.after
        if not (before and after and before.request and before.request == after.request):
            return False
        if before.root == after.root and before.revision == after.revision:
            # One tag is one commit for both sides, whether it is here or not.
            return True
        named = isinstance(self.old, Wanted) and isinstance(self.new, Wanted)
        return named and self.old.name == self.new.name  # type: ignore[union-attr]


def compare(base: Side, head: Side, renderer: Renderer, registry: Registry) -> Plan:
    """Return everything that differs; charts whose inputs are the same are not rendered at all.

    ProgramError where neither side has a chart: nothing would change, and nothing be known.
    """
    if not (base.has_charts or head.has_charts):
        message = f"no chart lies in {head.label}; name the checkout that holds them with --repo"
        raise ProgramError(message)
    without = tuple(side for side in (base, head) if not side.objects.applications)
    empty = tuple(
        f"{state(side.label)} has no stack files, so it makes no Application" for side in without
    )
    if base.root == head.root and base.objects is head.objects:
        count = sum(map(len, head.objects.applications.values()))
        return Plan(base.label, head.label, (), unchanged=count, remarks=empty)
    clusters = {**base.objects.clusters, **head.objects.clusters}
    before = {(item.environment, item.name): item for item in base.applications(clusters)}
    after = {(item.environment, item.name): item for item in head.applications(clusters)}
    order = [*head.objects.applications, *base.objects.applications]
    pairs = {
        "/".join(key): _sourced(_Pair(before.get(key), after.get(key)), base, head, renderer)
        for key in sorted({*before, *after}, key=lambda key: (order.index(key[0]), key[1]))
    }
    hider = Hider(renderer.cache.key)
    changes = {key: _change(pair, hider) for key, pair in pairs.items()}
    differing = {key: pair for key, pair in pairs.items() if not pair.alike}
    sources = [source for pair in differing.values() for source in (pair.old, pair.new)]
    outcomes = iter(renderer.render(sources))
    for key in differing:
        changes[key] = with_outcomes(changes[key], next(outcomes), next(outcomes))
    changes = _with_bumps(judged(changes, data_kinds(registry)), pairs, base, head)
    kept = {key: change for key, change in changes.items() if not change.empty}
    return Plan(
        base=base.label,
        head=head.label,
        applications=tuple(sorted(kept.values(), key=_badness)),
        projects=tuple(_projects(base, head, hider)),
        unchanged=len(changes) - len(kept),
        remarks=tuple(
            dict.fromkeys((*empty, *(pair.one.note for pair in pairs.values() if pair.one.note)))
        ),
    )


def _badness(change: ApplicationChange) -> int:
    """Return where a change stands in a list that begins with the worst."""
    worst = bool(change.unknown or change.failures) or change.dangerous
    return 0 if worst else 1 if change.flags else 2 if change.objects else 3


def _sourced(pair: _Pair, base: Side, head: Side, renderer: Renderer) -> _Pair:
    if pair.alike:
        return pair
    old = base.prepared(pair.before, renderer) if pair.before else _NOTHING
    new = head.prepared(pair.after, renderer) if pair.after else _NOTHING
    return replace(pair, old=old, new=new)


def _change(pair: _Pair, hider: Hider) -> ApplicationChange:
    """Return what is known of an Application without its objects."""
    before, after = pair.before, pair.after
    return ApplicationChange(
        environment=pair.one.environment,
        chart=pair.one.chart,
        application=pair.one.name,
        before=_revision(before),
        after=_revision(after),
        fields=_fields(before, after, hider),
        spec_before=before.application["spec"] if before else {},
        spec_after=after.application["spec"] if after else {},
    )


def _revision(ready: Ready | None) -> Revision | None:
    return Revision(ready.version, ready.revision, ready.note) if ready else None


def _fields(before: Ready | None, after: Ready | None, hider: Hider) -> tuple[Difference, ...]:
    if before is None or after is None or before.application == after.application:
        return ()
    found = differences(hider.hidden(before.application), hider.hidden(after.application))
    return tuple(item for item in found if item.keys not in _MOVE)


def _projects(base: Side, head: Side, hider: Hider) -> Iterable[ProjectChange]:
    old, new = base.objects.projects, head.objects.projects
    for environment in {**new, **old}:
        before, after = old.get(environment, {}), new.get(environment, {})
        found = differences(hider.hidden(before), hider.hidden(after)) if before != after else ()
        if found:
            yield ProjectChange(environment, found)


def _with_bumps(
    changes: Mapping[str, ApplicationChange],
    pairs: Mapping[str, _Pair],
    base: Side,
    head: Side,
) -> dict[str, ApplicationChange]:
    """Return the changes with what follows for the number of each chart that moves up.

    All environments that make the same step count together: the number is the chart's, not theirs.
    """
    steps: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for key, change in changes.items():
        step = _step(change)
        if step:
            steps[change.chart, *step].append(key)
    result = dict(changes)
    for (_, before, after), keys in steps.items():
        same = [changes[key] for key in keys]
        if any(change.unknown or change.failures for change in same):
            continue
        old, new = _keys(pairs[keys[0]].before, base), _keys(pairs[keys[0]].after, head)
        total = ChartChange(
            objects=tuple(item for change in same for item in change.objects),
            flags=tuple(item for change in same for item in change.flags),
            keys_removed=old - new,
            keys_added=new - old,
        )
        verdict = bump_verdict(before, after, total)
        result |= {key: replace(changes[key], bump=verdict) for key in keys}
    return result


def _step(change: ApplicationChange) -> tuple[str, str] | None:
    """Return the versions of a step up from one exact version to another."""
    if change.before is None or change.after is None:
        return None
    before, after = change.before.version, change.after.version
    return (before, after) if lower(before, after) else None


def _keys(ready: Ready | None, side: Side) -> frozenset[str]:
    if ready is None or ready.request is None or not ready.root:
        return frozenset()
    return chart_value_keys(side.tree_of(ready.root), ready.request.path)


def chart_value_keys(tree: GitTree, path: str) -> frozenset[str]:
    """Return the keys of a chart's values.yaml and, below their names, of its sub-charts'."""
    files = {
        file: entry.object_id
        for file in tree.folders.get(path, ())
        if file.endswith("/values.yaml") and (entry := tree.files[file]).kind == "blob"
    }
    contents = tree.repository.objects.blobs(files.values())
    found = set[str]()
    for file, blob in files.items():
        parts = file.removeprefix(f"{path}/").split("/")[:-1]
        if parts[::2] != ["charts"] * (len(parts) // 2) or len(parts) % 2:
            continue
        prefix = "".join(f"{name}." for name in parts[1::2])
        keys = value_keys(contents[blob].decode(errors="replace")) or frozenset()
        found |= {f"{prefix}{key}" for key in keys}
    return frozenset(found)


def data_kinds(registry: Registry) -> dict[str, tuple[str, ...]]:
    """Return the kinds that hold data by the registry's word, by chart."""
    return {chart.name: chart.data_kinds for chart in registry.charts}
