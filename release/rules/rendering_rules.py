"""Rules that only a rendering can decide: what Helm makes of a chart in each environment."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial, wraps

from release.charts.record import ClusterKind
from release.rendering.helmreleases import Release
from release.rendering.renderedobjects import RenderedObject, Rendering, Unknown
from release.rules.facts import Facts
from release.rules.images import images_of, judged_image
from release.rules.kubernetes import RETIRED, minor_of, oversize, refused_words
from release.rules.rendered import cluster_scoped
from release.rules.rule import Breach, Check, Judged, Need, Severity, rule

_rendered = partial(rule, needs={Need.ESTATE, Need.HELM}, judges=Judged.RENDERING)
_Found = tuple[Release, str, str]
"""A release, the template as Helm names it, "" for none, and what is wrong."""


def _releases(facts: Facts) -> tuple[Release, ...]:
    return facts.rendered.releases if facts.rendered else ()


def _renderings(facts: Facts) -> Iterator[tuple[Release, Rendering]]:
    for release in _releases(facts):
        if isinstance(release.outcome, Rendering):
            yield release, release.outcome


def _breaches(facts: Facts, found: Iterable[_Found], *, fix: str = "") -> Iterator[Breach]:
    """Yield one breach for all environments that share what was found.

    The file is the template where it is in the checkout; a tag may hold one that is not.
    """
    environments: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for release, source, what in found:
        environments[release.chart, source, what].append(release.environment)
    for (chart, source, what), names in environments.items():
        file = _template(facts, chart, source) or f"{facts.picture.folder_of(chart)}/Chart.yaml"
        where = ", ".join(dict.fromkeys(names))
        yield Breach(file=file, what=f"{chart}: {what} (in {where})", chart=chart, fix=fix)


def _template(facts: Facts, chart: str, source: str) -> str | None:
    """Return the path of a template that Helm names from its chart's own name on.

    None where it is not in the checkout, but in an archive or a tag.
    """
    path = f"{facts.picture.folder_of(chart)}/{source.partition('/')[2]}"
    return path if source and facts.picture.charts.text(path) is not None else None


def _of_releases(judge: Callable[[Facts], Iterable[_Found]]) -> Check:
    """Make a check of what yields whatever it finds in the releases."""

    @wraps(judge)
    def check(facts: Facts) -> Iterator[Breach]:
        return _breaches(facts, judge(facts))

    return check


def _of_objects(judge: Callable[[Facts, Release, RenderedObject], Iterable[str]]) -> Check:
    """Make a check of what yields all that is wrong with one object."""

    @wraps(judge)
    def found(facts: Facts) -> Iterator[_Found]:
        for release, rendering in _renderings(facts):
            for item in rendering.objects:
                for what in judge(facts, release, item):
                    yield release, item.source, f"{item.identity} {what}"

    return _of_releases(found)


@_rendered(
    fix="render it as Argo CD does and correct what Helm names",
    source="Argo CD: ComparisonError",
)
@_of_releases
def rendering_fails(facts: Facts) -> Iterator[_Found]:
    """Every chart renders with every environment's values.

    Argo CD cannot compare an Application whose chart does not render; nothing of it is applied.
    """
    for release, rendering in _renderings(facts):
        if rendering.failure:
            yield release, "", f"does not render: {rendering.failure}"


@_rendered(
    severity=Severity.WARNING,
    fix="run the command that the finding names, then check again",
    source="design: unknown is never reported as unchanged",
)
def rendering_unknown(facts: Facts) -> Iterator[Breach]:
    """Every chart can be rendered here.

    What nobody rendered, nobody judged: the rules on objects say nothing of this chart.
    """
    by_command: defaultdict[str, list[_Found]] = defaultdict(list)
    for release in _releases(facts):
        if isinstance(release.outcome, Unknown):
            what = f"is not rendered: {release.outcome.reason}"
            by_command[release.outcome.command].append((release, "", what))
    for command, found in by_command.items():
        yield from _breaches(facts, found, fix=f"run: {command}")


@_rendered(
    severity=Severity.WARNING,
    fix="switch something on in the environment's values, or take the chart out of its stack file",
    source="Argo CD: syncPolicy.automated.allowEmpty",
)
@_of_releases
def rendering_empty(facts: Facts) -> Iterator[_Found]:
    """A chart that runs somewhere renders something there.

    An empty release deletes what an earlier version had made, or stops an automated sync.
    """
    for release, rendering in _renderings(facts):
        if rendering == Rendering():
            yield release, "", "renders no object at all"


@_rendered(
    fix="make it an object with apiVersion, kind and metadata.name, or take it out of templates/",
    source="Argo CD: Object 'Kind' is missing, seen with HMCo's own charts",
)
@_of_releases
def rendered_document(facts: Facts) -> Iterator[_Found]:
    """Every document that a chart renders is an object.

    Anything else fails the whole Application: Argo CD shows a ComparisonError and applies
    nothing.
    """
    for release, rendering in _renderings(facts):
        for flaw in rendering.flaws:
            yield release, flaw.source, f"renders something that {flaw.what}"


@_rendered(
    severity=Severity.WARNING,
    fix="delete the copies; Argo CD applies the last one",
    source="Argo CD: RepeatedResourceWarning",
)
@_of_releases
def rendered_twice(facts: Facts) -> Iterator[_Found]:
    """A release defines an object once.

    Of several the last one silently wins, so that an edit of another one does nothing.
    """
    for release, rendering in _renderings(facts):
        copies: defaultdict[tuple[str, ...], list[RenderedObject]] = defaultdict(list)
        for item in rendering.objects:
            copies[_place(facts, release, item)].append(item)
        for items in copies.values():
            if len(items) > 1:
                last = items[-1]
                yield release, last.source, f"{last.identity} is defined {len(items)} times"


def _place(facts: Facts, release: Release, item: RenderedObject) -> tuple[str, ...]:
    """Return what makes an object this one in its cluster."""
    group, kind, namespace, name = item.identity
    if ClusterKind(group, kind) in cluster_scoped(facts):
        return release.server, group, kind, "", name
    return release.server, group, kind, namespace or release.namespace, name


@_rendered(
    fix="let one chart own the object",
    source="Argo CD: SharedResourceWarning, FailOnSharedResource",
)
@_of_releases
def rendered_by_two(facts: Facts) -> Iterator[_Found]:
    """Each object of a cluster belongs to one Application.

    Both apply it in turn, the last sync wins, and the prune of one deletes the other's.
    """
    owners: defaultdict[tuple[str, ...], dict[str, tuple[Release, RenderedObject]]] = defaultdict(
        dict
    )
    for release, rendering in _renderings(facts):
        name = str(release.application["metadata"]["name"])
        for item in rendering.objects:
            for state in _states(release) if not item.hook else ():
                owners[state, *_place(facts, release, item)].setdefault(name, (release, item))
    for (state, *place), owned in owners.items():
        charts = {release.chart for release, _ in owned.values()}
        # What runs is told only where the checked files do not say it with all its owners.
        told = state == "running" and owned.keys() <= owners.get(("checked", *place), {}).keys()
        if len(charts) > 1 and not told:
            release, item = next(iter(owned.values()))
            names = " and ".join(sorted(owned))
            yield release, item.source, f"{item.identity} is deployed by {names}"


def _states(release: Release) -> Iterator[str]:
    """Yield the states that a release is part of: what runs, and what the checked files make."""
    if release.runs:
        yield "running"
    if release.own_tree:
        yield "checked"


@_rendered(
    fix="write the API version that the finding names",
    source="Kubernetes: deprecated API migration guide",
)
@_of_objects
def api_removed(_: Facts, release: Release, item: RenderedObject) -> Iterator[str]:
    """The cluster's Kubernetes still serves every API version that a chart uses.

    The API server does not know the kind, and the sync fails.
    """
    return _retired(release, item, removed=True)


@_rendered(
    severity=Severity.WARNING,
    fix="write the API version that the finding names, before the cluster is upgraded",
    source="Kubernetes: deprecated API migration guide",
)
@_of_objects
def api_deprecated(_: Facts, release: Release, item: RenderedObject) -> Iterator[str]:
    """No chart uses an API version that Kubernetes is giving up.

    The next upgrade of the cluster may take it away.
    """
    return _retired(release, item, removed=False)


def _retired(release: Release, item: RenderedObject, *, removed: bool) -> Iterator[str]:
    found = RETIRED.get((item.api_version, item.kind))
    if found is None:
        return
    cluster = minor_of(release.cluster_version)
    gone = found.removed is not None and cluster >= found.removed
    if removed and gone:
        since = f"gone since Kubernetes 1.{found.removed}"
    elif not removed and not gone and cluster >= found.deprecated:
        since = f"deprecated since Kubernetes 1.{found.deprecated}"
    else:
        return
    yield f"is of {item.api_version}, {since}; write {found.instead}"


@_rendered(
    fix="name its version or digest in the values that the chart gives the sub-chart",
    source="guide R34; Kyverno policy disallow-latest-tag",
)
@_of_objects
def archived_image_mutable(facts: Facts, release: Release, item: RenderedObject) -> Iterator[str]:
    """Images of sub-charts in archives are named by a version or a digest.

    What `image-mutable` says of the checkout's own files holds for these too, and only rendering
    shows what the values make of them.
    """
    if _template(facts, release.chart, item.source) is None:
        for image in images_of(item.body):
            if found := judged_image(image):
                yield f"of {item.source}: {found}"


@_rendered(
    fix="shorten or rewrite it; quote numbers and truth values in labels and annotations",
    source="Kubernetes: object names and IDs, labels and selectors",
)
@_of_objects
def rendered_name(_: Facts, _release: Release, item: RenderedObject) -> Iterator[str]:
    """The API server accepts every name, label and annotation key.

    It refuses the object, and the sync fails.
    """
    return refused_words(item)


@_rendered(
    fix="split it, or apply it with the sync option ServerSideApply=true",
    source="Kubernetes: ConfigMap size, total size of annotations; etcd: request size limit",
)
@_of_objects
def rendered_size(_: Facts, release: Release, item: RenderedObject) -> Iterator[str]:
    """Every object fits into etcd and into the annotation of a client-side apply.

    The API server refuses it, and the sync fails.
    """
    options = release.application["spec"].get("syncPolicy", {}).get("syncOptions") or ()
    if what := oversize(item, server_side="ServerSideApply=true" in options):
        yield what
