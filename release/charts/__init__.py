"""A chart's record and its own files: Chart.yaml, Chart.lock and changelog, with exact edits."""
