"""Models of medical pictures and their texts; `plugin` holds the hooks."""
