"""Engine, plugins and cluster programs for machines that lack them.

Not here: imports, so that `__main__` still runs, and explains itself, on a Python that is too old
for the rest of this package; and programs that nothing in this repository runs.
"""
