"""Programs that help a developer's machine, apart from the product itself.

Not here: anything that knows what a release is.
"""
