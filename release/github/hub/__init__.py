"""GitHub itself: what is asked of it and told to it, through PyGithub.

Not here: decisions on the answers.
"""
