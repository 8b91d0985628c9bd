"""Models of pictures and texts together; `plugin` holds the hooks."""
