"""The plotting library, without the finder of plugins that it leaves among Python's importers."""

import sys
import warnings

with warnings.catch_warnings():
    # Its finder is of the kind before Python 3.4: each later import anywhere would warn of it.
    warnings.simplefilter("ignore", ImportWarning)
    import pygal
    from pygal.style import Style

sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

__all__ = ["Style", "pygal"]
