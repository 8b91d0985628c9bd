"""The built-in plugins: one module a modality, each stating which models exist."""
