"""Models of photographs; `plugin` holds the hooks."""
