"""What Helm makes of charts, told without Helm: which files, sub-charts and values it loads.

Not here: running Helm, which `release/rendering/` does, and rules on what it makes.
"""
