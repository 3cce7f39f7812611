"""What a tree of Git holds: paths with the ids of their files."""

import os
from typing import NamedTuple

from release.repository.git.checkout import Repository


class TreeEntry(NamedTuple):
    """One path of a tree: its mode (120000 is a symlink), kind, object id and size (0: no blob)."""

    path: str
    mode: str
    kind: str
    object_id: str
    size: int

    @property
    def is_symlink(self) -> bool:
        """Tell whether the entry is a symbolic link."""
        return self.mode == "120000"


def tree_entries(repository: Repository, tree: str, *, recursive: bool) -> tuple[TreeEntry, ...]:
    """Return the entries of a tree (folders too), with those of the trees in it if recursive."""
    deep = ("-r", "-t") if recursive else ()
    output = repository.run("ls-tree", *deep, "-z", "-l", "--full-tree", tree)
    entries = []
    for record in filter(None, os.fsdecode(output).split("\0")):
        meta, _, path = record.partition("\t")
        mode, kind, object_id, size = meta.split()
        entries.append(TreeEntry(path, mode, kind, object_id, 0 if size == "-" else int(size)))
    return tuple(entries)
