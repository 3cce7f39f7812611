"""What Helm makes of charts: which files it loads, which sub-charts, which values."""
