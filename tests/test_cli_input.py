"""Bad usage and bad input: exit 2, one clear message on standard error, no traceback, nothing on standard output."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.model.runs.store import Store

REPORTS = "report_id,source,published,published_basis,window_start,window_end,actor,front,measure,count,qualifier\n"
GOOD = "a1,A paper,2024-03-09,day,2024-03-01,2024-03-07,The group,north,claimed,7,exact\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lull, [str(argument) for argument in arguments])


def refused(*arguments: str | Path) -> str:
    """Return what the command says of input that it refuses."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert "Traceback" not in result.stderr
    return result.stderr


def checked(*arguments: str | Path) -> str:
    """Return the problems that a check of a file finds."""
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (2, ""), result.output
    rows = json.loads(result.stdout)["problems"]
    text = "{where}: expected {expected}, found {found}. {remedy}"
    return "\n".join(text.format(**row) for row in rows)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            GOOD.replace("2024-03-01,2024-03-07", "2024-03-07,2024-03-01"),
            "reports.csv:line 2, column window_end: expected a day from window_start 2024-03-07 on, found 2024-03-01.",
        ),
        (GOOD.replace("exact", "exactly"), "reports.csv:line 2, column qualifier: expected one of"),
        (
            GOOD.replace(",7,", ",-7,"),
            "reports.csv:line 2, column count: expected a whole number from 0 up, found '-7'",
        ),
        (GOOD.replace("2024-03-09", "2024-02-30"), "reports.csv:line 2, column published: expected a date"),
    ],
)
def test_a_wrong_report_is_reported_by_line(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(REPORTS + row)
    assert message in refused("forecast", "--reports", path, "--store", tmp_path / "store")
    assert message in checked("check", path)
    assert not (tmp_path / "store").exists()


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(REPORTS + GOOD.replace(",7,", ",x,") + GOOD.replace("exact", "roughly").replace("a1", "a2"))
    text = refused("forecast", "--reports", path, "--store", tmp_path / "store")
    assert "line 2, column count" in text
    assert "line 3, column qualifier" in text


def test_an_unknown_column_names_the_near_one(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(REPORTS.replace("qualifier", "qualifer") + GOOD)
    assert "Did you mean" in refused("forecast", "--reports", path, "--store", tmp_path / "store")


@pytest.mark.parametrize("option", ["--reports", "--counts", "--events"])
def test_an_empty_file_and_none_are_reported(tmp_path: Path, option: str) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    assert "empty.csv: expected a header and rows, found an empty file" in refused(
        "forecast", option, path, "--store", tmp_path / "store"
    )
    assert "none.csv: expected a file" in refused("forecast", option, tmp_path / "none.csv", "--store", tmp_path / "s")


@pytest.mark.parametrize("horizon", ["0", "10000", "-1"])
def test_a_horizon_out_of_bounds_is_refused(horizon: str) -> None:
    text = refused("forecast", "--horizon", horizon)
    assert text == f"--horizon: expected a whole number from 1 to 520, found {horizon}.\n"


def test_wrong_options_are_reported_together() -> None:
    text = refused(
        "forecast", "--horizon", "0", "--as-of", "2024-02-30", "--origin", "soon", "--seed", "-1", "--draws", "0"
    )
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "--as-of",
        "--origin",
        "--draws",
        "--seed",
        "--horizon",
    ]


def test_two_kinds_of_counts_and_zeros_without_counts_are_refused() -> None:
    assert "--counts, --reports: expected one of the two" in refused("forecast", "--counts", "a", "--reports", "b")
    assert "--fill-zeros: expected --counts with it" in refused("forecast", "--fill-zeros")


def test_an_as_of_before_the_first_report_is_refused(tmp_path: Path) -> None:
    text = refused("forecast", "--as-of", "2020-01-01", "--store", tmp_path / "store")
    assert "expected reports published by 2020-01-01, found none. The first was published on" in text


def test_an_origin_after_the_evidence_is_refused(tmp_path: Path) -> None:
    text = refused("forecast", "--origin", "2025-03-03", "--store", tmp_path / "store")
    assert "--origin: expected a week up to 2024-12-23" in text


def test_an_unknown_option_or_command_is_bad_usage() -> None:
    for arguments in (["forecast", "--horizn", "3"], ["forcast"], ["forecast", "--horizon", "many"]):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('id = "mine"\ntitle = "Mine"\nassumptions = "None."\nasumptions = "x"\n', "Did you mean 'assumptions'?"),
        ('id = "mine"\n', "mine.toml"),
        ("", "mine.toml: expected a scenario"),
        ("id = ", "mine.toml: expected a scenario in TOML"),
    ],
)
def test_a_wrong_scenario_is_reported_before_the_work(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    assert message in refused("forecast", "--scenario", path, "--store", tmp_path / "store")
    assert message in checked("scenario", "check", path)
    assert message in checked("check", path)
    assert not (tmp_path / "store").exists()


def test_a_misspelt_scenario_names_the_near_one(tmp_path: Path) -> None:
    text = refused("forecast", "--scenario", "ceasefire-colapses", "--scenario", "nothing-like-it", "--store", tmp_path)
    assert "Did you mean 'ceasefire-collapses'?" in text
    assert "nothing-like-it" in text


def test_an_intervention_before_the_origin_is_refused(answered_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'id = "mine"\ntitle = "Mine"\nassumptions = "Too late."\n'
        '[[interventions]]\nkind = "event"\ndimension = "pressure"\nsalience = 4\ndate = 2024-11-01\n'
    )
    text = refused("forecast", "--scenario", path, "--store", answered_store.folder)
    assert "2024-11-01" in text
    assert "origin" in text


def test_check_prints_every_problem_as_json(tmp_path: Path) -> None:
    path = tmp_path / "weekly.csv"
    path.write_text("series,week_start,count\nA,2024-01-02,1\nA,2024-01-08,-1\n")
    result = run("check", path, "--json")
    text = json.loads(result.stdout)
    assert (result.exit_code, text["kind"], text["ok"], text["unlisted"]) == (2, "counts", False, 0)
    assert [problem["where"] for problem in text["problems"]] == [
        "weekly.csv:line 2, column week_start",
        "weekly.csv:line 3, column count",
    ]
    assert [(row["line"], row["column"]) for row in text["problems"]] == [("2", "week_start"), ("3", "count")]


def test_check_prints_every_problem_as_a_table(tmp_path: Path) -> None:
    path = tmp_path / "weekly.csv"
    path.write_text("series,week_start,count\n" + "A,2024-01-02,-1\n" * 40)
    result = run("check", path)
    assert (result.exit_code, result.stderr) == (2, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "weekly.csv: 80 problems."
    assert lines[2].split() == ["line", "column", "expected", "found", "what", "to", "do"]
    assert lines[4].startswith("2     week_start  a Monday")
    assert lines[-1] == "... and 30 more."


def test_covariates_that_end_too_early_or_take_the_name_of_a_driver_are_reported_at_once(tmp_path: Path) -> None:
    counts, own = tmp_path / "weekly.csv", tmp_path / "own.csv"
    counts.write_text("series,week_start,count\na,2024-01-01,3\na,2024-01-08,1\n")
    own.write_text("week_start,pressure\n2024-01-01,1.5\n")
    text = refused("forecast", "--counts", counts, "--covariates", own, "--store", tmp_path / "store")
    assert "own.csv:line 1: expected a name of its own, found 'pressure'" in text
    assert "own.csv: expected weeks up to the origin 2024-01-08 at least, found 2024-01-01 to 2024-01-01" in text


def test_covariates_that_begin_too_late_are_reported(tmp_path: Path) -> None:
    counts, own = tmp_path / "weekly.csv", tmp_path / "own.csv"
    counts.write_text("series,week_start,count\na,2024-01-01,3\na,2024-01-08,1\n")
    own.write_text("week_start,fuel_price\n2024-01-08,1.5\n")
    text = refused("fit", "--counts", counts, "--covariates", own, "--store", tmp_path / "store")
    assert "covariates: expected covariates from the first week of the counts on, 2024-01-01" in text
