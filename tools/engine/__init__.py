"""The `pulumi` of this project: the real engine, kept apart from the user's other work.

Not here: resources and settings of the program that it runs.
"""
