"""One stack file: text, typed settings, their constraints and schema.

No other file is read here, and no chart is known.
"""
