"""A demonstration estate: HMCo's charts with months of releases behind them, made in seconds."""
