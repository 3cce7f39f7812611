"""`python -m tools.engine`: the launcher without its script in the virtual environment."""

import sys

from tools.engine.launch import main

sys.exit(main(sys.argv[1:]))
