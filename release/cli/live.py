"""What is there beside what the stack files want: GitHub, Argo CD and the cluster, read alone."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import click

from release.charts.record import Registry
from release.estate import Environment, Estate
from release.github.checklist import Line, State, argocd_line, guard_lines
from release.github.environments import environments
from release.github.hub.client import Hub, HubError, escaped
from release.github.livesettings import Difference, Live, Unreadable, differences
from release.github.rulesets import rulesets
from release.github.suites import by_people, unsaid
from release.github.wire import Numbers
from release.monitoring.kubectl import cluster_of, look
from release.monitoring.preflight import cluster_lines, kubernetes_line
from release.promotion.bypasses import told_of
from release.repository.picture import Picture
from release.rules.argosettings import IN_CLUSTER_SERVER
from release.settings.governance import RepositorySettings

Answer = TypeVar("Answer")


def live_lines(
    estate: Estate, stacks: Collection[str], environment: Mapping[str, str]
) -> Iterator[Line]:
    """Yield what Argo CD and the clusters of some stacks say; unknown where none of them answers.

    `environment` names the kubeconfig.
    """
    places = {name: estate.environments[name] for name in stacks}
    for place in places.values():
        yield argocd_line(place, _argocd_version(place))
    yield from _clusters(replace(estate, environments=places), environment)


def _argocd_version(place: Environment) -> str | None:
    """Return the version that Argo CD tells anybody, None where it cannot be reached."""
    from requests import RequestException, get  # noqa: PLC0415 -- slow, and for few commands

    deployment = place.settings.deployment
    if deployment is None or deployment.applications is None:
        return None
    try:
        said = get(f"{deployment.applications.rstrip('/')}/api/version", timeout=10).json()
        return str(said["Version"])
    except (RequestException, ValueError, KeyError, TypeError):
        return None


def _clusters(estate: Estate, environment: Mapping[str, str]) -> Iterator[Line]:
    """Yield what each Argo CD's cluster says of what the stack files count on."""
    clusters: dict[tuple[str, str | None], dict[str, Environment]] = {}
    for name, place in estate.environments.items():
        context = getattr(place.settings.delivery, "context", None)
        clusters.setdefault((place.settings.argocd.namespace, context), {})[name] = place
    for (namespace, context), places in clusters.items():
        seen = look(namespace, context, environment)
        yield from cluster_lines(replace(estate, environments=places), seen)


def served_lines(estate: Estate, environment: Mapping[str, str]) -> Iterator[Line]:
    """Yield what each environment's cluster says of itself; `environment` names the kubeconfig.

    A context is that of Argo CD's own cluster, so charts that go to another one are not judged.
    """
    for place in estate.environments.values():
        context = getattr(place.settings.delivery, "context", None)
        near = place.settings.destination.server == IN_CLUSTER_SERVER
        yield kubernetes_line(place, cluster_of(context, environment) if context and near else None)


def live_governance(picture: Picture, estate: Estate, hub: Hub) -> tuple[Difference, ...]:
    """Return what of GitHub's guards is not as it must be, and what went past them untold.

    Bypasses are those of the last month that their commits do not tell of.
    """
    repository, clone = _governed(estate), picture.stacks.clone
    recorded = _told(lambda: tuple(_suites(repository, hub)))
    bypasses = unsaid(repository, recorded, partial(told_of, clone.repository, clone.landed.commit))
    return (*live_differences(picture.registry, estate, hub), *bypasses)


def governance_lines(registry: Registry, estate: Estate, hub: Hub) -> Iterator[Line]:
    """Yield one line for each guard that ought to be on GitHub."""
    found = estate.governed
    if found is None:
        remedy = "state hmco:repository in one stack file: docs/governance.md"
        yield Line("what guards the repository", State.UNKNOWN, remedy)
        return
    stack, repository = found
    abouts = (
        *(f"ruleset {each.name}" for each in rulesets(registry, estate, repository)),
        *(f"environment {each.name}" for each in environments(estate, repository)),
        "workflow permissions",
        "Actions permissions",
    )
    yield from guard_lines(abouts, live_differences(registry, estate, hub), stack)


def live_differences(registry: Registry, estate: Estate, hub: Hub) -> tuple[Difference, ...]:
    """Return every difference; a usage error where no stack file governs a repository."""
    repository = _governed(estate)
    every = rulesets(registry, estate, repository)
    places = environments(estate, repository)
    return tuple(
        differences(
            every,
            places,
            _numbers(repository, hub),
            Live(
                _rulesets(hub, {each.name for each in every}),
                {each.name: _asked(hub, f"/environments/{escaped(each.name)}") for each in places},
                {each.name: _branches(hub, each.name) for each in places if each.branch},
                _asked(hub, "/actions/permissions/workflow") or Unreadable("GitHub says nothing"),
                _asked(hub, "/actions/permissions") or Unreadable("GitHub says nothing"),
            ),
        )
    )


def recorded_bypasses(estate: Estate, hub: Hub) -> dict[str, str]:
    """Return who went past the rules in the last month and when, by the commit that landed last."""
    repository = _governed(estate)
    return {
        str(each.get("after_sha")): f"{each.get('actor_name') or 'somebody'}, "
        f"{each.get('pushed_at')}"
        for each in by_people(repository, _suites(repository, hub))
    }


def _suites(repository: RepositorySettings, hub: Hub) -> Iterator[Any]:
    asked = {
        "ref": f"refs/heads/{repository.default_branch}",
        "time_period": "month",
        "rule_suite_result": "bypass",
    }
    return hub.every("/rulesets/rule-suites", **asked)


def _governed(estate: Estate) -> RepositorySettings:
    found = estate.governed
    if found is None:
        raise click.UsageError("no stack file has hmco:repository, so there is nothing to compare")
    return found[1]


def _rulesets(hub: Hub, names: set[str]) -> dict[str, Any]:
    try:
        listed = {each["name"]: each["id"] for each in hub.every("/rulesets")}
    except HubError as error:
        return dict.fromkeys(names, Unreadable(str(error)))
    return {name: _asked(hub, f"/rulesets/{listed[name]}") for name in names & listed.keys()}


def _branches(hub: Hub, place: str) -> Any:  # noqa: ANN401 -- JSON
    path = f"/environments/{escaped(place)}/deployment-branch-policies"
    return _told(lambda: hub.find(path, per_page=100))


def _asked(hub: Hub, path: str) -> Any:  # noqa: ANN401 -- JSON
    """Return what is at a path, None where nothing is, Unreadable where GitHub does not tell."""
    return _told(lambda: hub.find(path))


def _told(question: Callable[[], Answer]) -> Answer | Unreadable:
    try:
        return question()
    except HubError as error:
        return Unreadable(str(error))


def _numbers(repository: RepositorySettings, hub: Hub) -> Numbers:
    """Return the numbers that the settings state, or that GitHub tells this token."""
    teams = {slug: number for slug, number in repository.teams.items() if number is not None}
    for slug in repository.teams.keys() - teams.keys():
        found: Any = _told(partial(hub.find, f"/orgs/{hub.owner}/teams/{escaped(slug)}"))
        if isinstance(found, dict) and isinstance(found.get("id"), int):
            teams[slug] = found["id"]
    app = repository.release_app
    found = {"id": app.id} if app.id else _told(lambda: hub.get(f"/apps/{escaped(app.slug)}"))
    known = isinstance(found, dict) and isinstance(found.get("id"), int)
    return Numbers(teams, {app.slug: found["id"]} if known else {})
