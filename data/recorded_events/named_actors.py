"""Which series an actor of UCDP is: ids become the names that the series bear.

The invariant: a name that several actors of different countries share is none of them, for their events would be mixed.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from lull.data.readers.any_table import read_any_table
from lull.data.readers.reading_options import USUAL, Reading

GOVERNMENT = "Government of "


@dataclass(frozen=True)
class Actors:
    """Names by actor id, the other side of each dyad by its id, and the names that several actors share."""

    names: dict[str, str]
    rebels: dict[str, str]  # by dyad: the side that is no government
    shared: frozenset[str]


def ids_in(cell: str) -> list[str]:
    """Return the ids of a cell that lists them."""
    return [part.strip() for part in cell.replace(";", ",").split(",") if part.strip()]


def is_government(name: str) -> bool:
    """Return whether a name is that of a government."""
    return name.startswith(GOVERNMENT)


def read_actors(path: Path, *, reading: Reading = USUAL) -> Actors:
    """Return the actors of the UCDP Actor dataset: ActorId, NameData, DyadId, GWNOLoc, as its owner publishes them.

    Raises `InputError` for another kind of file.
    """
    table = read_any_table(path, required=("ActorId", "NameData", "DyadId", "GWNOLoc"), optional=None, reading=reading)
    names: dict[str, str] = {}
    rebels: dict[str, str] = {}
    places: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for _, row in table.records():
        name = row["NameData"].strip()
        names[row["ActorId"].strip()] = name
        places[name].add(tuple(sorted(ids_in(row["GWNOLoc"]))))
        if not is_government(name):
            rebels |= dict.fromkeys(ids_in(row["DyadId"]), name)
    return Actors(names, rebels, frozenset(name for name, where in places.items() if len(where) > 1))


def fate_of(name: str, actors: Actors | None, series: Collection[str] | None) -> str:
    """Return why the events of an actor are not kept, "" if they are."""
    if series is not None and name not in series:
        return "dropped, an actor without a series"
    if actors is not None and name in actors.shared:
        return "dropped, a name of several actors"
    return ""
