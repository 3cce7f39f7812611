"""A checkout of a repository, and what is asked of git in it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from release.repository.git.errors import NotACheckoutError
from release.repository.git.objects import ObjectReader, TreeEntry
from release.repository.git.program import called, run_git

_LINK: Final = "120000 "


@dataclass(frozen=True)
class Repository:
    """A checkout: its top folder, and where Git keeps its data (shared between work trees)."""

    toplevel: Path
    git_dir: Path
    common_dir: Path

    @cached_property
    def git(self) -> str:
        """How advice calls git for this checkout, which may be another than we stand in."""
        return called(self.toplevel)

    def told(self, path: str) -> str:
        """Return a path from the top as people are told it: from where they stand, if elsewhere."""
        return path if self.git == "git" else os.path.join(os.path.relpath(self.toplevel), path)  # noqa: PTH118 -- keeps `..`

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what git prints; GitError or a kind of it when it fails."""
        return run_git(self.toplevel, *arguments, stdin=stdin)

    def naming(self, words: Iterable[str], commit: str = "") -> tuple[str, ...]:
        """Return the files with one of these words, of a commit or tracked in the work tree.

        And every link: Git looks behind none.
        """
        wanted = [part for word in words for part in ("-e", word)]
        options = ("--no-color", "--text", "--files-with-matches", "-z", "--fixed-strings")
        # It ends with 1 where it finds nothing.
        arguments = (*options, *wanted, *filter(None, [commit]))
        output = run_git(self.toplevel, "grep", *arguments, good=(0, 1)) if wanted else b""
        found = [path.removeprefix(f"{commit}:") for path in os.fsdecode(output).split("\0")]
        listing = ("ls-tree", "-r", "-z", commit) if commit else ("ls-files", "--stage", "-z")
        listed = os.fsdecode(self.run(*listing)).split("\0")
        found += [each.partition("\t")[2] for each in listed if each.startswith(_LINK)]
        return tuple(filter(None, found))

    def entries(self, tree: str, *, recursive: bool) -> tuple[TreeEntry, ...]:
        """Return the entries of a tree (folders too), with those of the trees in it if asked."""
        deep = ("-r", "-t") if recursive else ()
        output = self.run("ls-tree", *deep, "-z", "-l", "--full-tree", tree)
        entries = []
        for record in filter(None, os.fsdecode(output).split("\0")):
            meta, _, path = record.partition("\t")
            mode, kind, object_id, size = meta.split()
            entries.append(TreeEntry(path, mode, kind, object_id, 0 if size == "-" else int(size)))
        return tuple(entries)

    @cached_property
    def objects(self) -> ObjectReader:
        """Reads its commits, trees and files."""
        return ObjectReader(self.toplevel)

    @cached_property
    def linked(self) -> ObjectReader:
        """Reads what stands behind links."""
        return ObjectReader(self.toplevel, "--follow-symlinks")

    @cached_property
    def shallow_boundary(self) -> frozenset[str]:
        """The commits whose parents a shallow clone has left out; empty for a whole history."""
        try:
            text = (self.common_dir / "shallow").read_text(encoding="ascii")
        except FileNotFoundError:
            return frozenset()
        return frozenset(text.split())


def open_repository(folder: Path) -> Repository:
    """Return the checkout that the folder is in, with one call of git.

    Raises NotACheckoutError outside of one or in a bare repository.
    """
    output = run_git(
        folder, "rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"
    )
    lines = os.fsdecode(output).split("\n")
    if len(lines) != len(("toplevel", "git_dir", "common_dir", "end")):
        raise NotACheckoutError(f"{folder}: a path of its repository holds a line end; rename it")
    toplevel, git_dir, common_dir = (Path(line) for line in lines[:3])
    return Repository(toplevel, git_dir, folder / common_dir)
