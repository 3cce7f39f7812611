"""Exact edits of YAML and Markdown, and atomic writes.

Not here: anything that knows what a chart, an environment or a stack file is.
"""
