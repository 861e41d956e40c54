"""The tutorial of docs/drivers.md, walked: four invented factions with an events file, learned, forecast, tested."""

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.counts import read_counts
from lull.data.event_kinds import KINDS
from lull.data.events import read_events
from lull.data.learned.effects import Effects

ROOT = Path(__file__).parents[1]
CASE = ROOT / "examples" / "four_factions"
TITLE = "## Your own case in ten minutes"
FITS = ("forecast", "backtest")  # commands that take minutes


def steps() -> Iterator[list[str]]:
    """Yield the words of each line of the tutorial."""
    part = (ROOT / "docs" / "drivers.md").read_text("utf-8").split(TITLE)[1].split("```")[1]
    yield from (shlex.split(line) for line in part.strip().splitlines())


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the case, which is the folder at hand, with a store of its own."""
    folder = tmp_path / "four_factions"
    shutil.copytree(CASE, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LULL_STORE", str(tmp_path / "store"))
    return folder


def walk(monkeypatch: pytest.MonkeyPatch, *, fitting: bool) -> dict[str, Result]:
    """Return what each command of the tutorial said; those that fit only if so."""
    said = {}
    for words in steps():
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            monkeypatch.setenv(name, value)
        elif words[0] == "lull" and (fitting or words[1] not in FITS):
            said[" ".join(words[1:3])] = CliRunner().invoke(lull, words[1:])
    return said


def test_the_tutorial_has_the_three_commands() -> None:
    assert [words[1] for words in steps() if words[0] == "lull"] == ["check", "check", "learn", "forecast", "backtest"]


def test_what_ceasefires_did_is_learned(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = walk(monkeypatch, fitting=False)
    assert all(result.exit_code == 0 for result in said.values()), [each.output for each in said.values()]
    assert "12 events" in said["check events.csv"].stdout
    words = " ".join(said["learn --counts"].stdout.split())
    assert (
        "Fewer than 5 cases with half a year of counts before and after: agreement partial, ceasefire holiday" in words
    )
    found = Effects.read(case / "learned" / "effects.csv").of("ceasefire", "written", "intensity", (1, 52))
    assert found is not None
    assert found.mean < 0 < found.cases


def test_the_case_is_whole() -> None:
    counts, events = read_counts(CASE / "weekly.csv"), read_events(CASE / "events.csv")
    assert len(counts.series) == 4
    assert {event.series for event in events} == set(counts.series)
    assert {event.kind for event in events} <= set(KINDS)
    assert {"ran_out", "broken_off", "replaced"} <= {event.end for event in events}


@pytest.mark.integration
def test_the_whole_tutorial_works(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = walk(monkeypatch, fitting=True)
    assert all(result.exit_code in (0, 1) for result in said.values()), [each.output for each in said.values()]
    assert "Drivers: prior and posterior" in said["forecast --counts"].stdout
    assert (case / "north" / "report.html").is_file()
    assert "7 forecasts of 4 series, 12 weeks ahead" in said["backtest --counts"].stdout
    assert "Failed:" not in said["backtest --counts"].stdout
    assert {"scores.parquet", "summary.csv", "report.html"} <= {path.name for path in (case / "past").iterdir()}
