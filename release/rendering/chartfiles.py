"""A chart's files out of a tree of Git, laid down as Helm has to find them.

No link is ever made: what a link of the repository points to is written as a file, and one that
leads out of the repository is refused, as Argo CD refuses the whole repository for it.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

from release.rendering.request import Request
from release.repository.charttree import CHART_FILE, REQUIREMENTS_FILE
from release.repository.git.checkout import Repository
from release.repository.git.objects import TreeEntry

SOURCE_FILES: Final = (".argocd-source.yaml", ".argocd-source-")
_STATEMENTS: Final = (f"/{CHART_FILE}", f"/{REQUIREMENTS_FILE}")
_LOCAL: Final = re.compile(rb"file://([^\s'\"},]+)")
_DEEPEST_LINK: Final = 8
_MOST_FILES: Final = 10_000


class ChartFilesError(ValueError):
    """The chart cannot be laid down as Argo CD would find it; the message says why."""


@dataclass(frozen=True)
class GitTree:
    """Every file of one tree of Git by path: what a request may read."""

    repository: Repository
    files: Mapping[str, TreeEntry]
    folders: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, repository: Repository, revision: str) -> "GitTree":
        """Return the tree of a commit, or the tree itself, read with one call of git."""
        entries = repository.entries(f"{revision}^{{tree}}", recursive=True)
        files = {entry.path: entry for entry in entries if entry.kind != "tree"}
        folders: dict[str, list[str]] = {}
        for path in files:
            folder = posixpath.dirname(path)
            while folder:
                folders.setdefault(folder, []).append(path)
                folder = posixpath.dirname(folder)
        return cls(repository, files, {name: tuple(paths) for name, paths in folders.items()})

    @cached_property
    def links(self) -> Mapping[str, bytes]:
        """What every link points to by blob, read at once."""
        found = (entry.object_id for entry in self.files.values() if entry.is_symlink)
        return self.repository.objects.blobs(found)

    @cached_property
    def statements(self) -> Mapping[str, bytes]:
        """The content of every Chart.yaml and requirements.yaml by blob, read at once."""
        found = (
            entry.object_id
            for path, entry in self.files.items()
            if path.endswith(_STATEMENTS) and entry.kind == "blob"
        )
        return self.repository.objects.blobs(found)


def wanted_files(tree: GitTree, request: Request) -> dict[str, str]:
    """Return path -> blob of everything that the request reads; ChartFilesError if it cannot be."""
    if f"{request.path}/Chart.yaml" not in tree.files:
        raise ChartFilesError(f"there is no {request.path}/Chart.yaml at this revision")
    wanted = _laid(tree, request.path)
    _refuse_overrides(wanted, request.path)
    for file in request.value_files:
        if file in wanted:
            continue
        found = _laid(tree, file) if _exists(tree, file) else {}
        if not found and not request.ignore_missing:
            raise ChartFilesError(f"the value file {file} does not exist at this revision")
        wanted |= found
    return wanted


def with_local_charts(tree: GitTree, request: Request, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return the files with those charts beside it that the chart names as `file://` added."""
    files = dict(wanted)
    stated = (wanted.get(f"{request.path}{name}", "") for name in _STATEMENTS)
    for target in _LOCAL.findall(b"\n".join(tree.statements.get(blob, b"") for blob in stated)):
        path = posixpath.normpath(posixpath.join(request.path, target.decode(errors="replace")))
        if path in tree.folders:
            files |= _laid(tree, path)
    return files


def lay_down(
    repository: Repository, files: Mapping[str, str], root: Path
) -> Iterator[tuple[str, bytes]]:
    """Write the files below `root` and yield each with its content."""
    contents = repository.objects.contents(files.values())
    for path, content in zip(files, contents, strict=True):
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        yield path, content


def _refuse_overrides(wanted: Iterable[str], chart: str) -> None:
    for path in wanted:
        name = path.removeprefix(f"{chart}/")
        if name.startswith(SOURCE_FILES) and name.endswith(".yaml"):
            raise ChartFilesError(
                f"{path} lets Argo CD change the chart's parameters behind the Application's back; "
                "delete it"
            )


def _exists(tree: GitTree, path: str) -> bool:
    return path in tree.files or path in tree.folders


def _laid(tree: GitTree, path: str) -> dict[str, str]:
    """Return the files of a path; links to folders of links could multiply them without end."""
    found = dict(islice(_entry(tree, path, path, 0), _MOST_FILES + 1))
    if len(found) > _MOST_FILES:
        raise ChartFilesError(f"{path} leads to more than {_MOST_FILES} files; remove links")
    return found


def _folder(tree: GitTree, path: str, shown: str, depth: int) -> Iterator[tuple[str, str]]:
    for file in tree.folders.get(path, ()):
        yield from _entry(tree, file, shown + file[len(path) :], depth)


def _entry(tree: GitTree, path: str, shown: str, depth: int) -> Iterator[tuple[str, str]]:
    entry = tree.files.get(path)
    if entry is None:
        yield from _folder(tree, path, shown, depth)
    elif entry.kind == "commit":
        raise ChartFilesError(f"{path} is a submodule; put the files themselves there")
    elif entry.is_symlink:
        yield from _link(tree, entry, shown, depth)
    else:
        yield shown, entry.object_id


def _link(tree: GitTree, entry: TreeEntry, shown: str, depth: int) -> Iterator[tuple[str, str]]:
    target = tree.links[entry.object_id].decode("utf-8", errors="surrogateescape")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), target))
    if target.startswith("/") or path == ".." or path.startswith("../"):
        raise ChartFilesError(
            f"{entry.path} is a link out of the repository; Argo CD refuses the repository for it"
        )
    if depth >= _DEEPEST_LINK or f"{entry.path}/".startswith(f"{path}/"):
        raise ChartFilesError(f"{entry.path} is a link that leads to itself")
    if not _exists(tree, path):
        raise ChartFilesError(f"{entry.path} is a link to {path}, which does not exist")
    yield from _entry(tree, path, shown, depth + 1)
