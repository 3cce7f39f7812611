"""Both states of a plan out of one clone: a revision, or the work tree as it is on disk."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import release
from release.plan.applications import Objects, code_of, objects_of_program, own_objects, past_estate
from release.plan.sides import Side
from release.rendering.chartfiles import GitTree
from release.rendering.snapshot import snapshot
from release.repository.clone import Clone
from release.repository.git.errors import GitError
from release.repository.picture import Picture

WORK_TREE: Final = "the work tree"


@dataclass
class States:
    """Makes sides; trees of one commit are read once for both of them.

    `here` is the picture of the work tree; `folder` is a place for what is made on the way.
    """

    here: Picture
    folder: Path
    _trees: dict[str, GitTree] = field(default_factory=dict)
    _objects: dict[str, Objects] = field(default_factory=dict)
    _work: dict[Path, tuple[GitTree, str]] = field(default_factory=dict)

    def side(self, revision: str | None, charts_at: str | None = None) -> Side:
        """Return the side of a revision, or of the work tree for None.

        Charts of another checkout are those of its commit `charts_at`, or of its work tree.

        GitError for a revision that is not here, SettingsError for stack files of the work tree
        that are refused, ProgramError for those of a revision and where its own program makes no
        Applications. A revision without stack files, as before the program came, has none.
        """
        stacks, charts = self.here.stacks.clone, self.here.charts.clone
        label = WORK_TREE if revision is None else revision
        picture = self.here if revision is None else self.here.at(revision)
        tree, root = (
            self._work_tree(stacks)
            if revision is None
            else self._committed(stacks, picture.stacks.commit or "")
        )
        if root not in self._objects:
            self._objects[root] = self._made(picture, tree, label)
        objects = self._objects[root]
        if not self.here.one_clone:
            tree, root = (
                self._committed(charts, charts_at) if charts_at else self._work_tree(charts)
            )
        return Side(label, objects, tree, root, charts, self._trees)

    def merge_base(self, clone: Clone, head: str | None = None) -> str:
        """Return the commit at which `head`, or the work tree, left the branch of landings."""
        head = clone.commit_of(head) if head else clone.state.commit
        if head is None:
            raise GitError("the repository has no commit yet; there is nothing to compare with")
        trunk = clone.trunk.commit
        return clone.repository.run("merge-base", trunk, head).decode().strip()

    def _made(self, picture: Picture, tree: GitTree, label: str) -> Objects:
        """Return what the state gives Argo CD, by its own program where that is another one."""
        if picture is not self.here and not picture.has_stack_files:
            return Objects({}, {})
        code = code_of(tree, picture.program)
        if not code or code == self._running():
            now = picture is self.here
            estate = picture.estate if now else past_estate(picture, label)
            return own_objects(self.here.registry, estate)
        return objects_of_program(tree, picture.program, label)

    def _running(self) -> tuple[tuple[str, str], ...] | None:
        """Return the code of the program that is running, where it is the work tree's own."""
        clone = self.here.stacks.clone
        own = Path(release.__file__).resolve().parent
        if own != (clone.repository.toplevel / self.here.program / "release").resolve():
            return None
        return code_of(self._work_tree(clone)[0], self.here.program)

    def _committed(self, clone: Clone, commit: str) -> tuple[GitTree, str]:
        repository = clone.repository
        root = repository.run("rev-parse", "--verify", f"{commit}^{{tree}}").decode().strip()
        if root not in self._trees:
            self._trees[root] = GitTree.of(repository, root)
        return self._trees[root], root

    def _work_tree(self, clone: Clone) -> tuple[GitTree, str]:
        """Return the work tree of a checkout as it is on disk."""
        top = clone.repository.toplevel
        if top not in self._work:
            place = self.folder / f"snapshot-{len(self._work)}"
            repository, root = snapshot(clone.repository, place)
            self._work[top] = GitTree.of(repository, root), root
        return self._work[top]
