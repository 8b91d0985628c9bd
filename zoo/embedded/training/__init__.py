"""Trains and evaluates the bundled model; stays in the source tree, out of the wheel."""
