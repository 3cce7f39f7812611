"""All workflow files of a repository, by path."""

from collections.abc import Mapping

from release.github.names import WORKFLOWS
from release.github.workflows.deploys import release_workflow
from release.github.workflows.dispatches import dispatches
from release.github.workflows.parts import Sources
from release.github.workflows.previews import preview_workflow
from release.github.workflows.watches import approvals_workflow, drift_workflow
from release.github.workflows.workflow import Workflow
from release.github.workflows.yamltext import workflow_text


def all_workflows(sources: Sources) -> tuple[Workflow, ...]:
    """Return every workflow; without an environment to watch there is no drift to look for."""
    return (
        *dispatches(sources),
        release_workflow(sources),
        preview_workflow(sources),
        approvals_workflow(sources),
        *((drift_workflow(sources),) if sources.applied else ()),
    )


def workflow_files(sources: Sources) -> Mapping[str, str]:
    """Return path from the repository's root -> text of every workflow file."""
    return {f"{WORKFLOWS}/{w.file}": workflow_text(w) for w in all_workflows(sources)}
