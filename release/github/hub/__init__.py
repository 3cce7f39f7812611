"""GitHub itself: what is asked of it and told to it, through PyGithub; nothing is decided here."""
