"""`cis-insights backtest`: how often each alarm would have fired, before it is deployed."""
