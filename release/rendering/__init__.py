"""What Argo CD would apply: charts rendered by the real Helm, confined, cached, without secrets.

Not here: comparing renderings or judging them, which `release/plan/` and `release/rules/` do.
"""
