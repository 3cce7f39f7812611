"""What Git and the chart's folder say about one chart, gathered before anything is decided."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from release.promotion.changelognotes import Message
from release.versions import is_version, lower, tag_of


class Tag(NamedTuple):
    """A chart's version tag: the version its Chart.yaml states there, None where it has none."""

    carries: str | None
    on_trunk: bool = True


OFF_TRUNK_FIX: Final = (
    "merge the tagged commit into the default branch, or pin a version cut from it"
)


CHANGELOG_FIX: Final = (
    "add CHANGELOG.md: a title, `## [Unreleased]` and the present `## [x.y.z] - YYYY-MM-DD`, "
    "each with `### Added` and an entry, and at the end `[x.y.z]: ` and the address of its release"
)


def off_trunk(tag: str, trunk: str) -> str:
    """Return what is wrong with a tag that no commit of the trunk holds."""
    return f"tag {tag} is not part of {trunk}"


def wrong_tag(chart: str, version: str, carries: str | None) -> str:
    """Return what is wrong with a tag whose Chart.yaml is not that of its name."""
    said = f"Chart.yaml says {chart} {carries}" if carries else f"there is no {chart}"
    return f"at tag {tag_of(chart, version)} {said}"


def never_ran(environment: str, chart: str, version: str) -> str:
    """Return that a source never had a version."""
    return f"{environment} never ran {chart} {version}"


class Landing(NamedTuple):
    """What one environment's stack file said of one chart since this moment.

    `value` is a version or a branch, None where the chart was not deployed. The moment is when
    the change landed on the default branch, not when somebody wrote it.
    """

    value: str | None
    at: datetime
    commit: str = ""


class ChartFacts(NamedTuple):
    """One chart as it stands in HEAD and on the default branch, `trunk`.

    `version` is what Chart.yaml states. `changed_at` is when the folder last changed on the trunk;
    `pushed` tells that what the source runs landed without a merge, so that its moment is when it
    was committed; `changed_since_release` whether the folder differs from the tag of `version`;
    `differs_from_trunk` whether HEAD holds something else than the trunk. `commits` are the
    messages of the commits since that tag which touched the folder, newest first. A sub-chart has
    no changelog of its own, so `unreleased` is what its parent's, `speaker`, says; `uncommitted` is
    the path of a changelog that the work tree alone has. `landings` are oldest first, by
    environment. `remote` has the trunk, None where it is a branch of this clone alone. `cut_in`
    names the commit that first stated each version, None where nobody looked. `git` is how advice
    calls it for the checkout of the charts.
    """

    version: str
    trunk: str = "main"
    tags: Mapping[str, Tag] = MappingProxyType({})
    changed_at: datetime | None = None
    pushed: bool = False
    changed_since_release: bool = False
    differs_from_trunk: bool = False
    has_changelog: bool = True
    speaker: str | None = None
    uncommitted: str | None = None
    unreleased: bool = False
    sections: frozenset[str] = frozenset()
    commits: tuple[Message, ...] = ()
    landings: Mapping[str, tuple[Landing, ...]] = MappingProxyType({})
    remote: str | None = None
    cut_in: Mapping[str, str] | None = None
    git: str = "git"

    @property
    def never_cut(self) -> bool:
        """Tell whether Chart.yaml states a version that no changelog and no tag knows yet."""
        unknown = self.version not in self.sections and self.version not in self.tags
        return self.has_changelog and unknown

    def landed(self, environment: str, value: str) -> datetime | None:
        """Return since when the environment runs what `value` names on the trunk, if it does.

        Of a branch that is its last change of the chart, or when the environment began to follow.
        """
        landings = self.landings.get(environment, ())
        if not landings or landings[-1].value != value:
            return None
        if is_version(value):
            return landings[-1].at
        return max(landings[-1].at, self.changed_at) if self.changed_at else None

    def ran(self, environment: str, version: str) -> bool:
        """Tell whether the environment was pinned to the version, now or at any earlier time."""
        return any(landing.value == version for landing in self.landings.get(environment, ()))


def good_pins(landings: Iterable[Landing]) -> tuple[str, ...]:
    """Return the versions an environment was pinned to, newest first, without the bad ones.

    The bad ones are those of `bad_pins`.
    """
    order, bad = _pins_by_outcome(landings)
    return tuple(version for version in reversed(order) if version not in bad)


def bad_pins(landings: Iterable[Landing]) -> frozenset[str]:
    """Return the versions that an environment was rolled back from, landings oldest first.

    A version that a lower one replaced was rolled back from, until somebody chooses it again.
    """
    return frozenset(_pins_by_outcome(landings)[1])


def _pins_by_outcome(landings: Iterable[Landing]) -> tuple[dict[str, None], set[str]]:
    order: dict[str, None] = {}
    bad: set[str] = set()
    before: str | None = None
    for landing in landings:
        value = landing.value
        if value is None or not is_version(value):
            before = None
            continue
        if before is not None and lower(value, before):
            bad.add(before)
        bad.discard(value)
        order.pop(value, None)
        order[value] = None
        before = value
    return order, bad
