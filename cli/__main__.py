"""`python -m lull.cli` is the command `lull`."""

from lull.cli.root import main

main()
