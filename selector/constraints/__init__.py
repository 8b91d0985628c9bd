"""What a task may cost, and which models that leaves out."""
