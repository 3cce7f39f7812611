"""What Git says of released versions, in the form that the rules ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Statement:
    """Name and version as a Chart.yaml states them at some commit."""

    name: str
    version: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Released:
    """Tags, and what they and the default branch hold.

    `incomplete` says why history is not whole, "" where it is. `stated` has what Chart.yaml says at
    each pinned tag (None: no Chart.yaml there). `changed` has, by folder, the files that differ
    from the tag of the version that the folder's Chart.yaml names. `landed` has the versions of
    Chart.yaml on the default branch by folder. `lacking` are (tag, path) of value files that an
    Application reads and the tag has not. `had` are all versions that an environment has pinned,
    by (environment, chart).
    """

    default_branch: str
    incomplete: str = ""
    tags: frozenset[str] = frozenset()
    off_branch: frozenset[str] = frozenset()
    stated: Mapping[str, Statement | None] = field(default_factory=dict)
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    landed: Mapping[str, str] = field(default_factory=dict)
    lacking: frozenset[tuple[str, str]] = frozenset()
    had: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
