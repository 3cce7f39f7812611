"""Fixtures that tests of every part share."""

pytest_plugins = ["tests.estate.fixtures"]
