"""The domain of HMCo's releases and its command line; nothing below imports pulumi."""

from typing import Final

__version__: Final = "0.1.0"
