"""Events files with mistakes: whatever command reads them says what is wrong and where, and writes nothing."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lull.cli import lull

CASE = Path(__file__).parents[1] / "examples" / "four_factions"
COMMANDS = {
    "learn": ["learn", "--out", "out"],
    "forecast": ["forecast", "--series", "Delta Guard", "--out", "out", "--store", "store"],
    "fit": ["fit", "--store", "store"],
    "drivers": ["drivers", "--store", "store"],
    "backtest": ["backtest", "--origins-at", "ceasefire", "--learn", "26", "--out", "out", "--store", "store"],
}
MISTAKES = {
    "an end before its start": (
        ("2022-01-26,2022-05-03", "2022-01-26,2021-05-03"),
        "expected a day from date 2022-01-26 on, found 2021-05-03",
    ),
    "an unknown kind": (
        ("f08,2022-08-17,,leader_removed", "f08,2022-08-17,,leader_remved"),
        "Did you mean 'leader_removed'",
    ),
    "an unknown type": (("ceasefire,verbal", "ceasefire,vebral"), "Did you mean 'verbal'"),
    "an unknown end": (("Delta Guard,ran_out", "Delta Guard,ran_oot"), "Did you mean 'ran_out'"),
    "an end without a day": (("2022-03-16,2022-07-05", "2022-03-16,"), "expected the last day of what is replaced"),
    "an event of a series that is not there": (
        ("Government,Hill League,ran_out", "Government,Hill Leauge,ran_out"),
        "found 'Hill Leauge'. Did you mean 'Hill League'",
    ),
    "an event twice": (("f07,", "f06,"), "f06"),
}


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the case of four factions, which is the folder at hand."""
    folder = tmp_path / "case"
    shutil.copytree(CASE, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_events_is_named_by_every_command(case: Path, command: str, mistake: str) -> None:
    (right, wrong), message = MISTAKES[mistake]
    events = case / "events.csv"
    text = events.read_text("utf-8")
    assert right in text
    events.write_text(text.replace(right, wrong, 1), "utf-8")
    name, *more = COMMANDS[command]
    result = CliRunner().invoke(lull, [name, "--counts", "weekly.csv", "--events", "events.csv", *more])
    said = " ".join(result.stderr.split())
    assert result.exit_code == 2, result.output
    assert message in said
    assert "events.csv" in said
    assert "Traceback" not in said
    assert not [path for path in case.rglob("*") if path.is_file() and path.name not in {"events.csv", "weekly.csv"}]


def test_a_series_is_chosen_of_counts_alone(case: Path) -> None:
    unknown = CliRunner().invoke(lull, ["fit", "--counts", "weekly.csv", "--series", "Delta Gaurd", "--store", "store"])
    assert unknown.exit_code == 2
    assert "Did you mean 'Delta Guard'" in " ".join(unknown.stderr.split())
    reports = CliRunner().invoke(lull, ["forecast", "--series", "israel", "--store", "store"])
    assert reports.exit_code == 2
    assert "--series: expected --counts with it" in " ".join(reports.stderr.split())
    assert not list(case.glob("store/*"))
