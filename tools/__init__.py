"""Programs that help a developer's machine, apart from the product itself."""
