"""Which model, which recipe? Ranks source models for a task and says why."""
