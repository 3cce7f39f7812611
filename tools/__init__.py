"""Programs that help a developer's machine, apart from the product itself.

Not here: rules on releases, for which `tools/engine/` asks `release/`.
"""
