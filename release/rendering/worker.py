"""A process that renders for another one: one job per line comes in, one answer per line goes out.

It is forked, since a new Python costs as much as a rendering. It confines itself before it reads
the first job, and whatever a chart's output does to a reader of YAML happens here, where it can be
ended.
"""

import json
import os
from typing import NoReturn

from release.rendering.confine import limit_resources, refuse_network
from release.rendering.helm import Job, render
from release.rendering.renderedobjects import OVERSTEPPED, Rendering, Unknown


def answer(line: str) -> str:
    """Return the answer to one job: a rendering, or why there is none."""
    try:
        result = render(Job.from_json(line))
        if isinstance(result, Unknown):
            return json.dumps({"unknown": [result.reason, result.command]})
        return result.to_json()
    except (MemoryError, RecursionError):
        return Rendering(failure=f"renders more than fits into memory; {OVERSTEPPED}").to_json()


def serve(requests: int, answers: int, *, network: bool) -> NoReturn:
    """Turn the process that was forked just now into a worker, until the requests end."""
    try:
        # A fork inherits its parent's end of every pipe, so no requests would end with the parent.
        last = 2
        for kept in (*sorted((requests, answers)), os.sysconf("SC_OPEN_MAX")):
            os.closerange(last + 1, kept)
            last = kept
        os.environ.clear()
        limit_resources()
        if not network:
            refuse_network()
        with (
            open(requests, encoding="utf-8") as lines,
            open(answers, "w", encoding="utf-8") as told,
        ):
            for line in lines:
                told.write(f"{answer(line)}\n")
                told.flush()
    finally:
        os._exit(0)
