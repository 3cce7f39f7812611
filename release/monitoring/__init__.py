"""Alerts, dashboards, Slack messages; all objects of an environment; what a cluster lacks for them.

Not here: how a number is computed, and applying the objects, which `components/` does.
"""
