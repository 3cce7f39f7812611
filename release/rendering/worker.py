"""A process that renders for another one: a job a line comes in, an answer a line goes out.

Run as `python -m release.rendering.worker`. It confines itself before it reads the first job, and
whatever a chart's output does to a reader of YAML happens here, where it can be ended.
"""

import json
import sys

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


def main() -> None:
    """Serve until the input ends."""
    limit_resources()
    if "--network" not in sys.argv:
        refuse_network()
    for line in sys.stdin:
        sys.stdout.write(f"{answer(line)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
