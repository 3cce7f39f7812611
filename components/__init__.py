"""Pulumi component resources: thin, over the pure builders of `release`."""
