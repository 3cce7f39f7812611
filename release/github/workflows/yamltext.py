"""A workflow as the text of its file: tags and reasons stand as comments beside what they explain.

Schema: GitHub's workflow syntax, which both linters of the suite check.
"""

import io
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from release.github.workflows.workflow import Concurrency, Job, Place, Step, Workflow

_MARK: Final = (
    "# Made by `hmco workflows` from the chart registry and the stack files; "
    "change those, not this file.\n"
)


def workflow_text(workflow: Workflow) -> str:
    """Return the whole file, the same bytes for the same workflow."""
    writer = YAML()
    writer.width = 1_000_000
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    writer.dump(_workflow(workflow), stream)
    return f"# {workflow.purpose}\n{_MARK}{stream.getvalue()}"


def is_ours(text: str) -> bool:
    """Tell whether a workflow file was made here, so that it may be replaced or deleted."""
    return _MARK in text


def _workflow(workflow: Workflow) -> CommentedMap:
    node = CommentedMap(name=workflow.name)
    if workflow.run_name:
        node["run-name"] = workflow.run_name
    node["on"] = _plain(workflow.triggers)
    node["permissions"] = {}
    node.yaml_add_eol_comment("each job names its own scopes", "permissions")
    if workflow.concurrency:
        node["concurrency"] = _concurrency(workflow.concurrency)
    if workflow.folder:
        node["defaults"] = {"run": {"working-directory": workflow.folder}}
    node["jobs"] = CommentedMap((job.id, _job(job)) for job in workflow.jobs)
    return node


def _job(job: Job) -> CommentedMap:
    node = CommentedMap(name=job.name)
    if job.needs:
        node["needs"] = list(job.needs)
    if job.condition:
        node["if"] = job.condition
    node["runs-on"] = job.runner
    node["timeout-minutes"] = job.minutes
    scopes = CommentedMap((scope.name, scope.level) for scope in job.permissions)
    for scope in job.permissions:
        scopes.yaml_add_eol_comment(scope.reason, scope.name)
    node["permissions"] = scopes or {}
    if job.place:
        node["environment"] = _place(job.place)
    if job.concurrency:
        node["concurrency"] = _concurrency(job.concurrency)
    if job.outputs:
        node["outputs"] = dict(job.outputs)
    node["steps"] = [_step(step) for step in job.steps]
    return node


def _place(place: Place) -> dict[str, object]:
    node: dict[str, object] = {"name": place.name}
    if place.url:
        node["url"] = place.url
    if not place.deployment:
        node["deployment"] = False
    return node


def _concurrency(concurrency: Concurrency) -> dict[str, object]:
    node: dict[str, object] = {
        "group": concurrency.group,
        "cancel-in-progress": concurrency.cancel,
    }
    if concurrency.queue:
        node["queue"] = "max"
    return node


def _step(step: Step) -> CommentedMap:
    node = CommentedMap(name=step.name)
    if step.id:
        node["id"] = step.id
    if step.condition:
        node["if"] = step.condition
    if step.uses:
        node["uses"] = step.uses.uses
        node.yaml_add_eol_comment(step.uses.tag, "uses")
    if step.inputs:
        node["with"] = _plain(step.inputs)
    if step.run:
        node["run"] = step.run
    if step.env:
        node["env"] = dict(step.env)
    return node


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any YAML value
    """Return a value for the writer; text that another reader takes for a number gets quotes."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str) and value[:1].isdigit():
        return DoubleQuotedScalarString(value)
    return value
