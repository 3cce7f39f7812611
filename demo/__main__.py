"""`python -m demo FOLDER`: make the demonstration estate and say what to try on it."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from demo.demonstration import READY, DemonstrationError, build_demonstration


def main(arguments: Sequence[str]) -> int:
    """Make the estate in the folder named; return 0 when done, 1 if refused, 2 on a usage error."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m demo FOLDER\n")
        return 2
    folder = Path(arguments[0]).absolute()
    instead = ", in place of the one that was there" if folder.exists() else ""
    try:
        estate = build_demonstration(folder, datetime.now(UTC))
    except DemonstrationError as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"demo: cannot write {error.filename}: {error.strerror}\n")
        return 1
    registry = estate.registry
    charts = len(registry.charts) + len(registry.sub_charts)
    landings = estate.git("rev-list", "--count", "--first-parent", "HEAD")
    chart, version = READY
    sys.stdout.write(
        f"{os.path.relpath(folder)}: {charts} charts, {len(estate.environments)} environments, "
        f"{landings} landings, remote beside it{instead}\n"
        "next:\n"
        f"  cd {os.path.relpath(folder)} && . .venv/bin/activate\n"
        "  hmco status\n"
        f"  hmco promote {chart} --to prod  # {version} has run in staging long enough\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
