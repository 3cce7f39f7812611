"""Every rule of `hmco check`, and how findings are reported.

Not here: reading files or Git, for a rule asks the picture; and mending what it finds.
"""
