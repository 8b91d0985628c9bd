"""`python -m zoo.cli` is the `zoo` command where scripts are not on the path."""

from zoo.cli import main

main()
