"""Data sets of recorded events as their owners publish them: each row has one fate, and its kind, type and end."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.events import Event, read_events

HEADING = (
    "CC,CF_ID,ucdp_actor_id,Actor_name,ucdp_dyad,CF_dec_yr,CF_dec_month,CF_dec_day,CF_effect_yr,CF_effect_month,"
    "CF_effect_day,end_yr,end_month,end_day,ended,side,partial,written,P_holiday,P_humanitarian,ceasefire_class"
)
CEASEFIRES = f"""{HEADING}
9,1,70,Alpha Front,500,2001,3,1,2001,3,5,2001,6,5,1,2,0,1,0,0,1
9,1,10,Government of Nowhere,500,2001,3,1,2001,3,5,2001,6,5,1,2,0,1,0,0,1
9,2,70,Alpha Front,500,2002,1,7,-1,-1,-1,-1,-1,-1,-1,2,0,0,0,0,1
9,3,70,Alpha Front,500,2003,1,6,2003,1,6,2003,2,1,2,2,0,1,0,0,3
9,4,70,Alpha Front,500,2004,1,5,2004,1,5,-1,-1,-1,4,2,1,1,0,0,1
9,5,10,Government of Nowhere,500,2005,1,3,2005,1,3,2005,1,5,1,1,0,0,1,0,1
9,6,70,Alpha Front,500,2006,1,2,2006,1,2,-1,-1,-1,0,1,0,0,0,0,1
9,7,70,Alpha Front,500,2007,1,1,2007,1,1,-1,-1,-1,3,2,0,1,0,0,1
9,8,80,Others,501,2008,1,7,2008,1,7,2008,1,9,1,2,0,1,1,0,1
9,9,70,Alpha Front,500,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,2,0,1,0,0,1
"""
ACTORS = """ActorId,NameData,DyadId,GWNOLoc
10,Government of Nowhere,"500, 501",900
70,Alpha,500,900
80,Twins,501,900
81,Twins,502,901
"""
AGREEMENTS = """paid,actor_id,actor_name,pa_name,pa_date,pa_type
1,"10, 70","Government of Nowhere, Alpha",First Accord,2009-05-04,1
2,"10, 70",,Talks about talks,2009-06-01,3
3,"10, 80",,Twin Accord,2009-07-06,2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"cf": CEASEFIRES, "actors": ACTORS, "pa": AGREEMENTS}.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    (tmp_path / "counts.csv").write_text("series,week_start,count\nAlpha,2001-01-01,1\nTwins,2001-01-01,1\n", "utf-8")
    return tmp_path


def run(what: str, folder: Path, file: str, *more: str) -> Result:
    arguments = ["import", what, str(folder / file), "--out", str(folder / "out"), *more]
    return CliRunner().invoke(lull, arguments)


def imported(folder: Path) -> dict[str, Event]:
    return {event.event_id: event for event in read_events(folder / "out" / "events.csv")}


def test_each_ceasefire_has_its_type_and_its_end_and_each_row_one_fate(folder: Path) -> None:
    named = ("--actors", str(folder / "actors.csv"), "--counts", str(folder / "counts.csv"), "--json")
    document = json.loads(run("ceasefires", folder, "cf.csv", *named).stdout)
    assert document["fates"] == {
        "kept": 6,
        "dropped, a government's half of a ceasefire of both": 1,
        "dropped, never took effect": 1,
        "dropped, a name of several actors": 1,
        "dropped, no day known": 1,
    }
    found = [
        (str(event.date), str(event.end_date), event.kind, event.type, event.end, event.series)
        for event in imported(folder).values()
    ]
    assert found == [
        ("2001-03-05", "2001-06-05", "ceasefire", "written", "ran_out", "Alpha"),
        ("2002-01-07", "None", "ceasefire", "verbal", "unknown", "Alpha"),
        ("2003-01-06", "2003-02-01", "ceasefire", "definitive", "broken_off", "Alpha"),
        ("2004-01-05", "None", "ceasefire", "partial", "unknown", "Alpha"),
        ("2005-01-03", "2005-01-05", "ceasefire", "other_side", "ran_out", "Alpha"),
        ("2006-01-02", "None", "declared_halt", "", "", "Alpha"),
    ]


def test_days_may_stand_in_one_column(folder: Path) -> None:
    heading = "cc,cf_id,ucdp_actor_id,actor_name,ucdp_dyad,declared_date,effective_date,ended_date,ended"
    row = "9,1,70,Alpha,500,2001-03-01,,2001-06-05,1,2,0,1,0,0,1"
    text = f"{heading},side,partial,written,p_holiday,p_humanitarian,ceasefire_class\n{row}\n"
    (folder / "one.csv").write_text(text, "utf-8")
    assert run("ceasefires", folder, "one.csv").exit_code == 0
    (event,) = imported(folder).values()
    assert (str(event.date), str(event.end_date), event.series) == ("2001-03-01", "2001-06-05", "Alpha")


def test_an_agreement_is_an_event_of_each_actor_that_signed_but_the_government(folder: Path) -> None:
    result = run("agreements", folder, "pa.csv", "--actors", str(folder / "actors.csv"))
    assert "2 events" in result.stdout
    found = [(str(event.date), event.type, event.dimension, event.series) for event in imported(folder).values()]
    assert found == [
        ("2009-05-04", "full", "agreement", "Alpha"),
        ("2009-06-01", "process", "agreement_process", "Alpha"),
    ]


def test_another_file_is_refused_and_nothing_written(folder: Path) -> None:
    result = run("ceasefires", folder, "pa.csv")
    assert result.exit_code == 2
    assert "expected the columns of the Civil Conflict Ceasefire data set, cc, cf_id," in result.stderr
    assert not (folder / "out").exists()


def test_a_file_of_none_of_the_series_says_what_became_of_its_rows(folder: Path) -> None:
    (folder / "counts.csv").write_text("series,week_start,count\nnorth,2001-01-01,1\n", "utf-8")
    result = run("ceasefires", folder, "cf.csv", "--counts", str(folder / "counts.csv"))
    assert result.exit_code == 2
    assert "found 8 dropped, an actor without a series" in result.stderr
