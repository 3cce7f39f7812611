"""One stack file: its text, the typed settings, their constraints and their schema.

Not here: other files, Git and the charts' records.
"""
