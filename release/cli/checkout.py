"""The checkout as a command sees it: what is committed, what is dirty, and the estate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from release.charts.record import Registry
from release.cli.output import say
from release.estate import Estate, load_estate
from release.promotion.plan import Reason
from release.promotion.texts import Layout
from release.repository.git.errors import DefaultBranchError
from release.repository.git.objects import read_blobs, resolve
from release.repository.git.program import Repository
from release.repository.git.refs import DefaultBranch, Refs, default_branch, read_refs
from release.repository.git.state import State, read_state
from release.repository.landed import Distance, distance, landed_since
from release.repository.workspace import Workspace
from release.settings.problems import Problem, SettingsError
from release.settings.stackfile import StackFile, environment_of, parse_stack_file
from release.text.atomic import read_text, recover
from release.text.errors import EditRefusedError


@dataclass(frozen=True)
class Tree:
    """One Git checkout: the files of its commit, whatever lies in the work tree meanwhile."""

    repository: Repository

    @cached_property
    def state(self) -> State:
        """What `git status` says."""
        return read_state(self.repository)

    @cached_property
    def refs(self) -> Refs:
        """Its branches and tags."""
        return read_refs(self.repository)

    @cached_property
    def trunk(self) -> DefaultBranch:
        """The branch that changes land on."""
        return default_branch(self.refs)

    @cached_property
    def distance(self) -> Distance | None:
        """How far the checkout is from the trunk; None where one of the two is not known."""
        try:
            trunk = self.trunk
        except DefaultBranchError:
            return None
        commit = self.state.commit
        return None if commit is None else distance(self.repository, commit, trunk)

    def stale_reasons(self, paths: Iterable[Path]) -> Iterator[Reason]:
        """Yield the files that the trunk has changed since: what is decided here ignores that."""
        apart = self.distance
        if apart is None or not apart.behind:
            return
        asked = [self.relative(path) for path in paths]
        landed = landed_since(self.repository, self.state.commit or "", self.trunk, asked)
        if landed:
            yield Reason(
                "behind",
                f"this checkout is {apart.told}, where {', '.join(sorted(landed))} changed",
                f"bring that in first: {apart.remedy}",
            )

    def branch(self, name: str) -> DefaultBranch:
        """Return a named branch as the remote last had it; DefaultBranchError if it is not here."""
        return default_branch(self.refs, name)

    def relative(self, path: Path) -> str:
        """Return a path as Git names it."""
        return path.relative_to(self.repository.toplevel).as_posix()

    def is_dirty(self, path: Path) -> bool:
        """Tell whether the work tree holds something else there than the commit."""
        return self.relative(path) in self.state.dirty

    def work_text(self, path: Path) -> str | None:
        """Return the work tree's text, None if there is no such file.

        EditRefusedError for a path that leads out of the checkout, or that is no UTF-8 text.
        """
        try:
            real = path.resolve()
            if not real.is_relative_to(self.repository.toplevel.resolve()):
                raise EditRefusedError(
                    self.relative(path), "leads out of the checkout", "replace the link by a file"
                )
            return read_text(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (IsADirectoryError, RuntimeError, PermissionError) as error:
            reason = f"cannot be read ({getattr(error, 'strerror', None) or error})"
            raise EditRefusedError(self.relative(path), reason, "correct that first") from error

    def committed_text(self, path: Path) -> str | None:
        """Return the text as committed: the work tree's where it is clean, else the commit's."""
        if self.state.commit is None:
            return None
        if not self.is_dirty(path):
            return self.work_text(path)
        name = f"{self.state.commit}:{self.relative(path)}"
        found = resolve(self.repository, [name])[name]
        if found is None or found.kind != "blob":
            return None
        content = read_blobs(self.repository, [found.object_id])[found.object_id]
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise EditRefusedError(
                self.relative(path), "is no UTF-8 text", "convert the file first"
            ) from error

    def unfinished_reasons(self) -> Iterator[Reason]:
        """Yield what must be finished in this checkout before a command may change files."""
        state = self.state
        if state.commit is None:
            yield Reason(
                "no-commit", "the repository has no commit yet", "commit the stack files first"
            )
        if state.unmerged:
            listed = ", ".join(sorted(state.unmerged))
            yield Reason("unmerged", f"{listed} has merge conflicts", "resolve and commit them")
        if state.unfinished:
            yield Reason(
                "unfinished",
                f"a {state.unfinished} is unfinished here",
                f"finish it or give it up: git {state.unfinished} --abort"
                if state.unfinished != "bisect"
                else "finish it: git bisect reset",
            )


@dataclass(frozen=True)
class Checkout:
    """Stack files and charts: usually one checkout, two where --repo names one without stacks."""

    registry: Registry
    workspace: Workspace

    @cached_property
    def charts(self) -> Tree:
        """The checkout that holds the charts."""
        return Tree(self.workspace.charts)

    @cached_property
    def stacks(self) -> Tree:
        """The checkout that holds the stack files."""
        same = self.workspace.stacks.toplevel == self.workspace.charts.toplevel
        return self.charts if same else Tree(self.workspace.stacks)

    @cached_property
    def left_out(self) -> tuple[str, ...]:
        """A line for each stack file beside the committed ones that no decision sees.

        Where none is committed, `estate` refuses and says so itself.
        """
        program, names = self.workspace.program, sorted(self._stack_file_names())
        absent = [n for n in names if self.stacks.committed_text(program / n) is None]
        if absent == names:
            return ()
        return tuple(
            f"{name} is not committed, so {environment_of(name)} is left out: git add {name} "
            "&& git commit"
            for name in absent
            if (program / name).exists()
        )

    @property
    def one_tree(self) -> bool:
        """Tell whether one commit can hold a change of charts and of stack files."""
        return self.stacks is self.charts

    @cached_property
    def estate(self) -> Estate:
        """The estate as committed; SettingsError if its files are not committed or not usable."""
        committed = tuple(self._stack_files())
        if not committed:
            raise SettingsError(self._uncommitted())
        return load_estate(self.registry, committed)

    @cached_property
    def layout(self) -> Layout:
        """Where the files of the estate lie."""
        first = next(iter(self.estate.environments.values()))
        top = self.charts.repository.toplevel
        return Layout(self.workspace.program, top, first.settings.source.charts)

    def tree_of(self, path: Path) -> Tree:
        """Return the checkout that a file belongs to."""
        return self.stacks if path.parent == self.workspace.program else self.charts

    def recover(self) -> tuple[str, ...]:
        """Finish a write that was interrupted, and return the files that it finished."""
        trees = (self.charts,) if self.one_tree else (self.charts, self.stacks)
        return tuple(
            path.as_posix() for tree in trees for path in recover(tree.repository.toplevel)
        )

    def _stack_files(self) -> Iterator[StackFile]:
        for name in sorted(self._stack_file_names()):
            text = self.stacks.committed_text(self.workspace.program / name)
            if text is not None:
                yield parse_stack_file(name, text)

    def _uncommitted(self) -> Iterator[Problem]:
        """Yield why there is no environment, where no stack file is committed."""
        names = sorted(self._stack_file_names())
        command = f"git add {' '.join(names)} && git commit"
        for name in names:
            yield Problem(name, 0, "", f"is not committed, so it decides nothing yet: {command}")
        if not names:
            folder = self.workspace.program.as_posix()
            yield Problem(folder, 0, "", "holds no stack file (Pulumi.<environment>.yaml)")

    def _stack_file_names(self) -> set[str]:
        program = self.workspace.program
        prefix = self.stacks.relative(program / "x").removesuffix("x")
        changed = {
            path.removeprefix(prefix)
            for path in self.stacks.state.changed | self.stacks.state.unmerged
            if path.startswith(prefix)
        }
        present = {path.name for path in program.glob("Pulumi.*.yaml")}
        return {name for name in present | changed if environment_of(name) is not None}


def tell_left_out(checkout: Checkout) -> None:
    """Say on stderr which environments a command does not see, and how it would."""
    for line in checkout.left_out:
        say(line, err=True)
