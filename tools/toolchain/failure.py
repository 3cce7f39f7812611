"""The two ways in which getting a tool can go wrong."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ToolchainError(Exception):
    """The run ends here: the message names the offender, the reason and the command that helps."""


class NoReleaseError(Exception):
    """No release of a tool can be had here; the message is the reason, and the tool is built."""


_ELSEWHERE = "Choose another place: HMCO_CACHE=/some/dir make up"
NO_SPACE_FIX = f"Free some space (8 GB are enough for every tool). {_ELSEWHERE}"


@contextmanager
def explained(action: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` below `path` into a `ToolchainError` that says what to do about it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        where = error.filename or path
        fix = NO_SPACE_FIX if error.errno in {errno.ENOSPC, errno.EDQUOT} else _ELSEWHERE
        raise ToolchainError(f"cannot {action}: {where}: {reason}.\n{fix}") from error
