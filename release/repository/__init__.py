"""The one picture of the repository: revisions, charts, tags, pins and their history.

Not here: writing anything, and judging what the picture shows.
"""
