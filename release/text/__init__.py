"""Exact edits of YAML, Markdown by lines, scalars as Go reads them, times, and atomic writes.

Not here: anything that knows what a chart, an environment or a stack file is.
"""
