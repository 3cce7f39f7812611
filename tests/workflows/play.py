"""A generated workflow file performed without a runner, where act would take too long.

Of GitHub's expressions it knows what the generated files use, and raises for anything else; a test
compares what it does to the world with what act does.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Parsed = Mapping[str, Any]
_EXPRESSION: Final = re.compile(r"\$\{\{(.*?)\}\}")
_LOOKUP: Final = re.compile(r"('[^']*')|\b([a-z_]+(?:\.[\w-]+)+)")
_WORDS: Final = (("&&", " and "), ("||", " or "), (r"!(?!=)", " not "))


@dataclass
class Played:
    """What became of a job: its result, and its outputs as later jobs see them."""

    result: str = "skipped"
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """One run of a job: `steps` holds the outcome and the outputs of each step that has an id."""

    name: str
    context: dict[str, Any]
    failed: bool = False
    steps: dict[str, Any] = field(default_factory=dict)


Perform = Callable[[Job, int, Parsed, Mapping[str, str]], Mapping[str, str] | None]
"""Does one step with its values in place; returns its outputs, None if it fails."""


def evaluated(expression: str, context: Mapping[str, Any], *, failed: bool) -> Any:
    """Return what an expression of GitHub's is worth in a context."""

    def at(path: str) -> Any:
        first, *rest = path.split(".")
        value: Any = context[first]
        for part in rest:
            value = value.get(part, "") if isinstance(value, Mapping) else ""
        return value

    def replaced(match: re.Match[str]) -> str:
        return match[1] or f"at({match[2]!r})"

    text = expression.strip()
    for word, ours in _WORDS:
        text = re.sub(word if word.startswith("!") else re.escape(word), ours, text)
    known = {
        "at": at,
        "always": lambda: True,
        "cancelled": lambda: False,
        "success": lambda: not failed,
        "contains": lambda whole, part: part in whole,
        "fromJSON": json.loads,
        "__builtins__": {},
    }
    return eval(_LOOKUP.sub(replaced, text).strip(), known)  # noqa: S307 -- our own files' text


def filled(text: str, context: Mapping[str, Any]) -> str:
    """Return a text with every expression in it replaced by its value."""
    return _EXPRESSION.sub(lambda m: str(evaluated(m[1], context, failed=False)), text)


def starts(condition: str | None, context: Mapping[str, Any], *, failed: bool) -> bool:
    """Tell whether a job or step with this `if:` starts after what came before it."""
    text = (condition or "success()").strip()
    text = match[1] if (match := _EXPRESSION.fullmatch(text)) else text
    asks = any(f"{word}()" in text for word in ("always", "cancelled", "success"))
    if failed and not asks:
        return False
    return bool(evaluated(text, context, failed=failed))


def play(
    workflow: Parsed, context: Mapping[str, Any], perform: Perform
) -> Iterator[tuple[str, Played]]:
    """Perform every job of a workflow in its order and yield what became of each."""
    needs: dict[str, Any] = {}
    for name, body in workflow["jobs"].items():
        wanted = body.get("needs", ())
        seen = {**context, "needs": needs}
        broken = any(needs[each]["result"] != "success" for each in wanted)
        played = Played()
        if starts(body.get("if"), seen, failed=broken):
            played = play_job(Job(name, seen), body, perform)
        needs[name] = {"result": played.result, "outputs": played.outputs}
        yield name, played


def play_job(job: Job, body: Parsed, perform: Perform) -> Played:
    """Perform the steps of a job in order, those after a failure only if they ask for it."""
    context = {**job.context, "steps": job.steps}
    for index, step in enumerate(body["steps"]):
        name = step.get("id", f"step-{index}")
        job.steps[name] = {"outcome": "skipped", "outputs": {}}
        if not starts(step.get("if"), context, failed=job.failed):
            continue
        values = {
            key: filled(str(value), context)
            for key, value in {**step.get("env", {}), **step.get("with", {})}.items()
        }
        outputs = perform(job, index, step, values)
        job.steps[name] = {
            "outcome": "failure" if outputs is None else "success",
            "outputs": outputs or {},
        }
        job.failed = job.failed or outputs is None
    outputs = {name: filled(text, context) for name, text in body.get("outputs", {}).items()}
    return Played("failure" if job.failed else "success", outputs)
