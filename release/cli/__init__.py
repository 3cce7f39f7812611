"""The command line, `hmco`: thin commands over the pure domain."""
