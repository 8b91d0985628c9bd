"""Builds the bundled evidence from published tables; stays in the source tree, out of the wheel."""
