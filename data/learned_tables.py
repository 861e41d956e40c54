"""Tables of figures that were learned from the record of many actors: those that come with Lull, or the user's own."""

import os
from pathlib import Path

from lull.data.readers.tabular import embedded_file

LEARNED = "LULL_LEARNED"  # names the folder of one's own tables, as `lull learn --out` writes them


def learned_table(name: str) -> Path:
    """Return where a table is: in the folder that `LULL_LEARNED` names, if it is set, or among the embedded data."""
    folder = os.environ.get(LEARNED)
    return Path(folder) / name if folder else embedded_file(name)
