"""Git as a program: commands, objects, references, commits.

Not here: anything that knows what a chart, a stack file or a pin is.
"""
