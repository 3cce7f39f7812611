"""AppProjects and Applications as plain data and as files.

Not here: decisions, Git, and requests to a cluster.
"""
