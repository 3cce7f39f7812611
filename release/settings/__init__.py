"""Stack files: their text, the typed settings, constraints and schema, and what a change loosens.

Not here: other files, Git, the charts' records, and whether environments fit together, which
`release/estate.py` says.
"""
