"""A chart's record and its own files, read and edited: Chart.yaml, Chart.lock and the changelog.

Not here: environments, Git, and what Helm makes of the files, which is in `release/charts/helm/`.
"""
