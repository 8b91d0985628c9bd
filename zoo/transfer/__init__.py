"""Recipes and the transfer of a source model to a task."""
