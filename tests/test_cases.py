"""Small inputs as they come in public files, each through the command: the counts it gives, or a refusal in words.

The files under `tests/cases/` are invented; where such a thing was seen is noted in the changelog of the reader.
"""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lull.cli import lull

CASES = Path(__file__).parent / "cases"
RED = ("--actor", "Red Dawn")
THREE_WEEKS = {"Red Dawn, Nordia": [2, 1, 1]}  # of 2020-12-28, 2021-01-04, 2021-01-11
TWO_EVENTS = {"Red Dawn, Nordia": [1, 0, 1]}
SUMS = {"Nordia, East": [5, 1, 0, 6, 2, 3], "Nordia, West": [0, 4, 0, 2, 0, 1]}


def run(*words: str, out: Path | None = None) -> tuple[int, str]:
    """Return the exit code of a command and all that it says; the first word that names a case's file is found."""
    found = [str(next(CASES.glob(f"{word}"))) if "*" in word else word for word in words]
    done = CliRunner().invoke(lull, [*found, *(("--out", str(out)) if out else ())])
    return done.exit_code, " ".join((done.output + (done.stderr or "")).split())


def counts_in(out: Path) -> dict[str, list[int | None]]:
    """Return the counts of a file of weekly counts, by series."""
    series: dict[str, list[int | None]] = {}
    with (out / "counts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            series.setdefault(row["series"], []).append(int(row["count"]) if row["count"] else None)
    return series


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("acled", "04*/export.csv", *RED), THREE_WEEKS),
        (("ucdp", "05*/ged.csv", *RED), TWO_EVENTS),
        (("acled", "06*/rownames.csv", *RED), THREE_WEEKS),
        (("acled", "06*/trailing.csv", *RED), THREE_WEEKS),
        (("acled", "08*/d-Mon-y.csv", *RED), THREE_WEEKS),
        (("acled", "08*/d-Month-Y.csv", *RED), THREE_WEEKS),
        (("acled", "08*/d_Mon_Y.csv", *RED), THREE_WEEKS),
        (("acled", "08*/slashes.csv", *RED), THREE_WEEKS),
        (("acled", "08*/with_a_time.csv", *RED), THREE_WEEKS),
        (("acled", "09*/acled.json", *RED), THREE_WEEKS),
        (("ucdp", "09*/ucdp.json", *RED), TWO_EVENTS),
        (("acled", "13*/export.csv", *RED), THREE_WEEKS),
        (("acled", "16*/title.xlsx", *RED), THREE_WEEKS),
        (("acled", "16*/second.xlsx", *RED), THREE_WEEKS),
        (("counts", "13*/weekly.csv"), {"east": [3, 0, None, 1, 4, 0]}),
        (("counts", "14*/na.csv"), {"east": [0, 1, None, 3, 4, 5]}),
        (
            ("acled-weekly", "03*/aggregate.csv", "--country", "Nordia", "--front", "admin1", "--faction", "Nordia"),
            SUMS,
        ),
        (("counts", "03*/weekly.csv"), {"East": [5, 1, 0, 6, 2, 3]}),
        (("events", "15*/launched.csv", *RED, "--sum", "launched", "--until", "2023-03-05"), {"Red Dawn": None}),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_is_read(words: tuple[str, ...], expected: dict[str, list[int | None] | None], tmp_path: Path) -> None:
    code, said = run("import", *words, out=tmp_path)
    assert code == 0, said
    found = counts_in(tmp_path)
    assert found.keys() == expected.keys()
    for name, weeks in expected.items():
        assert found[name] == (weeks or found[name])


def test_the_numbers_of_a_column_are_added_up_when_asked(tmp_path: Path) -> None:
    words = ("import", "events", "15*/launched.csv", *RED, "--until", "2023-03-05")
    code, said = run(*words, out=tmp_path)
    assert code == 0
    assert "not the values of launched: --sum COLUMN adds a column up" in said
    assert sum(count or 0 for count in counts_in(tmp_path)["Red Dawn"]) == 20
    run(*words, "--sum", "launched", out=tmp_path)
    assert sum(count or 0 for count in counts_in(tmp_path)["Red Dawn"]) == 100


def test_a_list_without_ids_or_actors_is_of_one_faction(tmp_path: Path) -> None:
    words = ("events", "15*/alarms.csv", "--day", "start", "--front", "region", "--faction", "Alarms")
    code, said = run("import", *words, "--until", "2023-03-05", out=tmp_path)
    assert code == 0
    assert "every row is taken for an event of its own" in said
    assert sum(count or 0 for weeks in counts_in(tmp_path).values() for count in weeks) == 20


def test_other_names_of_an_actor_are_told(tmp_path: Path) -> None:
    code, said = run("import", "events", "12*/list.csv", "--front", "place", *RED, out=tmp_path)
    assert code == 0
    assert "Red Dawn (2023-): 3 rows" in said
    assert "Red Dawn and/or Green Band: 3 rows" in said


def test_a_semicolon_and_letters_of_windows_are_read(tmp_path: Path) -> None:
    columns = ("--event-id", "id", "--day", "msg_date", "--actor-column", "region", "--pattern", ".", "--faction", "X")
    code, said = run("import", "events", "17*/alarms.csv", *columns, out=tmp_path)
    assert (code, "separated by semicolons" in said) == (0, True)
    code, said = run("import", "events", "17*/latin.csv", *RED, out=tmp_path)
    assert (code, "was read as windows-1252" in said) == (0, True)


def test_an_actor_without_a_name_is_unnamed(tmp_path: Path) -> None:
    code, said = run("import", "acled", "07*/export.csv", *RED, "--front", "target", out=tmp_path)
    assert code == 0, said
    assert "Red Dawn, unnamed" in counts_in(tmp_path)
    assert "Red Dawn, NA" not in counts_in(tmp_path)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("events", "02*/list.csv", "--front", "place", *RED), "found 2043-06-05, a day in the future"),
        (("events", "07*/list.csv", "--front", "place", *RED), "expected the name of an event, found 'NA'"),
        (("counts", "14*/dash.csv"), "Leave the cell empty if it is not known, write 0 if there was none."),
        (("ucdp", "16*/nohead.csv", *RED), "found no heading"),
        (
            ("events", "03*/aggregate.csv", "--event-id", "ID", "--day", "WEEK", "--actor-column", "COUNTRY", *RED),
            "lull import acled-weekly",
        ),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_is_refused_and_nothing_is_written(words: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    code, said = run("import", *words, out=tmp_path / "out")
    assert code == 2
    assert expected in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["18*/weekly.csv", "18*/case.csv"])
def test_two_spellings_of_one_name_are_told(name: str) -> None:
    code, said = run("check", name)
    assert code == 0
    assert "alike" in said


def test_a_week_in_the_future_is_no_week_of_counts() -> None:
    code, said = run("check", "02*/weekly.csv")
    assert code == 2
    assert "2099-12-28" in said


def test_an_answer_of_an_api_is_known_for_what_it_is() -> None:
    code, said = run("check", "09*/acled.json", "--json")
    assert code == 0
    assert json.loads(said)["kind"] == "acled"
