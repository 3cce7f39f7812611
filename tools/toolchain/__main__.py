"""`python3 -m tools.toolchain`: explains that a Python is too old, or hands over to the command."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file alone also runs on an older Python
    sys.exit(
        "toolchain: {} is Python {}.{}, 3.11 or newer is needed.\n"
        "Name one: make PYTHON=python3.12 up".format(sys.executable, *sys.version_info[:2])
    )

from tools.toolchain.cli import main

sys.exit(main(sys.argv[1:]))
