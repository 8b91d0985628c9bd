"""Models of cells and organisms; `plugin` holds the hooks."""
