"""Rules on tags: a pin needs one, and it must hold what it says."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from release.estate import Environment
from release.promotion.chartfacts import OFF_TRUNK_FIX, off_trunk
from release.promotion.chartfacts import wrong_tag as told_wrong
from release.promotion.cut import LAND_FIRST, tag_remedy
from release.repository.charttree import CHANGELOG_FILE, ChartFolder
from release.repository.releases import cut_commits
from release.rules.facts import Facts, at_field, at_pin, in_chart
from release.rules.rule import Breach, Need, Severity, note, rule, warning
from release.text.counted import first_few
from release.versions import lower, parse_version, tag_of

_SHOWN: Final = 3
_WHOLE: Final = "run: {git} fetch --unshallow --tags (in a workflow: fetch-depth: 0)"
_FETCH: Final = "fetch it: {git} fetch --tags; if nobody has it, "
_UNTAGGED: Final = (
    _FETCH + "tag the commit that carries the version, or take the section out of the changelog"
)


# Most rules here go through all of them.
@lru_cache(maxsize=4)
def _pins(facts: Facts) -> tuple[tuple[Environment, str, str, str], ...]:
    """Return environment, chart, version and tag of each pin."""
    return tuple(
        (environment, chart, version, tag_of(chart, version))
        for environment, chart, version in facts.deployments
        if not environment.settings.follows_branch(chart)
    )


@rule(
    fix=_WHOLE.format(git="git"),
    source="Git, shallow clones; actions/checkout",
)
def history_incomplete(facts: Facts) -> Iterator[Breach]:
    """The checkout has its whole history and its tags.

    Without them nothing says whether a pin's tag exists and holds what was released, so those rules
    are left out.
    """
    if facts.git.unread:
        fix = _WHOLE.format(git=facts.picture.charts.clone.repository.git)
        yield Breach(file=facts.picture.charts_folder, what=facts.git.unread, fix=fix)


@rule(
    fix=(_FETCH + "set it, or name a version that was cut: {git} tag --list 'CHART-*'").format(
        git="git"
    ),
    source="guide R25, R34, fault F15; Argo CD, tracking strategies",
    needs={Need.GIT, Need.ESTATE},
)
def pin_untagged(facts: Facts) -> Iterator[Breach]:
    """Every pinned version has its tag.

    Argo CD looks for exactly that tag; without it the environment can neither sync nor roll back.
    """
    git = facts.git
    for environment, chart, version, tag in _pins(facts):
        if tag in git.tags:
            continue
        folder = facts.folder_of(chart)
        here = folder is not None and folder.chart_yaml.version == version
        if folder and here and git.landed.get(folder.path) != version:
            what = f"{tag} is to be tagged when this change lands"
            yield at_pin(facts, environment, chart, what, fix=LAND_FIRST, severity=Severity.NOTE)
        else:
            what = f"pins {chart} {version}, but there is no tag {tag}"
            commit = cut_commits(facts.picture, chart).get((chart, version))
            clone = facts.picture.charts.clone
            fix = tag_remedy(chart, version, commit, clone.landed.remote, clone.repository.git)
            yield at_pin(facts, environment, chart, what, fix=fix)


@rule(
    fix="pin a version whose tag is right; never move a tag, cut a new version instead",
    source="design, versions and pins; guide R4",
    needs={Need.GIT, Need.ESTATE},
)
def wrong_tag(facts: Facts) -> Iterator[Breach]:
    """A pinned tag's Chart.yaml carries the tag's name and version.

    The tag was set on another commit, or moved: what runs is not what the pin says.
    """
    git = facts.git
    for environment, chart, version, tag in _pins(facts):
        if tag not in git.stated:
            continue
        found = git.stated[tag]
        carries = found.version if found is not None and found.name == chart else None
        if carries != version:
            yield at_pin(facts, environment, chart, told_wrong(chart, version, carries))


@rule(
    fix=OFF_TRUNK_FIX,
    source="guide R15, R24; design, versions and pins",
    needs={Need.GIT, Need.ESTATE},
)
def tag_off_branch(facts: Facts) -> Iterator[Breach]:
    """A pinned tag is on the default branch.

    What was never merged was never reviewed, and the next version cut from the branch does not
    contain it.
    """
    git = facts.git
    for environment, chart, _, tag in _pins(facts):
        if tag in git.off_trunk:
            yield at_pin(facts, environment, chart, off_trunk(tag, git.trunk))


@rule(
    fix="cut a version that has the file and promote it",
    source="Argo CD, Helm (valueFiles)",
    needs={Need.GIT, Need.ESTATE},
)
def value_file_missing_at_pin(facts: Facts) -> Iterator[Breach]:
    """Every value file that an Application names exists at its pin.

    Argo CD reads value files at the pinned revision, not on the branch; a missing one renders
    nothing.
    """
    git = facts.git
    for environment, chart, _, tag in _pins(facts):
        path = facts.picture.folder_of(chart)
        for file in facts.registry.by_name[chart].value_files_in(environment.name):
            if (tag, f"{path}/{file}") in git.lacking:
                folder = facts.folder_of(chart)
                if folder is not None and folder.has(file):
                    yield at_pin(facts, environment, chart, f"tag {tag} has no {file}")


def _changed(facts: Facts) -> Iterator[tuple[str, str, ChartFolder, tuple[str, ...]]]:
    """Yield name, released version, folder and changed files of each chart that has some."""
    for name, folder, chart in facts.registered:
        files, version = facts.git.changed.get(folder.path, ()), chart.version or ""
        if files and tag_of(name, version) in facts.git.tags:
            yield name, version, folder, files


def _announced(folder: ChartFolder) -> bool:
    """Tell whether the changelog of the top-level chart has something to be released."""
    changelog = folder.top.changelog
    unreleased = changelog.unreleased if changelog else None
    return unreleased is not None and unreleased.has_content


@rule(
    fix="say what changed under `## [Unreleased]`, or cut a version with: hmco cut CHART patch",
    source="guide R4, R7, fault F16",
    needs={Need.GIT, Need.FILES},
)
def released_files_changed(facts: Facts) -> Iterator[Breach]:
    """A released version's files do not change under the same number.

    Two different contents carry one version: dev runs the one, the tag holds the other, and nobody
    is told that there is something to promote.
    """
    for name, version, folder, files in _changed(facts):
        if not _announced(folder):
            yield at_field(
                folder,
                "version",
                f"{name} {version} is released, but {first_few(files, _SHOWN)} "
                f"{'differs' if len(files) == 1 else 'differ'} from tag {tag_of(name, version)}",
                fix="say what changed under `## [Unreleased]` in "
                f"{CHANGELOG_FILE}, or run: hmco cut {name} patch",
            )


@note(
    fix="cut the next version when it is time: hmco cut CHART patch",
    source="design, versions and pins",
    needs={Need.GIT, Need.FILES},
)
def unreleased_changes(facts: Facts) -> Iterator[Breach]:
    """Changes that wait for their version are shown.

    Only environments that follow the branch run them.
    """
    for name, version, folder, files in _changed(facts):
        if _announced(folder):
            what = f"{name} has changes since {version} ({first_few(files, _SHOWN)})"
            fix = f"run: hmco cut {name} patch (or minor, major)"
            yield at_field(folder, "version", what, fix=fix)


@rule(
    fix="cut the next version above the highest tag; to go back, roll back the pin",
    source="guide R4, R42, fault F5",
    needs={Need.GIT},
)
def version_lower_than_tag(facts: Facts) -> Iterator[Breach]:
    """Chart.yaml's version is the highest that was released, or higher.

    A version is unique and higher than the one before it; going back puts new contents under an
    old number.
    """
    for name, folder, chart in facts.registered:
        tags = facts.picture.charts.clone.tags_of(name)
        released = [v for v, tag in tags.items() if tag.name in facts.git.landed_tags]
        highest = max(released, key=parse_version, default="")
        if lower(chart.version or "", highest):
            what = f"{name} has {chart.version}, but {highest} was released (tag exists)"
            yield at_field(folder, "version", what)


@warning(
    fix=_UNTAGGED.format(git="git"),
    source="fault F15; guide R4",
    needs={Need.GIT},
)
def release_untagged(facts: Facts) -> Iterator[Breach]:
    """What the changelog calls released has its tag.

    Its link leads nowhere, nothing can be pinned to it, and a rollback to it is not possible.
    """
    git = facts.git
    fix = _UNTAGGED.format(git=facts.picture.charts.clone.repository.git)
    pinned = {tag for *_, tag in _pins(facts)}
    for chart, folder in facts.top_level:
        landed = git.landed.get(folder.path, "")
        for release in folder.changelog.releases if folder.changelog else ():
            tag = tag_of(chart.name, release.version)
            if tag in git.tags or tag in pinned:
                continue
            if release.version == landed or lower(release.version, landed):
                what = f"{chart.name}: {release.version} has a section, but no tag {tag}"
                yield in_chart(folder, CHANGELOG_FILE, what, line=release.line, fix=fix)
