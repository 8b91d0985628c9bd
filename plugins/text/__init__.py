"""Models of written language; `plugin` holds the hooks."""
