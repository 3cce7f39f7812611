"""What GitHub gets, as plain data, and how what it has differs: rulesets, owners, files, comments.

Not here: requests to GitHub, which `release/github/hub/` alone makes, and decisions on promotions.
"""
