"""Candidates measured on the user's own data."""
