"""Every file that the repository has for GitHub's sake: path from its root -> text."""

import json
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import TYPE_CHECKING, NamedTuple

from release.charts.record import Registry
from release.estate import Estate
from release.github.forms import RELEASE_NOTES, issue_forms, release_template
from release.github.names import CODEOWNERS, RULESETS, WORKFLOWS
from release.github.owners import codeowners
from release.github.rulesets import Ruleset, rulesets
from release.github.wire import known_numbers, question, unknown, wire
from release.github.workflows.listed import workflow_files
from release.github.workflows.parts import Sources
from release.github.workflows.workflow import is_ours

if TYPE_CHECKING:
    from release.repository.files import Files


class RepositoryFiles(NamedTuple):
    """The files as they must be, and the rulesets that cannot be written for want of a number.

    `questions` are the commands that tell the numbers, by slug.
    """

    files: Mapping[str, str]
    left_out: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, str]

    @property
    def workflows(self) -> tuple[str, ...]:
        """The texts of the workflow files."""
        return tuple(text for path, text in self.files.items() if path.startswith(f"{WORKFLOWS}/"))


def repository_files(registry: Registry, estate: Estate) -> RepositoryFiles:
    """Return the files of a governed estate; none where no stack governs the repository."""
    found = estate.governed
    if found is None:
        return RepositoryFiles({}, {}, {})
    _, repository = found
    numbers = known_numbers(repository)
    every = rulesets(registry, estate, repository)
    files = {
        CODEOWNERS: codeowners(registry, estate, repository),
        RELEASE_NOTES: release_template(),
        **issue_forms(registry, estate),
        **workflow_files(Sources(estate, repository.default_branch, repository.folder)),
        **{
            ruleset_path(each): json.dumps(wire(each, numbers), indent=2) + "\n"
            for each in every
            if not unknown(each, numbers)
        },
    }
    left_out = {
        ruleset_path(each): missing for each in every if (missing := unknown(each, numbers))
    }
    slugs = sorted({slug for missing in left_out.values() for slug in missing})
    questions = {slug: question(repository, slug) for slug in slugs}
    return RepositoryFiles(dict(sorted(files.items())), left_out, questions)


def stale_files(wanted: RepositoryFiles, files: "Files", *folders: str) -> dict[str, str | None]:
    """Return path -> text of each file that is not as it must be; None where it must not be.

    In these folders nothing of ours may stand that is not wanted. A ruleset that cannot be written
    for want of a number is left as it is, and so is every workflow that others made.
    """
    stale = {path: text for path, text in wanted.files.items() if files.text(path) != text}
    listed = [f"{folder}/{name}" for folder in folders for name in files.names(folder)]
    left_over = [
        path
        for path in listed
        if path not in wanted.files
        and path not in wanted.left_out
        and (fnmatch(path, f"{RULESETS}/*.json") or is_ours(files.text(path) or ""))
    ]
    return {**stale, **dict.fromkeys(left_over)}


def ruleset_path(ruleset: Ruleset) -> str:
    """Return where a ruleset lies as a file."""
    return f"{RULESETS}/{ruleset.name}.json"
