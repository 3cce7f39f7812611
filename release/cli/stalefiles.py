"""Generated files in the checkout: which of them are not as they must be, and writing them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from release.github.generated import RepositoryFiles, stale_files
from release.github.names import RULESETS, WORKFLOWS
from release.text.atomic import Change, read_text, recover, write_all

_OURS: Final = {RULESETS: "*.json", WORKFLOWS: "*.yml"}
"""The folders that hold files of ours, and how these are named."""


def stale_below(top: Path, wanted: RepositoryFiles, *folders: str) -> dict[str, str | None]:
    """Return path -> text of each file that is not as it must be; None where it must not be.

    In these folders nothing of ours may stand that is not wanted.
    """
    found = (file for folder in folders for file in (top / folder).glob(_OURS[folder]))
    listed = sorted(file.relative_to(top).as_posix() for file in found)
    return stale_files(wanted, listed, partial(_present, top))


def write_stale(top: Path, stale: Mapping[str, str | None]) -> None:
    """Write all of these files, and delete those that must not be there, or do nothing.

    An interrupted write is finished first.
    """
    recover(top)
    for path in stale:
        (top / path).parent.mkdir(parents=True, exist_ok=True)
    write_all(
        top, {Path(path): Change.of_text(_present(top, path), t) for path, t in stale.items()}
    )


def _present(top: Path, path: str) -> str | None:
    file = top / path
    return read_text(file) if file.is_file() else None
