"""What a change does to every environment: rendered differences, risk flags, the least bump.

Not here: running Helm, and refusing a change: a flag warns, a rule refuses.
"""
