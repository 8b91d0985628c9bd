"""The target task: its domain, language, classes and limits."""
