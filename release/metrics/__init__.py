"""Releasing in numbers, from Git alone: definitions, computation, and every form they take."""
