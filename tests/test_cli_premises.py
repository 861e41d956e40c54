"""`lull scenario check`: files with their problems, and premises against newer data."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.evidence import embedded_evidence
from lull.scenarios.language.scenario_files import scenario_text

RENEWED = "e900,2025-01-26,2025-02-18,ceasefire,written,ceasefire,Israel and Hezbollah,Lebanon,5,,,,,\n"


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lull, ["scenario", "check", *map(str, arguments)])


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    path.write_text((embedded_evidence().events or path).read_text("utf-8") + RENEWED, "utf-8")
    return path


def test_newer_events_settle_the_premises_of_the_library(events: Path) -> None:
    document = json.loads(check("--events", events, "--as-of", "2025-02-10", "--json").stdout)
    status = {row["id"]: row["status"] for row in document["verdicts"]}
    assert (document["origin"], document["as_of"], document["without_premise"]) == ("2024-12-23", "2025-02-10", [])
    assert status["ceasefire-extended"] == "confirmed"
    assert status["ceasefire-lapses"] == status["letter-never-sent"] == "overtaken"
    assert status["leader-killed"] == "open"
    lapsed = next(row for row in document["verdicts"] if row["id"] == "ceasefire-lapses")
    assert (lapsed["day"], lapsed["observation"]) == ("2025-01-27", "a ceasefire in force on 2025-01-27")
    page = check("ceasefire-lapses", "--events", events, "--as-of", "2025-02-10").stdout
    assert "overtaken  a ceasefire in force on 2025-01-27" in page
    assert "what they would show is open" in page


def test_newer_counts_settle_what_is_said_of_attacks(tmp_path: Path) -> None:
    path, counts = tmp_path / "mine.toml", tmp_path / "weekly.csv"
    premise = '[premise]\nstatement = "s"\n[[premise.confirmed_by]]\nseen = "count"\nseries = "a"\nat_least = 3\n'
    path.write_text(f'id = "x"\ntitle = "t"\nassumptions = "a"\n{premise}until = 2025-03-01\n')
    counts.write_text("series,week_start,count\na,2025-01-06,9\na,2025-01-13,2\na,2025-01-20,4\n")
    document = json.loads(check(path, "--counts", counts, "--origin", "2025-01-07", "--json").stdout)
    (row,) = document["verdicts"]
    assert (row["status"], row["observation"]) == ("confirmed", "6 attacks of a by 2025-01-26")


def test_newer_counts_of_weeks_from_saturday_are_held_against_a_premise(tmp_path: Path) -> None:
    path, counts = tmp_path / "mine.toml", tmp_path / "weekly.csv"
    premise = '[premise]\nstatement = "s"\n[[premise.confirmed_by]]\nseen = "count"\nseries = "a"\nat_least = 3\n'
    path.write_text(f'id = "x"\ntitle = "t"\nassumptions = "a"\n{premise}until = 2025-03-01\n')
    counts.write_text("series,week_start,count\na,2025-01-04,9\na,2025-01-11,2\na,2025-01-18,4\n")
    document = json.loads(check(path, "--counts", counts, "--origin", "2025-01-10", "--json").stdout)
    (row,) = document["verdicts"]
    assert (document["origin"], document["as_of"]) == ("2025-01-04", "2025-01-24")
    assert (row["status"], row["observation"]) == ("confirmed", "6 attacks of a by 2025-01-24")


def test_every_file_is_checked_before_any_problem_is_reported(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(scenario_text("leader-killed"))
    bad.write_text(scenario_text("leader-killed").replace("hazard =", "hasard ="))
    result = check(bad, good)
    assert result.exit_code == 2
    assert "good.toml: the scenario 'leader-killed'" in result.stdout
    assert "bad.toml:line 12" in result.stderr
    assert "Did you mean 'hazard'?" in result.stderr
    document = json.loads(check(bad, good, "--json").stdout)
    assert [file["ok"] for file in document["files"]] == [False, True]


def test_nothing_to_check_is_reported() -> None:
    result = check()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "expected something to check" in result.stderr
