"""What watches and tells: alert rules, dashboards, landings as rules, and Slack messages."""
