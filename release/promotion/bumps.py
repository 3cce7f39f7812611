"""Which version is meant: an exact one, or the next major, minor or patch."""

from difflib import get_close_matches
from typing import Final

import semver

from release.promotion.decision import Reason
from release.versions import VersionError, parse_version

KEYWORDS: Final = ("major", "minor", "patch")
_NEAR: Final = 0.7
"""How like a keyword a word must be; `main` is not meant to be `minor`."""


def wanted_version(asked: str, present: str) -> str | Reason:
    """Return the exact version that is asked for, counted from the present one (guide R2).

    As everywhere in the field, a pre-release counts towards the release it precedes: `patch` of
    1.1.0-rc.1 is 1.1.0. Returns a Reason for anything but a keyword or an exact version.
    """
    if asked not in KEYWORDS:
        checked = checked_version(asked)
        if isinstance(checked, Reason):
            near = get_close_matches(asked.lower(), KEYWORDS, n=1, cutoff=_NEAR)
            remedy = (
                f"did you mean {near[0]}?" if near else "say major, minor or patch, or name one"
            )
            return checked._replace(remedy=remedy)
        return checked
    try:
        version = parse_version(present)
    except VersionError as error:
        return Reason(
            "version",
            f"Chart.yaml's version cannot be bumped: {error}",
            "correct it by hand, or name an exact version",
        )
    return str(_next(version, asked))


def checked_version(text: str) -> str | Reason:
    """Return the text if it is an exact version, else the Reason why not."""
    try:
        return str(parse_version(text))
    except VersionError as error:
        return Reason("version", str(error), "name an exact version", misuse=True)


def _next(version: semver.Version, keyword: str) -> semver.Version:
    final = version.replace(prerelease=None)
    if version.prerelease is not None and (
        keyword == "patch"
        or (keyword == "minor" and version.patch == 0)
        or (keyword == "major" and version.minor == version.patch == 0)
    ):
        return final
    if keyword == "major":
        return final.bump_major()
    return final.bump_minor() if keyword == "minor" else final.bump_patch()
