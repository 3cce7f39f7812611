"""What GitHub gets, as plain data: rulesets, environments, labels, owners, files and comments.

Not here: requests to GitHub, which `release/github/hub/` alone makes, and decisions on promotions.
"""
