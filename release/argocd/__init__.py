"""AppProjects and Applications as plain data and as files; nothing is decided here."""
