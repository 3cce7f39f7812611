"""All workflow files of a repository, by path."""

from collections.abc import Mapping

from release.github.names import DRIFT_FILE, WORKFLOWS
from release.github.workflows.deploys import release_workflow
from release.github.workflows.dispatches import dispatches
from release.github.workflows.parts import Sources
from release.github.workflows.previews import preview_workflow
from release.github.workflows.watches import approvals_workflow, drift_workflow


def workflow_files(sources: Sources) -> Mapping[str, str]:
    """Return path from the repository's root -> text of every workflow file.

    Without an environment to watch there is no drift to look for.
    """
    files = {
        **dict(dispatches(sources)),
        "release.yml": release_workflow(sources),
        "preview.yml": preview_workflow(sources),
        "approvals.yml": approvals_workflow(sources),
        **({DRIFT_FILE: drift_workflow(sources)} if sources.applied else {}),
    }
    return {f"{WORKFLOWS}/{name}": text for name, text in files.items()}
