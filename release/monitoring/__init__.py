"""What watches and notifies, with it every object of an environment, and what a cluster lacks.

Not here: how a number is computed, and applying the objects, which `components/` does.
"""
