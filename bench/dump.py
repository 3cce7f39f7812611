"""The floor of rendering: load finished objects and dump them with PyYAML's C dumper."""

import pickle
import sys
from pathlib import Path

import yaml


def main(objects: Path) -> int:
    """Write every object to stdout, one document each."""
    yaml.dump_all(pickle.loads(objects.read_bytes()), sys.stdout, Dumper=yaml.CSafeDumper)  # noqa: S301 -- written by bench.rendering a moment ago
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
