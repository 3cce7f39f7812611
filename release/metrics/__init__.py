"""Releasing in numbers, from Git alone: definitions, computation, and every form they take.

Not here: alerts and dashboards, and what a gate is, which `release/promotion/gates.py` says.
"""
