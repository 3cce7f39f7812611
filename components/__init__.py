"""Pulumi component resources: thin, over the pure builders of `release/`.

Not here: what an object says, and the command line.
"""
