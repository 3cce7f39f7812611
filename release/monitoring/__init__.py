"""What watches and notifies: alert rules, dashboards, Git's facts for Prometheus, Slack messages.

Not here: how a number is computed, and applying the objects, which `components/` does.
"""
