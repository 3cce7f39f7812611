"""Every rule, and how findings are told; a rule asks the picture and never reads a file itself."""
