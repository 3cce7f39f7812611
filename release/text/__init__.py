"""Exact edits of YAML and Markdown, atomic writes; it knows no chart and no environment."""
