"""Tables of published results, in the project's own form."""
