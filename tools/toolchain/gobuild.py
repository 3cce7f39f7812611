"""Building programs from Go modules, where nothing but a module proxy is reachable."""
