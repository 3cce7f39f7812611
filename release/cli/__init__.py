"""The command line, `hmco`: it parses, asks and prints.

Not here: decisions and rules, which a command asks the other rooms for.
"""
