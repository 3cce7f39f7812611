"""Rules that only a rendering can decide: what Helm makes of a chart in each environment."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from release.charts.record import ClusterKind
from release.rendering.helmreleases import Release
from release.rendering.renderedobjects import RenderedObject, Rendering, Unknown
from release.rules.facts import Facts
from release.rules.images import images_of, judged_image
from release.rules.kubernetes import RETIRED, minor_of, oversize, refused_words
from release.rules.rendered import cluster_scoped
from release.rules.rule import Breach, Judged, Need, Severity, rule

_rendered = partial(rule, needs={Need.ESTATE, Need.HELM}, judges=Judged.RENDERING)


def _releases(facts: Facts) -> tuple[Release, ...]:
    return facts.rendered.releases if facts.rendered else ()


def _breaches(
    facts: Facts, found: Iterable[tuple[Release, str, str]], *, fix: str = ""
) -> Iterator[Breach]:
    """Yield one breach for each (release, template, words), with all environments that share it.

    The file is the template where it is in the checkout; a tag may hold one that is not.
    """
    environments: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for release, source, what in found:
        environments[release.chart, source, what].append(release.environment)
    for (chart, source, what), names in environments.items():
        file = _file(facts, chart, source)
        where = ", ".join(dict.fromkeys(names))
        yield Breach(file=file, what=f"{chart}: {what} (in {where})", chart=chart, fix=fix)


def _file(facts: Facts, chart: str, source: str) -> str:
    """Return the path of a template that Helm names from its chart's own name on."""
    return _template(facts, chart, source) or f"{facts.picture.folder_of(chart)}/Chart.yaml"


def _template(facts: Facts, chart: str, source: str) -> str | None:
    """Return the template's path in the checkout, None where an archive or a tag alone has it."""
    path = f"{facts.picture.folder_of(chart)}/{source.partition('/')[2]}"
    return path if source and facts.tree.text(path) is not None else None


def _objects(facts: Facts) -> Iterator[tuple[Release, RenderedObject]]:
    for release in _releases(facts):
        if isinstance(release.outcome, Rendering):
            for item in release.outcome.objects:
                yield release, item


def _told(
    facts: Facts, judge: Callable[[Release, RenderedObject], Iterable[str]]
) -> Iterator[Breach]:
    found = (
        (release, item.source, f"{item.identity} {what}")
        for release, item in _objects(facts)
        for what in judge(release, item)
    )
    yield from _breaches(facts, found)


@_rendered(
    fix="render it as Argo CD does and correct what Helm names",
    source="Argo CD: ComparisonError",
    example="helm/charts/vault/Chart.yaml:0: vault: does not render: nil pointer evaluating "
    "interface {}.host (in prod)",
)
def rendering_fails(facts: Facts) -> Iterator[Breach]:
    """Every chart renders with every environment's values.

    Argo CD cannot compare an Application whose chart does not render; nothing of it is applied.
    """
    found = (
        (release, "", f"does not render: {release.outcome.failure}")
        for release in _releases(facts)
        if isinstance(release.outcome, Rendering) and release.outcome.failure
    )
    yield from _breaches(facts, found)


@_rendered(
    severity=Severity.WARNING,
    fix="run the command that the finding names, then check again",
    source="design: unknown is never reported as unchanged",
    example="helm/charts/monitoring/Chart.yaml:0: monitoring: is not rendered: it depends on "
    "cost-analyzer, which is not in its charts/ folder (in prod)",
)
def rendering_unknown(facts: Facts) -> Iterator[Breach]:
    """Every chart can be rendered here.

    What nobody rendered, nobody judged: the rules on objects say nothing of this chart.
    """
    by_command: defaultdict[str, list[tuple[Release, str, str]]] = defaultdict(list)
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
    example="helm/charts/storage/Chart.yaml:0: storage: renders no object at all (in dev)",
)
def rendering_empty(facts: Facts) -> Iterator[Breach]:
    """A chart that runs somewhere renders something there.

    An empty release deletes what an earlier version had made, or stops an automated sync.
    """
    found = (
        (release, "", "renders no object at all")
        for release in _releases(facts)
        if release.outcome == Rendering()
    )
    yield from _breaches(facts, found)


@_rendered(
    fix="make it an object with apiVersion, kind and metadata.name, or take it out of templates/",
    source="Argo CD: Object 'Kind' is missing, seen with HMCo's own charts",
    example="helm/charts/monitoring/templates/alerts.yaml:0: monitoring: renders "
    "something that is a document without kind (in prod)",
)
def rendered_document(facts: Facts) -> Iterator[Breach]:
    """Every document that a chart renders is an object.

    Anything else fails the whole Application: Argo CD shows a ComparisonError and applies
    nothing.
    """
    found = (
        (release, flaw.source, f"renders something that {flaw.what}")
        for release in _releases(facts)
        if isinstance(release.outcome, Rendering)
        for flaw in release.outcome.flaws
    )
    yield from _breaches(facts, found)


@_rendered(
    severity=Severity.WARNING,
    fix="delete the copies; Argo CD applies the last one",
    source="Argo CD: RepeatedResourceWarning",
    example="helm/charts/data-platform/templates/trino.yaml:0: data-platform: Service trino is "
    "defined 2 times (in prod)",
)
def rendered_twice(facts: Facts) -> Iterator[Breach]:
    """A release defines an object once.

    Of several the last one silently wins, so that an edit of another one does nothing.
    """
    found = []
    for release in _releases(facts):
        outcome = release.outcome
        items = outcome.objects if isinstance(outcome, Rendering) else ()
        count = Counter(_place(facts, release, item) for item in items)
        last = {_place(facts, release, item): item for item in items}
        found += [
            (release, last[place].source, f"{last[place].identity} is defined {times} times")
            for place, times in count.items()
            if times > 1
        ]
    yield from _breaches(facts, found)


def _place(facts: Facts, release: Release, item: RenderedObject) -> tuple[str, ...]:
    """Return what makes an object this one in its cluster."""
    group, kind, namespace, name = item.identity
    if ClusterKind(group, kind) in cluster_scoped(facts):
        return release.server, group, kind, "", name
    return release.server, group, kind, namespace or release.namespace, name


@_rendered(
    fix="let one chart own the object",
    source="Argo CD: SharedResourceWarning, FailOnSharedResource",
    example="helm/charts/vault/templates/ns.yaml:0: vault: Namespace vault is deployed by "
    "vault-prod and security-prod (in prod)",
)
def rendered_by_two(facts: Facts) -> Iterator[Breach]:
    """One Application of a cluster owns an object.

    Both apply it in turn, the last sync wins, and the prune of one deletes the other's.
    """
    owners: defaultdict[tuple[str, ...], dict[str, tuple[Release, RenderedObject]]] = defaultdict(
        dict
    )
    for release, item in _objects(facts):
        name = str(release.application["metadata"]["name"])
        for state in _states(release) if not item.hook else ():
            owners[state, *_place(facts, release, item)].setdefault(name, (release, item))
    found = []
    for (state, *place), owned in owners.items():
        charts = {release.chart for release, _ in owned.values()}
        # What runs is told only where the checked files do not say it with all its owners.
        told = state == "running" and owned.keys() <= owners.get(("checked", *place), {}).keys()
        if len(charts) > 1 and not told:
            release, item = next(iter(owned.values()))
            names = " and ".join(sorted(owned))
            found.append((release, item.source, f"{item.identity} is deployed by {names}"))
    yield from _breaches(facts, found)


def _states(release: Release) -> Iterator[str]:
    """Yield the states that a release is part of: what runs, and what the checked files make."""
    if release.runs:
        yield "running"
    if release.own_tree:
        yield "checked"


@_rendered(
    fix="write the API version that the finding names",
    source="Kubernetes: deprecated API migration guide",
    example="helm/charts/vault/templates/pdb.yaml:0: vault: PodDisruptionBudget vault is of "
    "policy/v1beta1, gone since Kubernetes 1.25; write policy/v1 (in prod)",
)
def api_removed(facts: Facts) -> Iterator[Breach]:
    """The cluster's Kubernetes still serves every API version that a chart uses.

    The API server does not know the kind, and the sync fails.
    """
    yield from _told(facts, partial(_retired, removed=True))


@_rendered(
    severity=Severity.WARNING,
    fix="write the API version that the finding names, before the cluster is upgraded",
    source="Kubernetes: deprecated API migration guide",
    example="helm/charts/vault/templates/ep.yaml:0: vault: Endpoints vault is of v1, deprecated "
    "since Kubernetes 1.33; write discovery.k8s.io/v1 EndpointSlice (in prod)",
)
def api_deprecated(facts: Facts) -> Iterator[Breach]:
    """No chart uses an API version that Kubernetes is giving up.

    The next upgrade of the cluster may take it away.
    """
    yield from _told(facts, partial(_retired, removed=False))


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
    example="helm/charts/trino/Chart.yaml:0: trino: Deployment ui of "
    "trino/charts/ui/templates/ui.yaml: image acme/ui has no tag (in prod)",
)
def archived_image_mutable(facts: Facts) -> Iterator[Breach]:
    """Images of sub-charts in archives are named by a version or a digest.

    What `image-mutable` says of the checkout's own files holds for these too, and only rendering
    shows what the values make of them.
    """

    def judge(release: Release, item: RenderedObject) -> Iterator[str]:
        if _template(facts, release.chart, item.source) is None:
            for image in images_of(item.body):
                if found := judged_image(image):
                    yield f"of {item.source}: {found}"

    yield from _told(facts, judge)


@_rendered(
    fix="shorten or rewrite it; quote numbers and truth values in labels and annotations",
    source="Kubernetes: object names and IDs, labels and selectors",
    example="helm/charts/vault/templates/sts.yaml:0: vault: StatefulSet vault metadata.labels: "
    "version is 1.5 and must be text (in prod)",
)
def rendered_name(facts: Facts) -> Iterator[Breach]:
    """The API server accepts every name, label and annotation key.

    It refuses the object, and the sync fails.
    """
    yield from _told(facts, lambda _release, item: refused_words(item))


@_rendered(
    fix="split it, or apply it with the sync option ServerSideApply=true",
    source="Kubernetes: ConfigMap size, total size of annotations; etcd: request size limit",
    example="helm/charts/monitoring/templates/boards.yaml:0: monitoring: ConfigMap boards has "
    "1,700,000 bytes; etcd takes 1,572,864 (in prod)",
)
def rendered_size(facts: Facts) -> Iterator[Breach]:
    """Every object fits into etcd and into the annotation of a client-side apply.

    The API server refuses it, and the sync fails.
    """

    def judge(release: Release, item: RenderedObject) -> Iterator[str]:
        options = release.application["spec"].get("syncPolicy", {}).get("syncOptions") or ()
        what = oversize(item, server_side="ServerSideApply=true" in options)
        if what:
            yield what

    yield from _told(facts, judge)
