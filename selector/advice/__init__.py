"""What to start from and how: candidates, leakage, strategy, baseline, verdict."""
