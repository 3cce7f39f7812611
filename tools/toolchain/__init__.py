"""Engine, plugins and cluster programs for machines that lack them.

Nothing is imported here: `__main__` must still run, and explain itself, on a Python that is too old
for the rest of this package.
"""
