"""Every rule that files and Git can show to be broken, and how findings are told."""
