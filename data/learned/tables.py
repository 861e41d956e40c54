"""Tables of figures that were learned from the record of many actors: those that come with Lull, or the user's own.

The invariant: whatever is named by a hash of what decides it (a run, a kept forecast, a trial) has the tables in that
hash where they change it, so that results of other tables are never taken for its own.
"""

import os
from pathlib import Path

from lull.data.files import file_checksum
from lull.data.readers.tabular import embedded_file

LEARNED = "LULL_LEARNED"  # names the folder of one's own tables, as `lull learn --out` writes them


TABLES = ("companion.csv", "effects.csv", "pauses.csv")
MAY_LACK = frozenset({"effects.csv"})  # of counts alone none is learned; then the one that comes with Lull is in use


def learned_table(name: str) -> Path:
    """Return where a table is: in the folder that `LULL_LEARNED` names, if it is set, or among the embedded data."""
    folder = os.environ.get(LEARNED)
    own = Path(folder) / name if folder else embedded_file(name)
    return embedded_file(name) if name in MAY_LACK and not own.is_file() else own


def learned_identity() -> dict[str, str]:
    """Return the checksum of each table in use that is not the one that comes with Lull; one that is not there is "".

    Empty where none of one's own is in use. Reading a table that is not there is an error, naming it is not.
    """
    own = {name: learned_table(name) for name in TABLES}
    found = {name: file_checksum(path) if path.is_file() else "" for name, path in own.items()}
    return {name: checksum for name, checksum in found.items() if checksum != file_checksum(embedded_file(name))}
