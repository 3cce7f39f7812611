"""What GitHub gets, as plain data: rulesets, environments, labels, owners and files."""
