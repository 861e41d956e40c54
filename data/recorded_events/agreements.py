"""The UCDP Peace Agreement data set as its owner publishes it, as events of the series of each signing actor.

Pettersson, Högbladh and Öberg, 2019, Organized violence, 1989-2018 and peace agreements, Journal of Peace Research
56(4).
"""

from collections import Counter
from collections.abc import Collection
from datetime import date
from pathlib import Path

from lull.data.readers.any_table import read_any_table
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.recorded_events.ceasefires import KEPT, RecordedEvents
from lull.data.recorded_events.named_actors import Actors, fate_of, ids_in, is_government

TYPES = {"1": "full", "2": "partial", "3": "process"}
REQUIRED = ("paid", "actor_id", "pa_name", "pa_date", "pa_type")


def read_agreements(
    path: Path, *, actors: Actors, series: Collection[str] | None = None, reading: Reading = USUAL
) -> RecordedEvents:
    """Return the agreements of a file as events, one for each actor that signed and is no government.

    Raises `InputError` for a file without the columns of the data set.
    """
    table = read_any_table(path, required=REQUIRED, optional=None, reading=reading)
    fates: Counter[str] = Counter()
    rows = []
    for _, row in table.records():
        for actor in dict.fromkeys(ids_in(row["actor_id"])):
            name = actors.names.get(actor, "")
            if is_government(name):
                continue
            day, type_ = _day(row["pa_date"]), TYPES.get(row["pa_type"].strip().removesuffix(".0"), "")
            fate = fate_of(name, actors, series) or ("" if day and type_ else "dropped, no day or type known") or KEPT
            fates[fate] += 1
            if fate == KEPT:
                paid = row["paid"].strip()
                note = f"UCDP Peace Agreement data set, {paid}"
                rows.append(
                    (
                        f"pa-{paid}-{actor}",
                        day,
                        "",
                        "agreement",
                        type_,
                        name,
                        row["pa_name"].strip()[:80],
                        3,
                        "",
                        "false",
                        "",
                        name,
                        note,
                    )
                )
    return RecordedEvents(tuple(rows), dict(fates))


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell.strip()[:10])
    except ValueError:
        return None
