"""How far a file is known, several files of a kind, and names and days that betray an error."""

import os
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lull.data.importers.events import Selection, read_event_export
from lull.data.importers.layouts import ACLED, LIST, UCDP
from lull.data.importers.releases import release_of
from lull.data.importers.written import count_rows, import_events
from lull.data.schema import InputError

RED = Selection(actors=("Red Dawn",))
GED = "id,side_a,side_b,date_start,date_end,country"
ANNUAL = f"""{GED}
1,Red Dawn,Gov,2024-11-04,2024-11-04,Nordia
2,Red Dawn,Gov,2024-12-03,2024-12-03,Nordia
"""
JANUARY = f"""{GED}
2,Red Dawn,Gov,2024-12-10,2024-12-10,Nordia
3,Red Dawn,Gov,2025-01-07,2025-01-07,Nordia
"""
MARCH = f"""{GED}
4,Red Dawn,Gov,2025-03-11,2025-03-11,Nordia
5,Red Dawn,Gov,2025-03-05,2025-03-20,Nordia
"""


def written(folder: Path, **files: str) -> list[Path]:
    paths = [folder / f"{name}.csv" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, "utf-8")
    return paths


def acled(rows: int) -> str:
    first = date(2024, 9, 30).toordinal()
    days = [f"X{n},{date.fromordinal(first + 3 * n)},1,Red Dawn,Civilians,Nordia,1760000000" for n in range(rows)]
    return "\n".join(["event_id_cnty,event_date,time_precision,actor1,actor2,country,timestamp", *days]) + "\n"


@pytest.mark.parametrize(
    ("name", "first", "known_to"),
    [
        ("ACLED Data_2026-10-01_event_date_from_2024-09-28_event_date_to_2025-09-26", "2024-09-28", "2025-09-26"),
        ("acled event_date from 2024-09-28 event_date to 2025-09-26", "2024-09-28", "2025-09-26"),
        ("2020-01-01-2021-01-18-Nordia", "2020-01-01", "2021-01-18"),
        ("Middle-East_aggregated_data_up_to_week_of-2025-01-04", None, "2025-01-04"),
        ("ged251", "1989-01-01", "2024-12-31"),
        ("GEDEvent_v25_1", "1989-01-01", "2024-12-31"),
        ("GEDEvent_v25_0_8", "2025-08-01", "2025-08-31"),
        ("GEDEvent_v25_01_25_09", "2025-01-01", "2025-09-30"),
        ("weekly", None, None),
    ],
)
def test_a_name_says_which_days_were_asked_for(name: str, first: str | None, known_to: str | None) -> None:
    found = release_of(Path(f"{name}.csv"), {})
    expected = tuple(day and date.fromisoformat(day) for day in (first, known_to))
    assert (found.first, found.known_to) == expected


@pytest.mark.parametrize(
    ("recency", "known_to"),
    [
        ({"quantity": 12, "unit": "Months", "date": "2025-11-28"}, "2025-11-28"),
        ({"quantity": 1, "unit": "Months"}, "2026-02-28"),
        ({"quantity": 2, "unit": "weeks"}, "2026-03-17"),
        ("10 days", "2026-03-21"),
        ({"years": 1}, "2025-03-31"),
    ],
)
def test_an_envelope_says_what_the_account_could_not_see(tmp_path: Path, recency: object, known_to: str) -> None:
    path = tmp_path / "page-0001.json"
    path.touch()
    answered = datetime(2026, 3, 31, 12).timestamp()  # noqa: DTZ001 - the user's own day
    os.utime(path, (answered, answered))
    found = release_of(path, {"data_query_restrictions": {"date_recency": recency}})
    assert found.known_to == date.fromisoformat(known_to)


def test_the_silence_after_the_last_event_does_not_vanish(tmp_path: Path) -> None:
    name = "ACLED Data_2026-10-01_event_date_from_2024-09-28_event_date_to_2025-09-28"
    (named, plain) = written(tmp_path, **{name: acled(48), "plain": acled(48)})
    made = import_events(named, ACLED, RED, source="acled")
    counts = made.counts.array.to_numpy()[0, 0]
    assert made.events.known_to == date(2025, 9, 28)
    assert str(made.counts.origin) == "2025-09-22"
    assert (counts[-31:] == 0).all()
    assert counts[-32] > 0
    with pytest.raises(InputError, match=r"last event is on 2025-02-18.*--until DATE, or keep the name"):
        import_events(plain, ACLED, RED, source="acled")
    until = Selection(actors=("Red Dawn",), last_day=date(2025, 9, 28))
    reported = import_events(plain, ACLED, until, source="acled").counts
    np.testing.assert_array_equal(reported.array[0, 0, 1:], counts[1:])


def test_of_several_releases_the_newest_counts_and_gaps_are_missing(tmp_path: Path) -> None:
    files = written(tmp_path, ged251=ANNUAL, GEDEvent_v25_0_1=JANUARY, GEDEvent_v25_0_3=MARCH)
    for order in (files, files[::-1]):
        made = import_events(order, UCDP, RED, source="ucdp")
        rows = {str(week): count for _, week, count, *_ in count_rows(made.counts)}
        assert (rows["2024-12-02"], rows["2024-12-09"]) == (1, 0)  # the annual release says the 3rd, not the 10th
        assert (rows["2025-01-06"], rows["2025-03-10"]) == (1, 1)
        assert [week for week, count in rows.items() if count == ""] == [
            "2025-01-27", "2025-02-03", "2025-02-10", "2025-02-17", "2025-02-24",
        ]  # fmt: skip
        assert sum(made.events.tally().values()) == 6
        assert "reports.csv" in made.files  # the event of 16 days is pinned to no week


def test_what_was_known_on_a_day_is_what_was_published_by_then(tmp_path: Path) -> None:
    files = written(tmp_path, ged251=ANNUAL, GEDEvent_v25_0_1=JANUARY, GEDEvent_v25_0_3=MARCH)
    then = Selection(actors=("Red Dawn",), as_of=date(2025, 3, 1))
    made = import_events(files, UCDP, then, source="ucdp")
    assert made.events.known_to == date(2025, 1, 31)
    assert made.counts.array.sum() == 1
    early = Selection(actors=("Red Dawn",), as_of=date(2025, 1, 1))
    with pytest.raises(InputError, match="a day by which one of the files was published"):
        import_events(files, UCDP, early, source="ucdp")


def test_what_changed_between_two_vintages_is_reported(tmp_path: Path) -> None:
    older = acled(10)
    newer = older.replace("X3,2024-10-09", "X3,2024-10-08").replace("X4,", "Y4,")
    files = written(tmp_path, older=older, newer=newer)
    made = import_events(files, ACLED, Selection(("Red Dawn",), last_day=date(2024, 11, 3)), source="acled")
    (change,) = made.events.changes
    assert (change.added, change.removed, change.other_days) == (1, 1, 1)
    assert made.counts.array.sum() == 11  # nothing says that X4 is no event any more


def test_a_day_in_the_future_is_refused_or_set_aside(tmp_path: Path) -> None:
    rows = "event_id,date,actor\n" + "".join(f"{n},2023-01-{n:02d},Red Dawn\n" for n in range(2, 30))
    (path,) = written(tmp_path, future=rows + "99,2043-05-25,Blue Army\n")
    with pytest.raises(InputError, match=r"future.csv:line 30, column date: .* found 2043-05-25, a day in the future"):
        read_event_export(path, LIST, RED)
    from lull.data.readers.reading_options import Reading  # noqa: PLC0415 - here alone

    events = read_event_export(path, LIST, RED, reading=Reading(set_aside=1))
    assert str(events.weeks[-1]) == "2023-01-23"
    assert [row.line for row in events.set_aside] == [30]


def test_names_that_hold_the_one_asked_for_are_reported_with_their_rows(tmp_path: Path) -> None:
    names = ["Red Dawn"] * 4 + ["Red Dawn (2023-)"] * 3 + ["Red Dawn and/or Green Band"] * 2 + ["RED DAWN", "Redder"]
    rows = "event_id,date,actor\n" + "".join(f"{n},2023-02-{2 * n + 1:02d},{name}\n" for n, name in enumerate(names))
    (path,) = written(tmp_path, list=rows)
    (note,) = [note for note in read_event_export(path, LIST, RED).notes if note.startswith("Other names")]
    assert "Red Dawn (2023-): 3 rows, 2023-02-09 to 2023-02-13" in note
    assert "Red Dawn and/or Green Band: 2 rows" in note
    assert "RED DAWN: 1 row," in note
    assert "Redder" not in note


@pytest.mark.parametrize("rows", [20_000, pytest.param(300_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["acled", "ucdp", "list"])
def test_weekly_counts_are_those_of_an_independent_aggregation(kind: str, rows: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    day = np.datetime64("2015-01-01") + rng.integers(0, 3000, rows)
    actor = np.array(["Red Dawn", "Blue Army", "Green Band"])[rng.integers(0, 3, rows)]
    ids = [f"E{n}" for n in rng.integers(0, rows, rows)]  # some twice
    frame = pl.DataFrame({"id": ids, "day": day, "actor": actor})
    columns = {
        "acled": ("event_id_cnty", "event_date", "actor1"), "ucdp": ("id", "date_start", "side_a"),
        "list": ("event_id", "date", "actor"),
    }[kind]  # fmt: skip
    table = frame.rename(dict(zip(("id", "day", "actor"), columns, strict=True)))
    extra = {"acled": {"actor2": ""}, "ucdp": {"side_b": "", "date_end": None}, "list": {}}[kind]
    for name, value in extra.items():
        table = table.with_columns((pl.col("date_start") if value is None else pl.lit(value)).alias(name))
    path = tmp_path / "export.csv"
    table.write_csv(path)
    layout = {"acled": ACLED, "ucdp": UCDP, "list": LIST}[kind]
    counts = import_events(path, layout, RED, source=kind).counts
    own = frame.filter(pl.col("actor") == "Red Dawn").unique("id", keep="first", maintain_order=True)
    weekly = own.with_columns(pl.col("day").dt.truncate("1w").alias("week")).group_by("week").len()
    expected = dict(weekly.iter_rows())
    found = counts.array.to_numpy()[0, 0]
    assert found.tolist() == [expected.get(week, 0) for week in counts.weeks.tolist()]
