"""The facts of one chart for one decision, each asked of Git only where the decision needs it."""

from collections.abc import Collection, Container, Iterable, Mapping
from datetime import datetime

from release.charts import changelog
from release.charts.changelog import Changelog
from release.promotion.changelognotes import Message
from release.promotion.chartfacts import ChartFacts, Landing, Tag
from release.promotion.route import Route, sources_of
from release.repository.chartchanges import last_changes, read_last_changes
from release.repository.charttree import CHANGELOG_FILE, CHART_FILE
from release.repository.clone import Clone
from release.repository.git.commits import log_commits, read_commits
from release.repository.git.errors import GitError, HistoryIncompleteError
from release.repository.git.log import landings
from release.repository.git.refs import Tag as GitTag
from release.repository.picture import Picture
from release.repository.pinhistory import PinChange, PinHistory, pin_history, read_pin_history
from release.repository.releases import cut_commits, statement_of, statements
from release.repository.revision import Revision
from release.repository.worktree import WorkTree
from release.text.errors import EditRefusedError
from release.versions import is_version, parse_version, tag_of


def facts_of_cut(picture: Picture, chart: str) -> ChartFacts:
    """Return what a cut needs: Chart.yaml, changelog, tags, and commits if nothing else speaks."""
    version = _version(picture, chart)
    log_file = f"{picture.folder_of(chart)}/{CHANGELOG_FILE}"
    log = _changelog(picture, chart)
    lies_here = log is None and WorkTree(picture.charts.clone).text(log_file) is not None
    tags = picture.charts.clone.tags_of(chart)
    sub_chart = picture.registry.sub_by_name.get(chart) if log is None else None
    speaking = _changelog(picture, sub_chart.parent) if sub_chart else log
    unreleased = bool(speaking and speaking.unreleased and speaking.unreleased.has_content)
    return ChartFacts(
        version=version,
        trunk=picture.charts.clone.trunk.name,
        tags={name: Tag(name) for name in tags},
        changed_since_release=version in tags and _differs(picture, chart, tags[version].commit),
        has_changelog=log is not None,
        speaker=sub_chart.parent if sub_chart and speaking else None,
        uncommitted=log_file if lies_here else None,
        unreleased=unreleased,
        sections=frozenset(item.version for item in log.releases) if log else frozenset(),
        commits=_messages(picture, chart, tags),
        remote=picture.charts.clone.trunk.remote,
        git=picture.charts.clone.repository.git,
        cut_in=_cut_in(picture, chart, tags, [version]),
    )


def facts_of_promotion(picture: Picture, route: Route) -> ChartFacts:
    """Return what a promotion on this way needs; HistoryIncompleteError in a shallow clone."""
    chart, clone = route.chart, picture.charts.clone
    # The rules ask of the sub-charts' tags as well: one call for all.
    tags = _carried(picture, chart, clone.tags_in(clone.trunk.commit, *picture.of([chart]).shown))
    # The target's other sources count as well: what ran there may be pinned here.
    places = (*sources_of(picture.estate, chart, route.target), route.target)
    past = _landings(picture, chart, [place.name for place in places])
    if route.source is not None and not route.from_trunk:
        return ChartFacts(
            version="",
            trunk=picture.stacks.clone.trunk.name,
            tags=tags,
            pushed=any(
                _pushed(picture.stacks.clone, pin.commit) for pin in past[route.source.name][-1:]
            ),
            landings=past,
            remote=clone.trunk.remote,
            git=clone.repository.git,
            cut_in=_cut_in(picture, chart, tags, [route.source.settings.versions[chart]]),
        )
    branch = route.source.settings.source.branch if route.source else None
    trunk = clone.branch(branch) if branch else clone.trunk
    folders = {chart: picture.folder_of(chart)}
    last = read_last_changes(clone.repository, trunk.commit, folders).get(chart)
    return facts_of_cut(picture, chart)._replace(
        trunk=trunk.name,
        tags=tags,
        changed_at=last.landed_at if last else None,
        pushed=last is not None and _pushed(clone, last.commit),
        differs_from_trunk=_differs(picture, chart, trunk.commit),
        landings=past,
    )


def facts_of_rollback(picture: Picture, chart: str, environment: str) -> ChartFacts:
    """Return what a rollback needs: every version the environment ever ran, and their tags.

    HistoryIncompleteError in a shallow clone.
    """
    tags, past = _carried(picture, chart), _landings(picture, chart, [environment])
    ran = [landing.value or "" for landing in past[environment]]
    return ChartFacts(
        version="",
        trunk=picture.stacks.clone.trunk.name,
        tags=tags,
        landings=past,
        remote=picture.charts.clone.trunk.remote,
        git=picture.charts.clone.repository.git,
        cut_in=_cut_in(picture, chart, tags, filter(is_version, ran)),
    )


def facts_of_all(picture: Picture, charts: Iterable[str]) -> dict[str, ChartFacts]:
    """Return what `status` tells, for many charts by the same few calls of git.

    HistoryIncompleteError in a shallow clone.
    """
    clone = picture.charts.clone
    folders = {chart: picture.folder_of(chart) for chart in charts}
    branch = _followed(picture)
    trunk = clone.branch(branch) if branch else clone.trunk
    # What follows the branch runs what its trunk states, wherever the checkout is.
    versions = _versions(picture, trunk.commit, folders)
    released = {
        chart: tag.commit
        for chart, version in versions.items()
        if (tag := clone.tags_of(chart).get(version)) and tag.commit
    }
    places = [(trunk.commit, folder) for folder in folders.values()]
    places += [(commit, folders[chart]) for chart, commit in released.items()]
    trees = clone.trees(places)
    pins = {pin for place in picture.environments for pin in place.settings.pins.items()}
    carried = carried_versions(picture, pins)
    changed, history = _past(picture, trunk.commit, folders)
    result = {}
    for chart, folder in folders.items():
        commit = released.get(chart)
        result[chart] = ChartFacts(
            version=versions[chart],
            trunk=trunk.name,
            tags={v: Tag(carried.get((chart, v), v)) for v in clone.tags_of(chart)},
            changed_at=changed.get(chart),
            changed_since_release=commit is not None
            and trees[trunk.commit, folder] != trees[commit, folder],
            landings={
                place.name: landings_of(history.of(place.name, chart))
                for place in picture.environments
            },
        )
    return result


def author_of(picture: Picture) -> str:
    """Return Git's user as `Name <address>`, empty if none is set."""
    said = []
    for key in ("user.name", "user.email"):
        try:
            output = picture.stacks.clone.repository.run("config", "--get", key)
        except GitError:
            output = b""
        said.append(output.decode("utf-8", errors="replace").strip())
    name, address = said
    return f"{name} <{address}>" if name and address else name or address


def landings_of(changes: Iterable[PinChange]) -> tuple[Landing, ...]:
    """Return what an environment said of a chart, oldest first, from changes newest first."""
    moved = [Landing(c.after, c.landed_at, c.commit) for c in changes if c.moved]
    return tuple(reversed(moved))


def carried_versions(
    picture: Picture, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], str | None]:
    """Return what Chart.yaml states at the tag of each (chart, version), in two calls of git."""
    clone = picture.charts.clone
    names = {
        (chart, version): f"{tag.commit}:{picture.folder_of(chart)}/{CHART_FILE}"
        for chart, version in wanted
        if (tag := clone.tags_of(chart).get(version)) and tag.commit
    }
    found = statements(clone, names)
    return {
        place: said.version or None
        if (said := found.get(place)) and said.name == place[0]
        else None
        for place in wanted
    }


def _followed(picture: Picture) -> str | None:
    """Return the branch that charts follow in some environment, None where all are pinned."""
    sources = (place.settings.source for place in picture.environments)
    return next((source.branch for source in sources if source.branch), None)


def _past(
    picture: Picture, trunk: str, folders: Mapping[str, str]
) -> tuple[dict[str, datetime], PinHistory]:
    """Return when the charts last changed and the history of pins, from one log where one has both.

    HistoryIncompleteError in a shallow clone.
    """
    charts, stacks = picture.charts.clone.repository, picture.stacks.clone
    files = picture.stack_paths()
    if picture.one_clone and stacks.trunk.commit == trunk:
        log = tuple(landings(charts, trunk, picture.charts_folder, *files.values()))
        history = pin_history(charts, log, files)
        history.require_complete()
        changed = last_changes(charts, log, folders)
    else:
        history = read_pin_history(stacks.repository, stacks.trunk.commit, files)
        history.require_complete()
        changed = read_last_changes(charts, trunk, folders)
    return {chart: last.landed_at for chart, last in changed.items()}, history


def _versions(picture: Picture, commit: str, folders: Mapping[str, str]) -> dict[str, str]:
    """Return what Chart.yaml of each folder states in the commit, or here where it has none."""
    names = {chart: f"{commit}:{folder}/{CHART_FILE}" for chart, folder in folders.items()}
    stated = statements(picture.charts.clone, names)
    # One that cannot be read from the commit is reported with its own error.
    return {
        chart: (said.version if said else "") or _version(picture, chart)
        for chart, said in stated.items()
    }


def _pushed(clone: Clone, landing: str) -> bool:
    """Tell whether a landing is not a merge: Git then knows when it was committed, and no more.

    What a forge merges it commits itself at that moment, whether squashed or rebased, by an address
    that nobody reads.
    """
    (commit,) = read_commits(clone.repository, [landing]).values()
    return len(commit.parents) < 2 and not commit.committer.email.startswith("noreply@")  # noqa: PLR2004 -- a merge has two


def _cut_in(
    picture: Picture, chart: str, tags: Container[str], versions: Iterable[str]
) -> Mapping[str, str] | None:
    """Return where each version was cut, if one of those asked for has no tag; else nobody asks.

    HistoryIncompleteError in a shallow clone.
    """
    if all(version in tags for version in versions):
        return None
    repository = picture.charts.clone.repository
    if repository.shallow_boundary:
        raise HistoryIncompleteError(f"which commits cut {chart} is unknown", repository.git)
    return {version: commit for (_, version), commit in cut_commits(picture, chart).items()}


def _landings(
    picture: Picture, chart: str, environments: Iterable[str]
) -> dict[str, tuple[Landing, ...]]:
    files, clone = picture.stack_paths(environments), picture.stacks.clone
    history = read_pin_history(clone.repository, clone.trunk.commit, files)
    history.require_complete()
    return {name: landings_of(history.of(name, chart)) for name in files}


def _carried(
    picture: Picture, chart: str, on_trunk: frozenset[str] | None = None
) -> dict[str, Tag]:
    """Return the chart's tags with the version that Chart.yaml states at each."""
    tags = picture.charts.clone.tags_of(chart)
    carried = carried_versions(picture, [(chart, version) for version in tags])
    return {
        version: Tag(
            carried[chart, version], on_trunk is None or tag_of(chart, version) in on_trunk
        )
        for version in tags
    }


def _version(picture: Picture, chart: str) -> str:
    path = f"{picture.folder_of(chart)}/{CHART_FILE}"
    text = picture.charts.editable(path)
    if text is None:
        raise _no_chart(picture, chart, path)
    version = statement_of(text.encode()).version
    if not version:
        raise EditRefusedError(path, "states no version", "add a line such as: version: 0.1.0")
    return version


def _no_chart(picture: Picture, chart: str, path: str) -> EditRefusedError:
    """Return why the commit's Chart.yaml cannot be read here, and what makes it readable."""
    clone, commit, folder = picture.charts.clone, picture.charts.commit, picture.folder_of(chart)
    git = clone.repository.git
    if commit is not None and Revision(clone, commit).text(path) is not None:
        remedy = f"add its folder: {git} sparse-checkout add {folder}"
        return EditRefusedError(path, "lies outside this sparse checkout", remedy)
    if WorkTree(clone).text(path) is not None:
        return EditRefusedError(
            path,
            "is not committed",
            f'commit it first: {git} add :/{folder} && {git} commit -m "Add {chart}"',
        )
    remedy = f"create the chart {chart}, or name the checkout that holds it with --repo"
    return EditRefusedError(path, "is missing", remedy)


def _changelog(picture: Picture, chart: str) -> Changelog | None:
    text = picture.charts.editable(f"{picture.folder_of(chart)}/{CHANGELOG_FILE}")
    return None if text is None else changelog.parse(text)


def _differs(picture: Picture, chart: str, commit: str | None) -> bool:
    """Tell whether the chart's folder holds something else than at another commit, if there is."""
    here, folder = picture.charts.commit or "", picture.folder_of(chart)
    return commit is not None and picture.charts.clone.differs(folder, here, commit)


def _messages(picture: Picture, chart: str, tags: Mapping[str, GitTag]) -> tuple[Message, ...]:
    """Return what the commits say since the newest version that the commit's history holds.

    In a shallow clone, where every commit seems to touch all at its end, that is not known, nor
    whether one of them breaks something: HistoryIncompleteError.
    """
    clone, head = picture.charts.clone, picture.charts.commit or "HEAD"
    if clone.repository.shallow_boundary:
        what = f"what changed {chart} since its last version is unknown"
        raise HistoryIncompleteError(what, clone.repository.git)
    # A version of a branch that was never merged says nothing about the commits here.
    merged = clone.tags_in(head, chart)
    reached = (version for version in tags if tag_of(chart, version) in merged)
    newest = max(reached, key=parse_version, default="")
    span = (head, f"^{tags[newest].commit}") if newest else (head,)
    wanted = ("--no-merges", "--end-of-options", *span, "--", picture.folder_of(chart))
    commits = log_commits(clone.repository, *wanted).values()
    return tuple(Message(each.subject, each.body, each.object_id) for each in commits)
