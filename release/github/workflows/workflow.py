"""A workflow file: GitHub's own words as plain data, and the text of them with notes as comments.

Schema: GitHub's workflow syntax, which both linters of the suite check.
"""

import io
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

Node = Mapping[str, Any]
RUNNER: Final = "ubuntu-24.04"
"""For jobs that touch no cluster and no backend."""
_MARK: Final = (
    "# Made by `hmco workflows` from the chart registry and the stack files; "
    "change those, not this file.\n"
)


class Noted(NamedTuple):
    """A value and the comment beside it: what a right is for, or the tag that a commit is."""

    value: object
    note: str


def job(  # noqa: PLR0913 -- GitHub's keys
    name: str,
    minutes: int,
    steps: Iterable[Node],
    *,
    needs: Iterable[str] = (),
    condition: str | None = None,
    runner: str = RUNNER,
    rights: Mapping[str, Noted] | None = None,
    **more: Node,
) -> tuple[str, Node]:
    """Return a job's id, which is also what its check is called, and its body.

    Its token reads this repository and has the `rights` beside that. `more` is `environment`,
    `concurrency` and `outputs`.
    """
    return name, {
        "name": name,
        "needs": list(needs) or None,
        "if": condition,
        "runs-on": runner,
        "timeout-minutes": minutes,
        "permissions": {"contents": Noted("read", "check this repository out"), **(rights or {})},
        **more,
        "steps": list(steps),
    }


def workflow(  # noqa: PLR0913 -- GitHub's keys
    name: str,
    purpose: str,
    triggers: Node,
    *jobs: tuple[str, Node],
    folder: str,
    run_name: str | None = None,
    concurrency: Node | None = None,
) -> str:
    """Return the file's text, the same bytes for the same workflow; `folder` is the program's."""
    body = {
        "name": name,
        "run-name": run_name,
        "on": triggers,
        "permissions": Noted({}, "each job names its own scopes"),
        "concurrency": concurrency,
        "defaults": {"run": {"working-directory": folder}} if folder else None,
        "jobs": dict(jobs),
    }
    writer = YAML()
    writer.width = 1_000_000
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    writer.dump(_node(body), stream)
    return f"# {purpose}\n{_MARK}{stream.getvalue()}"


def is_ours(text: str) -> bool:
    """Tell whether a workflow file was made here, so that it may be replaced or deleted."""
    return _MARK in text


def _node(value: Any) -> Any:  # noqa: ANN401 -- any YAML value
    """Return a value for the writer: without what is None, each note as a comment.

    Text that another reader takes for a number gets quotes.
    """
    if isinstance(value, Mapping):
        node = CommentedMap()
        for key, item in value.items():
            if isinstance(item, Noted):
                node[key] = item.value
                node.yaml_add_eol_comment(item.note, key)
            elif item is not None:
                node[key] = _node(item)
        return node
    if isinstance(value, list | tuple):
        return [_node(item) for item in value]
    if isinstance(value, str) and value[:1].isdigit():
        return DoubleQuotedScalarString(value)
    return value
