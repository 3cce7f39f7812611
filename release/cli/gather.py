"""The facts of one chart for one decision, each asked of Git only where the decision needs it."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from release.charts import changelog, chart_yaml
from release.charts.changelog import Changelog
from release.cli.checkout import Checkout, Tree
from release.promotion.facts import ChartFacts, Landing, Tag
from release.promotion.route import Route, sources_of
from release.repository.chartchanges import (
    ChartChanges,
    commits_touching,
    folders_at,
    last_changes,
    read_last_changes,
    tags_reaching,
)
from release.repository.git.errors import GitError, HistoryIncompleteError
from release.repository.git.log import landings
from release.repository.git.objects import read_blobs, resolve
from release.repository.git.refs import Tag as GitTag
from release.repository.pinhistory import PinChange, pin_history, pinned_since, read_pin_history
from release.text.errors import EditRefusedError
from release.versions import is_version, parse_version, tag_of

Key = TypeVar("Key")


def facts_of_cut(checkout: Checkout, chart: str) -> ChartFacts:
    """Return what a cut needs: Chart.yaml, changelog, tags, and commits if nothing else speaks."""
    tree = checkout.charts
    folder = _folder(checkout, chart)
    version = _version(checkout, chart)
    log = _changelog(checkout, chart)
    tags = tags_of(tree, chart)
    sub_chart = checkout.registry.sub_by_name.get(chart) if log is None else None
    speaking = _changelog(checkout, sub_chart.parent) if sub_chart else log
    unreleased = bool(speaking and speaking.unreleased and speaking.unreleased.has_content)
    head = tree.state.commit or ""
    return ChartFacts(
        version=version,
        trunk=tree.trunk.name,
        tags={name: Tag(name) for name in tags},
        changed_since_release=_differs(tree, folder, head, tags.get(version)),
        has_changelog=log is not None,
        speaker=sub_chart.parent if sub_chart else None,
        unreleased=unreleased,
        sections=frozenset(item.version for item in log.releases) if log else frozenset(),
        commits=() if unreleased or log is None else _subjects(tree, chart, folder, tags),
    )


def facts_of_promotion(checkout: Checkout, route: Route) -> ChartFacts:
    """Return what a promotion on this way needs; HistoryIncompleteError in a shallow clone."""
    return _of_trunk(checkout, route) if route.from_trunk else _of_pin(checkout, route)


def facts_of_rollback(checkout: Checkout, chart: str, environment: str) -> ChartFacts:
    """Return what a rollback needs: every version the environment ever ran, and their tags.

    HistoryIncompleteError in a shallow clone.
    """
    return ChartFacts(
        version="",
        trunk=checkout.stacks.trunk.name,
        tags=_carried(checkout, chart),
        landings=_landings(checkout, chart, [environment]),
    )


def facts_of_all(checkout: Checkout, charts: Iterable[str]) -> dict[str, ChartFacts]:
    """Return what `status` tells, for many charts by the same few calls of git.

    HistoryIncompleteError in a shallow clone.
    """
    charts = tuple(charts)
    tree, head = checkout.charts, checkout.charts.state.commit or ""
    folders = {chart: _folder(checkout, chart) for chart in charts}
    trunk = tree.branch(branch) if (branch := _followed(checkout)) else tree.trunk
    tags = tags_by_chart(tree, charts)
    versions = _versions(checkout, folders)
    places = [(head, folder) for folder in folders.values()]
    places += [
        (commit, folders[chart])
        for chart, version in versions.items()
        if (commit := _commit(tags[chart], version))
    ]
    trees = folders_at(tree.repository, places)
    carried = carried_versions(checkout, _pinned_tags(checkout, tags))
    changed, past = _past(checkout, trunk.commit, folders)
    result = {}
    for chart, folder in folders.items():
        version = versions[chart]
        released = _commit(tags[chart], version)
        last = changed.last(chart)
        result[chart] = ChartFacts(
            version=version,
            trunk=trunk.name,
            tags={v: Tag(carried.get((chart, v), v)) for v in tags[chart]},
            changed_at=last.landed_at if last else None,
            changed_since_release=released is not None
            and trees[head, folder] != trees[released, folder],
            landings=past[chart],
        )
    return result


def author_of(checkout: Checkout) -> str:
    """Return Git's user as `Name <address>`, empty if none is set."""
    said = []
    for key in ("user.name", "user.email"):
        try:
            output = checkout.stacks.repository.run("config", "--get", key)
        except GitError:
            output = b""
        said.append(output.decode("utf-8", errors="replace").strip())
    name, address = said
    return f"{name} <{address}>" if name and address else name or address


def tags_of(tree: Tree, chart: str) -> Mapping[str, GitTag]:
    """Return the chart's version tags by version; a tag of no exact version is none of them."""
    return tags_by_chart(tree, [chart])[chart]


def tags_by_chart(tree: Tree, charts: Iterable[str]) -> dict[str, dict[str, GitTag]]:
    """Return version tags by chart and version. `a-1.0.0-b` may be split in one way only."""
    found: dict[str, dict[str, GitTag]] = {chart: {} for chart in charts}
    for name, tag in tree.refs.tags.items():
        for index, letter in enumerate(name):
            if letter == "-" and name[:index] in found and is_version(name[index + 1 :]):
                found[name[:index]][name[index + 1 :]] = tag
    return found


def landings_of(changes: Iterable[PinChange]) -> tuple[Landing, ...]:
    """Return what an environment said of a chart, oldest first, from changes newest first."""
    moved = [Landing(c.after, c.landed_at, c.commit) for c in changes if c.moved]
    return tuple(reversed(moved))


def stack_paths(checkout: Checkout, environments: Iterable[str]) -> dict[str, str]:
    """Return the stack files of environments as Git names them."""
    tree, layout = checkout.stacks, checkout.layout
    return {name: tree.relative(layout.stack_file(name)) for name in environments}


def _followed(checkout: Checkout) -> str | None:
    """Return the branch that charts follow in some environment, None where all are pinned."""
    sources = (place.settings.source for place in checkout.estate.environments.values())
    return next((source.branch for source in sources if source.branch), None)


def _commit(tags: Mapping[str, GitTag], version: str) -> str | None:
    tag = tags.get(version)
    return tag.commit if tag else None


def _pinned_tags(
    checkout: Checkout, tags: Mapping[str, Mapping[str, GitTag]]
) -> list[tuple[str, str, GitTag]]:
    """Return the tags that some environment pins, each once."""
    pins = {
        (chart, version)
        for place in checkout.estate.environments.values()
        for chart, version in place.settings.versions.items()
    }
    return [
        (chart, version, tags[chart][version])
        for chart, version in sorted(pins)
        if version in tags.get(chart, {})
    ]


def _past(
    checkout: Checkout, trunk: str, folders: Mapping[str, str]
) -> tuple[ChartChanges, dict[str, dict[str, tuple[Landing, ...]]]]:
    """Return the charts' last changes and the landings of pins, from one log where one holds both.

    HistoryIncompleteError in a shallow clone.
    """
    charts, stacks = checkout.charts.repository, checkout.stacks
    files = stack_paths(checkout, checkout.estate.environments)
    if checkout.one_tree and stacks.trunk.commit == trunk:
        log = tuple(landings(charts, trunk, checkout.layout.charts, *files.values()))
        changed = last_changes(charts, log, folders)
        history = pin_history(charts, log, files)
    else:
        changed = read_last_changes(charts, trunk, folders)
        history = read_pin_history(stacks.repository, stacks.trunk.commit, files)
    for name in files:
        history.require_complete(name)
    return changed, {
        chart: {name: landings_of(history.of(name, chart)) for name in files} for chart in folders
    }


def _versions(checkout: Checkout, folders: Mapping[str, str]) -> dict[str, str]:
    """Return what Chart.yaml of each folder states in the commit checked out."""
    head = checkout.charts.state.commit or ""
    names = {chart: f"{head}:{folder}/Chart.yaml" for chart, folder in folders.items()}
    stated = _stated_at(checkout, names)
    # One that cannot be told from the commit is told with its own error.
    return {
        chart: version if (version := stated[chart][1]) else _version(checkout, chart)
        for chart in folders
    }


def _of_trunk(checkout: Checkout, route: Route) -> ChartFacts:
    tree, chart = checkout.charts, route.chart
    facts = facts_of_cut(checkout, chart)
    folder = _folder(checkout, chart)
    branch = route.source.settings.source.branch if route.source else None
    trunk = tree.branch(branch) if branch else tree.trunk
    last = read_last_changes(tree.repository, trunk.commit, {chart: folder}).last(chart)
    trees = folders_at(tree.repository, [(tree.state.commit or "", folder), (trunk.commit, folder)])
    return ChartFacts(
        version=facts.version,
        trunk=trunk.name,
        tags=_carried(checkout, chart, _trunk_tags(checkout, chart)),
        changed_at=last.landed_at if last else None,
        changed_since_release=facts.changed_since_release,
        differs_from_trunk=len(set(trees.values())) > 1,
        has_changelog=facts.has_changelog,
        speaker=facts.speaker,
        unreleased=facts.unreleased,
        sections=facts.sections,
        commits=facts.commits,
        landings=_landings(checkout, chart, [*_others(checkout, route), route.target.name]),
    )


def _of_pin(checkout: Checkout, route: Route) -> ChartFacts:
    tree, chart = checkout.stacks, route.chart
    source = route.source.name if route.source else ""
    file = stack_paths(checkout, [source])[source]
    trunk = tree.trunk
    change = pinned_since(tree.repository, trunk.commit, source, file, chart)
    own = {source: landings_of([change])} if change else {}
    return ChartFacts(
        version="",
        trunk=trunk.name,
        tags=_carried(checkout, chart, _trunk_tags(checkout, chart)),
        landings={
            **_landings(checkout, chart, [*_others(checkout, route), route.target.name]),
            **own,
        },
    )


def _others(checkout: Checkout, route: Route) -> list[str]:
    """Return the target's other sources, whose past counts as well."""
    sources = sources_of(checkout.estate, route.chart, route.target)
    return [place.name for place in sources if place is not route.source]


def _trunk_tags(checkout: Checkout, chart: str) -> frozenset[str]:
    """Return which of the chart's tags lie on the trunk."""
    tree = checkout.charts
    return tags_reaching(tree.repository, tree.trunk.commit, f"{chart}-*")


def _landings(
    checkout: Checkout, chart: str, environments: Iterable[str]
) -> dict[str, tuple[Landing, ...]]:
    files = stack_paths(checkout, environments)
    if not files:
        return {}
    tree = checkout.stacks
    history = read_pin_history(tree.repository, tree.trunk.commit, files)
    for name in files:
        history.require_complete(name)
    return {name: landings_of(history.of(name, chart)) for name in files}


def _carried(
    checkout: Checkout, chart: str, on_trunk: frozenset[str] | None = None
) -> dict[str, Tag]:
    """Return the chart's tags with the version that Chart.yaml states at each."""
    tags = tags_of(checkout.charts, chart)
    wanted = [(chart, version, tag) for version, tag in tags.items()]
    carried = carried_versions(checkout, wanted)
    return {
        version: Tag(
            carried[chart, version], on_trunk is None or tag_of(chart, version) in on_trunk
        )
        for version in tags
    }


def carried_versions(
    checkout: Checkout, wanted: Iterable[tuple[str, str, GitTag]]
) -> dict[tuple[str, str], str | None]:
    """Return what Chart.yaml states at each tag (chart, version, tag), in two calls of git."""
    names = {
        (chart, version): f"{tag.commit}:{_folder(checkout, chart)}/Chart.yaml"
        for chart, version, tag in wanted
        if tag.commit is not None
    }
    stated = _stated_at(checkout, names)
    return {
        (chart, version): stated[chart, version][1]
        if (chart, version) in stated and stated[chart, version][0] == chart
        else None
        for chart, version, _ in wanted
    }


def _stated_at(
    checkout: Checkout, names: Mapping[Key, str]
) -> dict[Key, tuple[str | None, str | None]]:
    """Return name and version that each Chart.yaml (`COMMIT:PATH`) states, in two calls of git."""
    repository = checkout.charts.repository
    found = resolve(repository, names.values())
    blobs = {
        key: info.object_id
        for key, name in names.items()
        if (info := found[name]) is not None and info.kind == "blob"
    }
    contents = read_blobs(repository, blobs.values())
    said = {blob: _stated(text.decode(errors="replace")) for blob, text in contents.items()}
    return {key: said[blobs[key]] if key in blobs else (None, None) for key in names}


def _folder(checkout: Checkout, chart: str) -> str:
    return checkout.registry.path_of(chart, checkout.layout.charts)


def _version(checkout: Checkout, chart: str) -> str:
    path = checkout.layout.chart_file(checkout.registry, chart, "Chart.yaml")
    text = checkout.charts.committed_text(path)
    shown = checkout.charts.relative(path)
    if text is None:
        raise EditRefusedError(shown, "is missing", f"create the chart {chart}, or use --repo")
    _, version = _stated(text)
    if version is None:
        raise EditRefusedError(shown, "states no version", "add a line such as: version: 0.1.0")
    return version


@lru_cache(maxsize=8192)
def _stated(text: str) -> tuple[str | None, str | None]:
    """Return name and version of a Chart.yaml; most tags hold the text that HEAD holds too."""
    said = chart_yaml.parse(text)
    return said.name, said.version


def _changelog(checkout: Checkout, chart: str) -> Changelog | None:
    path: Path = checkout.layout.chart_file(checkout.registry, chart, "CHANGELOG.md")
    text = checkout.charts.committed_text(path)
    return None if text is None else changelog.parse(text)


def _differs(tree: Tree, folder: str, head: str, tag: GitTag | None) -> bool:
    if tag is None or tag.commit is None:
        return False
    trees = folders_at(tree.repository, [(head, folder), (tag.commit, folder)])
    return len(set(trees.values())) > 1


def _subjects(tree: Tree, chart: str, folder: str, tags: Mapping[str, GitTag]) -> tuple[str, ...]:
    """Return the subjects since the newest version that HEAD holds.

    HistoryIncompleteError in a shallow clone: where it ends, every commit seems to touch all.
    """
    if tree.state.shallow:
        raise HistoryIncompleteError(f"what changed {chart} since its last version is unknown")
    head = tree.state.commit or "HEAD"
    # A version of a branch that was never merged says nothing about the commits here.
    merged = tags_reaching(tree.repository, head, f"{chart}-*")
    reached = (version for version in tags if tag_of(chart, version) in merged)
    newest = max(reached, key=parse_version, default=None)
    since = tags[newest].commit if newest is not None else None
    commits = commits_touching(tree.repository, head, folder, since=since)
    return tuple(commit.subject for commit in commits)
