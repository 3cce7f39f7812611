"""Every rule of `hmco check`, and how findings are reported.

Not here: reading files, for a rule asks the picture, and Git only which commits and paths there
are; and mending what it finds.
"""
