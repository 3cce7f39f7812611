"""Exact chart versions, their tags and the revisions Argo CD is given (SemVer 2.0.0)."""

from functools import lru_cache
from typing import Final

import semver

LABEL_LIMIT: Final = 63
"""A Kubernetes label value holds at most this many characters, and every version becomes one."""


class VersionError(ValueError):
    """A text is not an exact version; the message says why and what one looks like."""


@lru_cache(maxsize=65536)
def parse_version(text: str) -> semver.Version:
    """Return the exact version that the text states.

    Raises VersionError for a range, a `v` prefix, a leading zero or `latest` (SemVer 2.0.0 §2, §9),
    for build metadata (§10: it has no precedence, and a label cannot hold its `+`), and for a
    version that is too long for a label or ends as no label may.
    """
    try:
        version = semver.Version.parse(text)
    except (ValueError, TypeError) as error:
        shown = repr(text) if len(repr(text)) <= LABEL_LIMIT else f"{repr(text)[:40]}..."
        raise VersionError(
            f"{shown} is not an exact version (MAJOR.MINOR.PATCH[-PRERELEASE], e.g. 1.4.0)"
        ) from error
    if len(text) > LABEL_LIMIT:
        raise VersionError(
            f"{text[:40]!r}... is {len(text)} characters long; a version is at most {LABEL_LIMIT}, "
            "what a Kubernetes label holds"
        )
    if version.build is not None:
        raise VersionError(
            f"{text!r} carries build metadata; write {text.split('+', maxsplit=1)[0]!r}"
        )
    if text.endswith("-"):
        raise VersionError(
            f"{text!r} ends with a hyphen, which a Kubernetes label may not; write another one"
        )
    return version


def is_version(text: str) -> bool:
    """Tell whether the text is an exact version in the sense of parse_version."""
    try:
        parse_version(text)
    except VersionError:
        return False
    return True


@lru_cache(maxsize=65536)
def lower(version: str, than: str) -> bool:
    """Tell whether a version has lower precedence (SemVer 2.0.0 §11); False if one is none."""
    try:
        return bool(parse_version(version) < parse_version(than))
    except VersionError:
        return False


def typed_version(text: str) -> str:
    """Return a version that a person typed with a `v` in front of it without that, else the text.

    For the command line alone: in a file, where a machine reads it, the `v` stays wrong.
    """
    bare = text.removeprefix("v")
    return bare if is_version(bare) else text


def tag_of(chart: str, version: str) -> str:
    """Return the name of the tag that marks a chart's version, as upstream's changelogs link it."""
    return f"{chart}-{version}"


def tag_ref(chart: str, version: str) -> str:
    """Return the full ref of that tag, the only form that Argo CD resolves to exactly that tag."""
    return f"refs/tags/{tag_of(chart, version)}"
