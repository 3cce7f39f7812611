"""What Argo CD would apply: charts rendered by the real Helm, confined, cached, without secrets."""
