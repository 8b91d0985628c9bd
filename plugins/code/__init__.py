"""Models of program code; `plugin` holds the hooks."""
