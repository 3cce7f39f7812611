"""What GitHub gets, as plain data: rulesets, environments, labels, owners and files.

Not here: requests to GitHub, which `release/github/hub/` alone makes, and decisions on promotions.
"""
