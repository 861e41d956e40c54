"""The Civil Conflict Ceasefire data set as its owners publish it, a row an actor and ceasefire, as events of series.

Clayton et al., 2022, Introducing the Civil Conflict Ceasefire Dataset, Journal of Conflict Resolution,
10.1177/00220027221129195. Days may stand in three columns (year, month, day) or in one.

A ceasefire of a government alone is, for the other side of its dyad, one that the other side declared.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lull.data.readers.any_table import read_any_table
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.recorded_events.named_actors import Actors, fate_of, is_government
from lull.data.schema import InputError, Problem

COLUMNS = (
    *("event_id", "date", "end_date", "kind", "type", "actor", "target"),
    *("salience", "end", "endogenous", "coded", "series", "note"),
)
NEEDED = (
    *("cc", "cf_id", "ucdp_actor_id", "actor_name", "ucdp_dyad"),
    *("side", "partial", "written", "p_holiday", "p_humanitarian"),
)
CLASS = ("ceasefire_class", "cea_class", "class")  # names of the column in its releases
ENDED = ("ended", "cf_ended", "end_type")
DAYS = {
    "declared": (("declared_date",), ("cf_dec_yr", "cf_dec_month", "cf_dec_day")),
    "effective": (("effective_date",), ("cf_effect_yr", "cf_effect_month", "cf_effect_day")),
    "ended": (("ended_date",), ("end_yr", "end_month", "end_day")),
}
END_CODES = {"1": "ran_out", "2": "broken_off", "4": "replaced", "-1": "unknown"}
NEVER = "3"  # the code of a ceasefire that never took effect
DEFINITIVE, UNILATERAL = "3", "1"
KEPT = "kept"

type Row = Mapping[str, str]


@dataclass(frozen=True)
class RecordedEvents:
    """Rows of an events file under `COLUMNS`, and how many rows of the source had which fate."""

    rows: tuple[tuple[object, ...], ...]
    fates: dict[str, int]


def read_ceasefires(
    path: Path, *, actors: Actors | None = None, series: Collection[str] | None = None, reading: Reading = USUAL
) -> RecordedEvents:
    """Return the ceasefires of a file as events of series; with `series` only of those.

    `actors` name the ids as the series are named; without them the file's own names are taken. Raises `InputError` for
    a file without the columns of the data set.
    """
    table = read_any_table(path, required=(), optional=None, reading=reading)
    lower = [name.strip().casefold() for name in table.columns]
    _check(path.name, lower)
    rows = [dict(zip(lower, (cell.strip() for cell in row), strict=True)) for row in table.rows]
    parties: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        parties[row["cc"], row["cf_id"]].add(row["ucdp_actor_id"])
    fates: Counter[str] = Counter()
    kept: dict[tuple[object, ...], tuple[object, ...]] = {}
    for row in rows:
        for fate, event in _events_of(row, parties[row["cc"], row["cf_id"]], actors, series):
            fates[fate] += 1
            if event:
                kept.setdefault(event[:1], event)
    return RecordedEvents(tuple(kept.values()), dict(fates))


def _events_of(
    row: Row, parties: Collection[str], actors: Actors | None, series: Collection[str] | None
) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield the fate of a row and its event, empty where it is not kept."""
    name = actors.names.get(row["ucdp_actor_id"], row["actor_name"]) if actors else row["actor_name"]
    alone = is_government(name)
    if alone:
        name = (actors.rebels.get(row["ucdp_dyad"], "") if actors else "") or row.get("side_b", "")
        own = {actors.names.get(one, "") for one in parties} if actors else parties
        if not name or name in own or row.get("side_b_id", "").removesuffix(".0") in parties:
            yield "dropped, a government's half of a ceasefire of both", ()
            return
    declared, effective, ended = (_day(row, which) for which in DAYS)
    start, code = effective or declared, _first(row, ENDED)
    fate = fate_of(name, actors, series)
    if not fate and start is None:
        fate = "dropped, no day known"
    if not fate and code == NEVER:
        fate = "dropped, never took effect"
    if not fate and start and ended and ended < start:
        ended, code = None, "-1"  # an end before the start says no more than that the end is not known
    if fate:
        yield fate, ()
        return
    yield KEPT, _event(row, name, start, ended, code, alone=alone)


def _event(
    row: Row, name: str, start: date | None, ended: date | None, code: str, *, alone: bool
) -> tuple[object, ...]:
    end = END_CODES.get(code, "")
    if end in {"ran_out", "broken_off", "replaced"} and ended is None:
        end = "unknown"
    type_ = "other_side" if alone else _type(row)
    kind = (
        "declared_halt"
        if row["side"] == UNILATERAL and type_ in {"written", "verbal", "definitive", ""}
        else "ceasefire"
    )
    note = f"Civil Conflict Ceasefire data set, {row['cc']}-{row['cf_id']}"
    identity = f"cf-{row['cc']}-{row['cf_id']}-{row['ucdp_actor_id']}-{row['ucdp_dyad']}"
    shown = type_ if kind == "ceasefire" else ""
    return (identity, start, ended or "", kind, shown, name, row["ucdp_dyad"], 3, end, "false", "", name, note)


def _type(row: Row) -> str:
    """Return the type of a ceasefire that the actor itself is a party of."""
    if row["p_holiday"] == "1":
        return "holiday"
    if row["p_humanitarian"] == "1":
        return "humanitarian"
    if row["partial"] == "1":
        return "partial"
    if _first(row, CLASS) == DEFINITIVE:
        return "definitive"
    return {"1": "written", "2": "written", "0": "verbal"}.get(row["written"], "")


def _day(row: Row, which: str) -> date | None:
    """Return a day of a row, None where it is not known to the day."""
    single, parts = DAYS[which]
    try:
        if text := row.get(single[0], ""):
            return date.fromisoformat(text[:10])
        year, month, day = (int(float(row.get(name, "") or 0)) for name in parts)
        return date(year, month, day)
    except ValueError:
        return None


def _first(row: Row, names: Collection[str]) -> str:
    return next((row[name].removesuffix(".0") for name in names if row.get(name)), "")


def _check(name: str, columns: list[str]) -> None:
    """Refuse a file that is not the data set."""
    missing = [each for each in NEEDED if each not in columns]
    missing += [single[0] for single, parts in DAYS.values() if single[0] not in columns and parts[0] not in columns]
    if missing:
        expected = f"the columns of the Civil Conflict Ceasefire data set, {', '.join(missing)} among them"
        raise InputError(Problem(f"{name}:line 1", expected, ", ".join(columns[:12]), "See docs/drivers.md."))
