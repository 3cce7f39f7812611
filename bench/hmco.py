"""`hmco` for a measured run: `python -P bench/hmco.py CHARTS ARGUMENT...`.

22 charts are HMCo's own; any other number is a generated registry of that many. The clock stands
still at the present of the generated history.
"""

import sys
from datetime import datetime
from typing import Final

from release.cli.main import main

OWN_CHARTS: Final = 22


def run(charts: int, present: str, arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    registry = None
    if charts != OWN_CHARTS:
        from bench.registries import estate_registry  # noqa: PLC0415 -- not for our own

        registry = estate_registry(charts)
    return main(arguments, registry=registry, clock=lambda: datetime.fromisoformat(present))


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
