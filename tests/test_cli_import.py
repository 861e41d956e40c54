"""`lull import`: from an export to a file that a fit reads, and wrong files refused with exit 2."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.counts import read_counts

ROWS = """id,when,who,known
1,2024-01-01,Alpha,2024-01-02
2,2024-01-09,Alpha,2024-03-02
3,2024-01-14,Beta,2024-01-15
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lull, [str(argument) for argument in arguments])


@pytest.fixture
def events(tmp_path: Path) -> list[str | Path]:
    path = tmp_path / "list.csv"
    path.write_text(ROWS)
    columns = ["--event-id", "id", "--day", "when", "--actor-column", "who", "--coded", "known"]
    return ["import", "events", path, *columns, "--out", tmp_path / "out"]


def test_a_list_becomes_counts_and_the_fates_add_up(tmp_path: Path, events: list[str | Path]) -> None:
    result = run(*events, "--actor", "Alpha", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["rows"] == sum(document["fates"].values()) == 3
    assert read_counts(tmp_path / "out" / "counts.csv").array[0].to_numpy().tolist() == [[1, 1]]
    assert run("check", tmp_path / "out" / "counts.csv").exit_code == 0
    again = run("import", "counts", tmp_path / "out" / "counts.csv", "--out", tmp_path / "again")
    assert again.exit_code == 0
    assert (tmp_path / "again" / "counts.csv").read_text() == (tmp_path / "out" / "counts.csv").read_text()


def test_counts_of_weeks_from_saturday_stay_in_their_weeks(tmp_path: Path) -> None:
    path, out = tmp_path / "weekly.csv", tmp_path / "out"
    path.write_text("series,week_start,count\nEast,2025-01-04,5\nEast,2025-01-11,1\nEast,2025-01-18,0\n")
    assert "3 weeks (Saturday to Friday)" in run("check", path).stdout
    result = run("import", "counts", path, "--out", out)
    assert result.exit_code == 0, result.output
    assert "Weeks run from Saturday to Friday." in result.stdout
    rows = (out / "counts.csv").read_text().splitlines()
    assert rows[1:] == ["East,2025-01-04,5,East,", "East,2025-01-11,1,East,", "East,2025-01-18,0,East,"]
    path.write_text(f"{path.read_text()}East,2025-01-27,3\n")
    wrong = run("import", "counts", path, "--out", tmp_path / "none")
    assert wrong.exit_code == 2
    assert "line 5, column week_start: expected a Saturday" in wrong.stderr
    assert not (tmp_path / "none").exists()


def test_counts_are_counted_in_weeks_of_a_series(tmp_path: Path) -> None:
    path = tmp_path / "weekly.csv"
    path.write_text("series,week_start,count\na,2024-01-01,1\na,2024-01-15,2\nb,2024-01-01,3\n")
    result = run("import", "counts", path, "--out", tmp_path / "out")
    lines = [line.strip() for line in result.stdout.splitlines()]
    expected = ["weekly.csv: 6 series-weeks", "3  series-weeks with a count", "3  series-weeks missing"]
    assert (result.exit_code, lines[:3]) == (0, expected)


def test_as_of_cuts_by_the_day_of_coding(events: list[str | Path]) -> None:
    result = run(*events, "--actor", "Alpha", "--as-of", "2024-01-31")
    assert "1  dropped, not known by --as-of" in result.stdout


@pytest.mark.parametrize("more", [["--actor", "Alpa"], ["--pattern", "("], ["--actor", "Alpha", "--only", "x"], []])
def test_a_wrong_choice_is_reported_and_nothing_written(
    tmp_path: Path, events: list[str | Path], more: list[str | Path]
) -> None:
    result = run(*events, *more)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert not (tmp_path / "out").exists()


def test_a_directory_is_refused(tmp_path: Path) -> None:
    result = run("import", "acled", tmp_path, "--actor", "Alpha", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "a directory" in result.stderr


def test_check_knows_an_export(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("event_id_cnty,event_date,time_precision,actor1,actor2\nA,2024-01-01,1,x,y\nB,nie,7,x,y\n")
    result = run("check", path, "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["kind"], len(document["problems"])) == (2, "acled", 2)
