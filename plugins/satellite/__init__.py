"""Models of pictures from above; `plugin` holds the hooks."""
