"""Rules on the stack files together: settings, holds, freezes, collisions and promotion order."""

from collections.abc import Callable, Iterator

from release.argocd.manifests import ApplicationRow
from release.estate import Environment
from release.promotion.chartfacts import never_ran
from release.promotion.gates import is_expired
from release.rules.facts import Facts, at_pin, at_setting
from release.rules.rule import Breach, Need, note, rule, warning
from release.settings.model import ClusterDelivery
from release.versions import is_version, lower


@rule(
    fix="correct the key; `hmco schema stack` lists what is allowed",
    source="design, stack settings",
)
def settings(facts: Facts) -> Iterator[Breach]:
    """The stack files are valid, each and together.

    `pulumi up` and every command refuse to work with them; rules that need them are left out.
    """
    for problem in facts.picture.setting_problems:
        key = f"{problem.key}: " if problem.key else ""
        chart = problem.key.removeprefix("versions.").removeprefix("holds.")
        yield Breach(
            file=facts.picture.stack_path(problem.file)
            if problem.file.endswith(".yaml")
            else problem.file,
            line=problem.line,
            what=f"{key}{problem.message}",
            chart=chart if chart in facts.registry.by_name else "",
        )


@rule(
    fix="correct the records",
    source="design, the one idea",
)
def registry(facts: Facts) -> Iterator[Breach]:  # noqa: ARG001 -- told before there are facts
    """The registry does not contradict itself.

    Nothing can be derived from it, so no command and no `pulumi up` works.
    """
    yield from ()


@rule(
    fix="write the same source.charts into every stack file",
    source="design, layout",
    needs={Need.ESTATE},
)
def charts_folder_differs(facts: Facts) -> Iterator[Breach]:
    """All environments read the charts from one folder.

    The registry has one chart tree; another environment would deploy charts that nothing here
    judges.
    """
    for environment in facts.environments:
        charts = environment.settings.source.charts
        if charts != facts.picture.charts_folder:
            what = f"reads charts from {charts}, not from {facts.picture.charts_folder}"
            yield at_setting(facts, environment, ("source", "charts"), what)


@warning(
    fix='lift it with: hmco unhold CHART --env ENVIRONMENT --reason "expired", or give it a '
    "new date",
    source="design, the promotion rules",
    needs={Need.ESTATE},
)
def hold_expired(facts: Facts) -> Iterator[Breach]:
    """No hold outlives its date.

    It stops nothing any more, yet the file says that it does, and its reason may never have been
    dealt with.
    """
    for environment in facts.environments:
        for chart, hold in environment.settings.holds.items():
            if is_expired(hold, facts.today):
                what = f"the hold of {chart} ({hold.reason}) ended on {hold.until}"
                fix = f'run: hmco unhold {chart} --env {environment.name} --reason "expired"'
                path = ("holds", chart)
                yield at_setting(facts, environment, path, what, chart=chart, fix=fix)


@note(
    fix="remove the entry from freezes",
    source="design, stack settings",
    needs={Need.ESTATE},
)
def freeze_past(facts: Facts) -> Iterator[Breach]:
    """Freezes that are over are removed.

    They stop nothing any more and hide the one that counts.
    """
    for environment in facts.environments:
        for index, freeze in enumerate(environment.settings.freezes):
            if freeze.last < facts.today.isoformat():
                what = f"the freeze ({freeze.reason}) ended on {freeze.last}"
                yield at_setting(facts, environment, ("freezes", index), what)


@rule(
    fix="give the environments different namespaces or clusters, or waive the rule in the "
    "registry with the reason",
    source="Argo CD, resource tracking; guide R10",
    needs={Need.ESTATE},
)
def shared_release(facts: Facts) -> Iterator[Breach]:
    """A release belongs to one environment.

    Cluster, namespace and name are what Helm and Argo CD know a release by: two environments that
    share them overwrite each other's objects, at different versions.
    """

    def release(place: Environment, row: ApplicationRow) -> _Key:
        return place.settings.destination.server, row.namespace, row.chart

    for place, row, owner in _taken(facts, release):
        what = f"{row.chart} in namespace {row.namespace} is deployed by {owner} too"
        yield at_pin(facts, place, row.chart, what)


_Key = tuple[str, str, str]


def _taken(
    facts: Facts, key: Callable[[Environment, ApplicationRow], _Key]
) -> Iterator[tuple[Environment, ApplicationRow, str]]:
    """Yield each Application whose key an earlier environment's has, with that one's name."""
    owners: dict[_Key, str] = {}
    for place, row in facts.applications:
        owner = owners.setdefault(key(place, row), place.name)
        if owner != place.name:
            yield place, row, owner


@rule(
    fix="rename the environment",
    source="Argo CD, declarative setup",
    needs={Need.ESTATE},
)
def application_name_twice(facts: Facts) -> Iterator[Breach]:
    """An Application's name is unique in its Argo CD.

    CHART-ENVIRONMENT can be the same text for two pairs; Argo CD then has one object that two
    stacks write.
    """

    def application(place: Environment, row: ApplicationRow) -> _Key:
        delivery = place.settings.delivery
        context = delivery.context if isinstance(delivery, ClusterDelivery) else ""
        return context, place.settings.argocd.namespace, row.application

    for place, row, owner in _taken(facts, application):
        what = f"the Application {row.application} is made by environment {owner} too"
        yield at_pin(facts, place, row.chart, what)


@rule(
    fix="promote the version into the source first, or roll the target back",
    source="guide R14, R36, fault F9",
    needs={Need.ESTATE},
)
def skipped_source(facts: Facts) -> Iterator[Breach]:
    """No environment runs what its sources never ran.

    A version that skipped staging was tested nowhere; the order of environments is the only
    rehearsal there is.
    """
    for environment, chart, version in facts.deployments:
        if environment.settings.follows_branch(chart) or not is_version(version):
            continue
        for source in environment.settings.promotes_from:
            breach = _never_ran(facts, source, chart, version)
            if breach:
                yield at_pin(facts, environment, chart, f"pins {chart} {version}, {breach}")


def _never_ran(facts: Facts, source: str, chart: str, version: str) -> str:
    settings = facts.picture.estate.environments[source].settings
    pin = settings.pin(chart)
    if pin in {None, version}:
        return ""
    had = None if facts.git.incomplete else facts.git.had.get((source, chart))
    if had is not None:
        # While the source followed a branch it ran whatever was cut from it.
        known = version in had or not all(map(is_version, had))
        return "" if known else f"but {never_ran(source, chart, version)} (it runs {pin})"
    if lower(pin, version) and chart not in settings.holds:
        return f"but {source} runs the older {pin}"
    return ""
