from lull.cli.root import lull, main

__all__ = ["lull", "main"]
