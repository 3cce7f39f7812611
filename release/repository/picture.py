"""The one picture: what the repository says in its work tree, in HEAD, or at any revision.

    here = work_tree(registry, workspace)      # as the files are on disk
    head = committed(registry, workspace)      # as committed, whatever the work tree has
    base = here.at("origin/main")              # at any branch, tag or commit
    trunk = here.landed                        # as the trunk has it, wherever HEAD is
    edited = here.edited({"Pulumi.prod.yaml": text})

All of them answer the same questions: `estate`, `tree`, `pins`, ... Each is
asked once, when somebody wants to know it; what two pictures of one clone share is read once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import yaml

from release.charts.record import Registry
from release.estate import Environment, Estate, load_estate
from release.repository.charttree import ChartTree, read_chart_tree
from release.repository.clone import Clone
from release.repository.files import Edited, Files, TreeFault
from release.repository.pinhistory import PinHistory, read_pin_history
from release.repository.revision import Committed, Revision
from release.repository.workspace import PROJECT_FILE, Workspace, names_program
from release.repository.worktree import WorkTree
from release.settings.problems import Problem, SettingsError
from release.settings.stackfile import StackFile, environment_of, parse_stack_file

REGISTRY_FILE: Final = "release/registry.py"
USUAL_CHARTS: Final = "helm/charts"


@dataclass(frozen=True, eq=False)
class Picture:
    """Stack files, charts, tags and history as they stand in one state of the repository.

    Stack files and charts usually lie in one checkout; in two where --repo names one without stack
    files. `program` is the folder of the stack files from the top of theirs, "" for the top.
    """

    registry: Registry
    stacks: Files
    charts: Files
    program: str
    before: Estate | None = None
    """What the stack files said before they were edited, where that is known."""
    only: frozenset[str] | None = None
    """The charts that are looked at, each with its sub-charts; None for all."""

    def at(self, revision: str) -> "Picture":
        """Return the picture at a revision, GitError if this clone has none of that name.

        Where the charts lie in another checkout, the revision is one of the stack files' alone.
        """
        stacks = Revision(self.stacks.clone, self.stacks.clone.commit_of(revision))
        program = _program_in(stacks, self.program)
        charts = stacks if self.one_clone else self.charts
        return replace(self, stacks=stacks, charts=charts, program=program)

    @cached_property
    def landed(self) -> "Picture":
        """What the trunk holds, as last fetched; this picture where it lacks none of that."""
        files = {part: _landed(part) for part in (self.stacks, self.charts)}
        if all(part is landed for part, landed in files.items()):
            return self
        stacks = files[self.stacks]
        program = _program_in(stacks, self.program)
        return replace(self, stacks=stacks, charts=files[self.charts], program=program)

    def edited(self, edits: Mapping[str, str]) -> "Picture":
        """Return the picture as it would be with these texts, by path from their checkout's top."""
        charts = Edited(self.charts, edits)
        stacks = charts if self.one_clone else Edited(self.stacks, edits)
        return replace(self, stacks=stacks, charts=charts, before=self.usable_estate)

    def of(self, charts: Iterable[str]) -> "Picture":
        """Return the picture in which nobody looks at other charts than these, top-level ones."""
        return replace(self, only=frozenset(charts))

    @property
    def shown(self) -> tuple[str, ...]:
        """The charts and sub-charts of the registry that are looked at."""
        return tuple(filter(self.shows, (*self.registry.by_name, *self.registry.sub_by_name)))

    def shows(self, chart: str) -> bool:
        """Tell whether a chart or sub-chart is looked at."""
        sub_chart = self.registry.sub_by_name.get(chart)
        return self.only is None or (sub_chart.parent if sub_chart else chart) in self.only

    @property
    def one_clone(self) -> bool:
        """Tell whether one commit can hold a change of charts and of stack files."""
        return self.stacks.clone is self.charts.clone

    def stack_path(self, name: str) -> str:
        """Return the path of a file of the program's folder from the top of its checkout."""
        return f"{self.program}/{name}" if self.program else name

    def told(self, path: str) -> str:
        """Return a path from the top of its checkout as people find it from where they stand."""
        own = self.one_clone or path in self.stacks.paths
        return path if own else self.charts.clone.repository.told(path)

    @cached_property
    def _found(self) -> Mapping[str, str | TreeFault | None]:
        names = (name for name in self.stacks.names(self.program) if environment_of(name))
        return {name: self.stacks.read(self.stack_path(name)) for name in names}

    @cached_property
    def _stack_files(self) -> tuple[tuple[StackFile, ...], tuple[Problem, ...]]:
        files = [
            parse_stack_file(n, text) for n, text in self._found.items() if isinstance(text, str)
        ]
        problems = [
            Problem(name, fault.line, "", fault.message)
            for name, fault in self._found.items()
            if isinstance(fault, TreeFault)
        ]
        if not files and not problems:
            problems += self._without_stack_files()
        return tuple(files), tuple(problems)

    def _without_stack_files(self) -> Iterator[Problem]:
        for name in self.not_committed:
            yield Problem(name, 0, "", "is not committed, so it decides nothing yet")
        if not self.not_committed:
            message = "holds no stack file (Pulumi.<environment>.yaml)"
            yield Problem(self.program_folder.as_posix(), 0, "", message)

    @property
    def has_stack_files(self) -> bool:
        """Tell whether this state has any: one before the program came has none."""
        return bool(self._found)

    @property
    def not_committed(self) -> tuple[str, ...]:
        """The stack files beside the committed ones, which no decision sees."""
        return tuple(name for name in self._uncommitted if (self.program_folder / name).is_file())

    @property
    def _uncommitted(self) -> tuple[str, ...]:
        """Those, and what was added and is removed again, as `hmco begin` removes HMCo's."""
        return tuple(name for name, found in self._found.items() if found is None)

    @property
    def is_as_it_came(self) -> bool:
        """Tell whether the program lies here uncommitted, with a registry of others' charts."""
        homes = tuple(f"/{chart}/Chart.yaml" for chart in self.registry.by_name)
        return (
            bool(self.not_committed)
            and not any(self._found.values())
            and not any(f"/{path}".endswith(homes) for path in self.charts.paths)
        )

    @property
    def _edited_since_head(self) -> tuple[str, ...]:
        """The stack files of HEAD that lie otherwise in the work tree; none where that is read."""
        if not isinstance(self.stacks, Committed):
            return ()
        dirty = self.stacks.clone.state.dirty
        held = (name for name, found in self._found.items() if found is not None)
        return tuple(name for name in held if self.stack_path(name) in dirty)

    def to_commit(self, *names: str) -> str:
        """Return the command that commits stack files, those too that Git ignores."""
        paths = [self.stack_path(name) for name in names]
        force = "--force " if any(map(self.stacks.clone.state.ignores, paths)) else ""
        git, named = self.stacks.clone.repository.git, " ".join(f":/{path}" for path in paths)
        return f"{git} add {force}{named} && {git} commit"

    @property
    def program_folder(self) -> Path:
        """The folder of the stack files on disk."""
        return self.stacks.clone.repository.toplevel / self.program

    @cached_property
    def _loaded(self) -> tuple[Estate | None, tuple[Problem, ...]]:
        files, problems = self._stack_files
        if problems:
            return None, problems
        try:
            return load_estate(self.registry, files, self.before), ()
        except SettingsError as error:
            return None, error.problems

    @property
    def stack_files(self) -> tuple[StackFile, ...]:
        """Every stack file that can be read, in order of name, whether it is refused or not."""
        return self._stack_files[0]

    @property
    def setting_problems(self) -> tuple[Problem, ...]:
        """Why there is no estate; empty if there is one."""
        return self._loaded[1]

    @property
    def usable_estate(self) -> Estate | None:
        """All environments, None where a stack file is refused."""
        return self._loaded[0]

    @property
    def estate(self) -> Estate:
        """All environments; SettingsError where a stack file is refused, by its path in Git."""
        estate, problems = self._loaded
        if estate is None:
            edited = self._edited_since_head or (() if self.stack_files else self._uncommitted)
            told = [
                each._replace(file=self.stack_path(each.file))
                if environment_of(each.file)
                else each
                for each in problems
            ]
            raise SettingsError(told, self.to_commit(*edited) if edited else "")
        return estate

    @property
    def environments(self) -> tuple[Environment, ...]:
        """Every environment, sources before their targets; none where the settings are refused."""
        estate = self.usable_estate
        return tuple(estate.environments.values()) if estate else ()

    @cached_property
    def charts_folder(self) -> str:
        """Where the charts are, from the raw files: it is needed even if they are refused."""
        for stack_file in self.stack_files:
            source = stack_file.config.get("source")
            charts = source.get("charts") if isinstance(source, dict) else None
            if isinstance(charts, str) and charts and ".." not in charts and charts[0] not in "/~":
                return charts
        return USUAL_CHARTS

    def folder_of(self, chart: str) -> str:
        """Return the path of a chart's or sub-chart's folder from the top of its checkout."""
        return self.registry.path_of(chart, self.charts_folder)

    @property
    def has_charts(self) -> bool:
        """Tell whether any chart of the registry lies here, in a sparse checkout or not."""
        folders = map(self.folder_of, self.registry.by_name)
        return any(map(self.charts.names, folders)) or bool(
            self.charts.below(self.charts_folder).files
        )

    @cached_property
    def tree(self) -> ChartTree:
        """The charts that are looked at, and their files."""
        return read_chart_tree(self.registry, self.charts, self.charts_folder, self.only)

    @property
    def registry_text(self) -> str:
        """The registry as text, "" where it cannot be read. It is never run but from our own."""
        return self.stacks.text(self.stack_path(REGISTRY_FILE)) or ""

    def stack_paths(self, environments: Iterable[str] | None = None) -> dict[str, str]:
        """Return the paths of the stack files of these environments, or of all."""
        if environments is None:
            environments = (file.environment for file in self.stack_files)
        return {name: self.stack_path(f"Pulumi.{name}.yaml") for name in environments}

    @cached_property
    def pins(self) -> PinHistory:
        """Every change of a pin or hold up to this commit, newest first."""
        files, commit = self.stack_paths(), self.stacks.commit
        if not files or commit is None:
            return PinHistory((), (), frozenset())
        return read_pin_history(self.stacks.clone.repository, commit, files)


def _program_in(files: Files, usual: str) -> str:
    """Return the folder of the stack files: another one where they lay before they were moved."""
    if any(map(environment_of, files.names(usual))):
        return usual
    found = [
        path
        for path in files.paths
        if path.rpartition("/")[2] == PROJECT_FILE and _names_program(files.text(path) or "")
    ]
    return found[0].removesuffix(PROJECT_FILE).rstrip("/") if len(found) == 1 else usual


def _names_program(text: str) -> bool:
    try:
        return names_program(text)
    except yaml.YAMLError:
        return False  # another program's, and not ours to judge


def _landed(files: Files) -> Files:
    apart = files.clone.distance
    return Revision(files.clone, files.clone.trunk.commit) if apart and apart.behind else files


def work_tree(registry: Registry, workspace: Workspace) -> Picture:
    """Return the picture of what is on disk, committed or not."""
    return _picture(registry, workspace, WorkTree)


def committed(registry: Registry, workspace: Workspace) -> Picture:
    """Return the picture of what is committed in HEAD, on which commands decide."""
    return _picture(registry, workspace, Committed)


def _picture(registry: Registry, workspace: Workspace, kind: type[WorkTree | Committed]) -> Picture:
    charts = kind(Clone(workspace.charts))
    same = workspace.stacks.toplevel == workspace.charts.toplevel
    stacks = charts if same else kind(Clone(workspace.stacks))
    below = workspace.program.relative_to(workspace.stacks.toplevel.resolve()).as_posix()
    return Picture(registry, stacks, charts, "" if below == "." else below)
