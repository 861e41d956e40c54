"""The ledger of a store as every command opens it: what is wrong with it is said first, on standard error."""

import sys

from lull.cli.screen.streams import harmless
from lull.data.schema import InputError
from lull.ledger.journal import Ledger, open_ledger
from lull.model.runs.store import Store


def opened_ledger(store: Store) -> Ledger:
    """Return the ledger of a store, after a warning where it is not whole. Raises `InputError` if it cannot be read."""
    ledger = open_ledger(store)
    if problems := ledger.problems():
        words = f"The ledger is not whole; what is whole of it counts.\n{InputError(problems)}\n"
        sys.stderr.write(harmless(words))
    return ledger
