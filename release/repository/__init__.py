"""The one picture of the repository: revisions, charts, tags, pins and their history.

It is only ever read, never written.
"""
