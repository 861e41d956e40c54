"""`lull import acled-weekly|sums`: from a file of sums to what `lull forecast` reads, and no sum taken for an event."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.counts import read_counts
from lull.data.reports import read_reports

WEEKLY = """WEEK,COUNTRY,ADMIN1,EVENT_TYPE,SUB_EVENT_TYPE,EVENTS,FATALITIES,ID
2025-01-04,Nordia,East,Battles,Armed clash,3,0,7
2025-01-04,Nordia,East,Explosions,Shelling,2,0,7
2025-01-18,Nordia,West,Battles,Armed clash,4,0,8
"""
MONTHLY = "Country,Month,Year,Events,Fatalities\nNordia,January,2025,9,1\nNordia,February,2025,0,0\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lull, [str(argument) for argument in arguments])


@pytest.fixture
def weekly(tmp_path: Path) -> Path:
    path = tmp_path / "weekly.csv"
    path.write_text(WEEKLY)
    return path


def test_weekly_sums_become_counts(tmp_path: Path, weekly: Path) -> None:
    out = tmp_path / "out"
    command = ["import", "acled-weekly", weekly, "--country", "Nordia", "--type", "Battles", "--faction", "Red Dawn"]
    result = run(*command, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["rows"] == sum(document["fates"].values()) == 3
    assert (document["known_to"], document["set_aside"]) == ("2025-01-24", [])
    assert document["series"] == {"Red Dawn, East": 3, "Red Dawn, West": 4}
    assert read_counts(out / "counts.csv").array[0].to_numpy().tolist() == [[3, 0, 0], [0, 0, 4]]
    said = run(*command, "--out", out).stdout
    assert "Known to 2025-01-24" in said
    assert "Weeks run from Saturday to Friday." in said


def test_weekly_sums_become_exact_reports_of_seven_days(tmp_path: Path, weekly: Path) -> None:
    command = ["import", "acled-weekly", weekly, "--faction", "Red Dawn", "--as", "reports", "--out", tmp_path]
    assert run(*command).exit_code == 0
    found = read_reports(tmp_path / "reports.csv")
    assert [(str(each.window_start), str(each.window_end), each.count) for each in found if each.front == "East"] == [
        ("2025-01-04", "2025-01-10", 5),
        ("2025-01-11", "2025-01-17", 0),
        ("2025-01-18", "2025-01-24", 0),
    ]
    assert {each.qualifier for each in found} == {"exact"}


def test_rows_that_were_set_aside_are_listed(tmp_path: Path, weekly: Path) -> None:
    weekly.write_text(f"{WEEKLY}2025-01-18,Nordia,East,Battles,Armed clash,few,0,7\n")
    command = ["import", "acled-weekly", weekly, "--faction", "Red Dawn", "--out", tmp_path / "out"]
    assert run(*command).exit_code == 2
    assert not (tmp_path / "out").exists()
    document = json.loads(run(*command, "--set-aside", "1", "--json").stdout)
    assert [row["line"] for row in document["set_aside"]] == [5]
    assert (tmp_path / "out" / "set_aside.csv").read_text().startswith("file,line,reason,row\nweekly.csv,5,")


def test_a_sum_is_never_taken_for_an_event(tmp_path: Path, weekly: Path) -> None:
    columns = ["--event-id", "ID", "--day", "WEEK", "--actor-column", "COUNTRY", "--actor", "Nordia"]
    for command in (["events", weekly, *columns], ["counts", weekly], ["acled", weekly, "--actor", "Nordia"]):
        result = run("import", *command, "--out", tmp_path / "out")
        assert result.exit_code == 2
        assert "lull import acled-weekly" in result.stderr
    assert not (tmp_path / "out").exists()
    checked = run("check", weekly)
    assert "weekly sums of ACLED: 9 events in 3 rows of one country over 3 weeks" in checked.stdout


def test_monthly_sums_become_reports(tmp_path: Path) -> None:
    path = tmp_path / "monthly.csv"
    path.write_text(MONTHLY)
    columns = ["--sum", "Events", "--month", "Month", "--year", "Year", "--front", "Country"]
    command = ["import", "sums", path, *columns, "--faction", "Red Dawn", "--out", tmp_path]
    result = run(*command, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["known_to"] == "2025-02-28"
    found = read_reports(tmp_path / "reports.csv")
    assert [(str(each.window_end), each.count, each.qualifier) for each in found] == [
        ("2025-01-31", 9, "exact"),
        ("2025-02-28", 0, "exact"),
    ]
    assert "Windows of 2025-01-01 to 2025-02-28:" in run(*command, "--qualifier", "at_least").stdout
    assert {each.qualifier for each in read_reports(tmp_path / "reports.csv")} == {"at_least"}


@pytest.mark.parametrize("window", [[], ["--month", "Month", "--days", "7"], ["--from-column", "Month"]])
def test_a_window_is_named_in_one_way(tmp_path: Path, window: list[str]) -> None:
    (tmp_path / "monthly.csv").write_text(MONTHLY)
    command = ["import", "sums", tmp_path / "monthly.csv", "--sum", "Events", "--faction", "Red Dawn"]
    result = run(*command, *window, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "the window of a sum: expected --month (and --year), --from-column and --to-column" in result.stderr
