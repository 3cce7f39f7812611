"""The commands: `ensure`, `env` and `venv`."""

import argparse
import json
import sys
from collections.abc import Sequence

from tools.toolchain.failure import ToolchainError
from tools.toolchain.locate import locate


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.toolchain", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("env", help="print where things are, as JSON")
    parser.parse_args(arguments)
    try:
        found = locate()
    except ToolchainError as error:
        sys.stderr.write(f"toolchain: {error}\n")
        return 1
    document = {
        "cache": str(found.cache),
        "pulumi_home": str(found.pulumi_home),
        "path": [str(folder) for folder in found.path],
        "bins": {name: str(folder) for name, folder in found.bins.items()},
        "missing": list(found.missing),
    }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    return 0
