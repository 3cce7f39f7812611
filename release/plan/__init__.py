"""What a change does to every environment: rendered differences, risk flags, honest numbers."""
