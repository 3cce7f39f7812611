"""Rules on what templates create: namespaces they fix and objects that exist once per cluster."""

from collections.abc import Iterable, Iterator, Mapping

from release.argocd.manifests import cluster_kinds, permitted_namespaces
from release.charts.record import ClusterKind
from release.estate import Environment
from release.repository.charttree import ChartFolder
from release.rules.facts import Facts, at_record
from release.rules.rendered import Deployed, cluster_scoped, deployed_objects
from release.rules.rule import Breach, Need, Severity, note, rule
from release.rules.templates import Text

_Group = tuple[str, str, str, str, tuple[str, ...]]


def _refused(
    facts: Facts, permitted: Mapping[str, frozenset[str]]
) -> Mapping[_Group, list[tuple[str, Text]]]:
    """Return kind and namespace of the objects that a file fixes where it is not permitted.

    By chart, file, the object itself where Helm rendered it, namespace, and who does not permit it.
    """
    groups: dict[_Group, list[tuple[str, Text]]] = {}
    scoped = cluster_scoped(facts)
    for item in deployed_objects(facts):
        kind, alone = item.object.kind, _rendered_name(item)
        for namespace in item.object.namespaces if item.object.group_kind not in scoped else ():
            value = namespace.value
            refused = tuple(e.name for e in item.environments if value not in permitted[e.name])
            if refused and value and not namespace.computed:
                key = (item.chart.name, item.object.file, f"{kind} {alone}" if alone else "", value)
                groups.setdefault((*key, refused), []).append((kind, namespace))
    return groups


def _fixed(facts: Facts, *, owned: bool) -> Iterator[Breach]:
    """Yield a breach for each namespace that a file fixes and a project refuses.

    It is told at the first of the file's objects, or at each that Helm rendered; `owned` asks for
    the namespaces that another environment of the cluster permits, else for those that none does.
    """
    permitted = {
        each.name: frozenset(permitted_namespaces(each.settings, facts.charts_of(each)))
        for each in facts.environments
    }
    servers = {each.name: each.settings.destination.server for each in facts.environments}
    for (chart, file, alone, value, refused), objects in _refused(facts, permitted).items():
        clusters = {servers[name] for name in refused}
        owners = [n for n in servers if value in permitted[n] and servers[n] in clusters]
        if bool(owners) != owned:
            continue
        more = f" and {len(objects) - 1} more" if len(objects) > 1 and not alone else ""
        certain = any(namespace.certain for _, namespace in objects)
        where = "in" if certain else "may come into"
        what = f"{chart}: {alone or objects[0][0]}{more} {where} the fixed namespace {value}"
        others = ", ".join(refused)
        owner = f"which belongs to {', '.join(owners)}, from {others} too"
        said = _said(facts, refused, f"namespace {value}", "'") if alone else ""
        yield Breach(
            file=file,
            line=objects[0][1].line,
            what=f"{what}, {owner if owned else f'which {others} does not permit'}{said}",
            chart=chart,
            severity=None if certain else Severity.WARNING,
        )


def _rendered_name(item: Deployed) -> str:
    """Return the name of an object that Helm rendered, "" for one read from its template."""
    return item.object.name.value if item.object.rendered and item.object.name else ""


def _said(facts: Facts, refusing: Iterable[str], what: str, mark: str = "") -> str:
    """Return what Argo CD will say in these environments at the sync (controller/sync.go)."""
    projects = {each.name: f"{mark}{each.settings.project}{mark}" for each in facts.environments}
    said = dict.fromkeys(f"{what} is not permitted in project {projects[e]}" for e in refusing)
    return "".join(f"; Argo CD: {words}" for words in said)


@rule(
    fix="write `namespace: {{ .Release.Namespace }}`, or leave the line out",
    source="Argo CD, projects (destinations); guide R10",
    needs={Need.ESTATE},
)
def namespace_collides(facts: Facts) -> Iterator[Breach]:
    """No template writes into another environment's namespace.

    metadata.namespace in a template beats the Application's own: every environment of the cluster
    writes the same object, the last sync wins, and a prune deletes the other's.
    """
    yield from _fixed(facts, owned=True)


@rule(
    fix="write `namespace: {{ .Release.Namespace }}`, or add the namespace to the chart's "
    "fixed_namespaces in the registry",
    source="Argo CD, projects (destinations)",
    needs={Need.ESTATE},
)
def namespace_not_permitted(facts: Facts) -> Iterator[Breach]:
    """The AppProject permits every namespace that a template fixes.

    Argo CD refuses the object at sync, and with it the whole Application stays as it is.
    """
    yield from _fixed(facts, owned=False)


@note(
    fix="remove it from the chart's fixed_namespaces in the registry",
    source="design, least privilege of AppProjects",
)
def fixed_namespace_idle(facts: Facts) -> Iterator[Breach]:
    """The registry lists no fixed namespace that the chart does not name.

    The AppProject permits a namespace that nothing is written to.
    """
    for chart, top in facts.top_level:
        missing = _unnamed(top, chart.fixed_namespaces, values=True)
        if missing:
            listed = f"the record of {chart.name} lists {missing} in fixed_namespaces"
            yield at_record(facts, chart.name, f"{listed}, which no template names")


def _unnamed(top: ChartFolder, wanted: Iterable[str], *, values: bool) -> str:
    """Return which of the words stand in no template, with `values` in no value file either."""
    missing = set(wanted)
    for folder in (top, *top.sub_folders) if missing else ():
        for file in (*folder.manifests, *(folder.value_files if values else ())):
            text = folder.text(file) or ""
            missing -= {word for word in missing if word in text}
    return ", ".join(sorted(missing))


@rule(
    fix="put `{{ .Release.Namespace }}` into the name, or deploy the object once per cluster "
    "by a chart of its own",
    source="Argo CD, sync options (FailOnSharedResource)",
    needs={Need.ESTATE},
)
def cluster_object_shared(facts: Facts) -> Iterator[Breach]:
    """No two environments of a cluster own one cluster-scoped object.

    The name exists once per cluster: the second environment's sync fails, or takes the object away
    from the first, and deleting one deletes the other's.
    """
    scoped = cluster_scoped(facts)
    for item in deployed_objects(facts):
        name = item.object.name
        if name is None or item.object.group_kind not in scoped or not _same_everywhere(name):
            continue
        sharing = _sharing(item.environments)
        if sharing:
            names = ", ".join(environment.name for environment in sharing)
            yield Breach(
                file=item.object.file,
                line=name.line,
                what=f"{item.chart.name}: {item.object.kind} {name.value} is owned by {names}, all "
                f"on {sharing[0].settings.destination.server}",
                chart=item.chart.name,
            )


def _same_everywhere(name: Text) -> bool:
    rest = name.value
    for constant in ("{{ .Release.Name }}", "{{ .Chart.Name }}"):
        rest = rest.replace(constant, "").replace(constant.replace(" ", ""), "")
    return "{{" not in rest


def _sharing(environments: tuple[Environment, ...]) -> tuple[Environment, ...]:
    by_cluster: dict[str, list[Environment]] = {}
    for environment in environments:
        by_cluster.setdefault(environment.settings.destination.server, []).append(environment)
    return next((tuple(each) for each in by_cluster.values() if len(each) > 1), ())


@rule(
    fix="add the kind to the chart's cluster_kinds in the registry",
    source="Argo CD, projects (clusterResourceWhitelist)",
    needs={Need.ESTATE},
)
def cluster_kind_unlisted(facts: Facts) -> Iterator[Breach]:
    """The registry lists every cluster-scoped kind that a chart creates.

    An AppProject permits only the cluster-scoped kinds it lists; Argo CD refuses the others at
    sync.
    """
    scoped = cluster_scoped(facts)
    permitted = {
        each.name: set(cluster_kinds(each.settings, facts.charts_of(each)))
        for each in facts.environments
    }
    told = set[tuple[str, ClusterKind, str]]()
    for item in deployed_objects(facts):
        kind = item.object.group_kind
        if kind not in scoped:
            continue
        # The chart's own record, another chart's or CreateNamespace may have opened the project.
        refused = [e.name for e in item.environments if kind not in permitted[e.name]]
        name = _rendered_name(item)
        if refused and (item.chart.name, kind, name) not in told:
            told.add((item.chart.name, kind, name))
            named = " ".join(filter(None, (kind.kind, name, kind.group and f"({kind.group})")))
            said = _said(facts, refused, f"resource {kind.group}:{kind.kind}") if name else ""
            yield Breach(
                file=item.object.file,
                line=item.object.line,
                what=f"{item.chart.name}: {named} is not permitted in {', '.join(refused)}{said}",
                chart=item.chart.name,
            )


@note(
    fix="remove the kind from the chart's cluster_kinds in the registry",
    source="design, least privilege of AppProjects",
)
def cluster_kind_idle(facts: Facts) -> Iterator[Breach]:
    """The registry lists no cluster-scoped kind that the chart does not create.

    The AppProject permits more than its charts need.
    """
    for chart, top in facts.top_level:
        missing = _unnamed(
            top, (f"kind: {kind.kind}" for kind in chart.cluster_kinds), values=False
        )
        if missing:
            kinds = missing.replace("kind: ", "")
            listed = f"the record of {chart.name} lists {kinds} in cluster_kinds"
            yield at_record(facts, chart.name, f"{listed}, which no template creates")
