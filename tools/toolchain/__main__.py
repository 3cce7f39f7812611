"""`python3 -m tools.toolchain`: refuses an old Python in words, then hands over to the commands."""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "toolchain: Python %d.%d at %s is too old: 3.11 or newer is needed.\n"
        "Name one: make PYTHON=python3.12 up" % (sys.version_info[:2] + (sys.executable,))
    )

from tools.toolchain.cli import main

sys.exit(main(sys.argv[1:]))
