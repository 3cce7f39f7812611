"""The workflow files: registry, stack files and settings in, files as data out.

Not here: what a step does, which is in `release/cli/ci/`, and writing the files.
"""
