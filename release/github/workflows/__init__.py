"""The workflow files: registry, stack files and settings in, files as data out."""
