"""The JSON Schemas of what `--json` prints: keys that programs may rely on.

Not here: the schema of stack files, which is `release/settings/schema.py`.
"""
