"""`lull learn --events`: effects and what followed are written, read again and believed by the next fit."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.calendar import weeks_between
from lull.data.events import Event
from lull.data.learned.effects import Effects
from lull.data.settings import LEARNED
from lull.model.spec import Priors
from tests.model.drivers.made_actors import made

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    counts, events = made(6, factor=0.4, seed=3)
    weeks = weeks_between(counts.weeks[0], counts.origin)
    with (tmp_path / "counts.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["series", "week_start", "count"])
        for name, row in zip(counts.series, counts.array.to_numpy()[0], strict=True):
            rows.writerows([name, week, int(count)] for week, count in zip(weeks, row, strict=True))
    write(tmp_path / "events.csv", events)
    return tmp_path


def write(path: Path, events: list[Event]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, list(Event.model_fields))
        rows.writeheader()
        rows.writerows(event.model_dump() for event in events)


def learn(folder: Path, *more: str) -> Result:
    files = ("--counts", str(folder / "counts.csv"), "--events", str(folder / "events.csv"))
    return CliRunner().invoke(lull, ["learn", *files, "--out", str(folder / "out"), *more])


def test_effects_are_written_told_and_believed_by_the_next_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = learn(folder, "--no-prior", "--source", "made")
    assert result.exit_code == 0, result.output
    assert "What followed the events" in result.stdout
    assert "not what was caused" in " ".join(result.stdout.split())
    effects = Effects.read(folder / "out" / "effects.csv")
    found = effects.of("ceasefire", "written", "intensity", (1, 52))
    assert found is not None
    assert found.mean < -0.1
    assert (found.actors, found.cases, found.source) == (6, 18, "made")
    followed = list(csv.DictReader((folder / "out" / "followed.csv").read_text("utf-8").splitlines()))
    assert {row["kind"] for row in followed} == {"ceasefire", "ceasefire_end"}
    monkeypatch.setenv(LEARNED, str(folder / "out"))
    assert Priors().intensity_effect["ceasefire"].mean == pytest.approx(found.mean, abs=1e-3)


def test_as_one_object_it_has_the_same(folder: Path) -> None:
    document = json.loads(learn(folder, "--json").stdout)
    assert {row["mechanism"] for row in document["effects"]} == {"halting", "resumption", "intensity"}
    assert all(row["low"] <= row["ratio"] <= row["high"] for row in document["followed"])
    assert any(file.endswith("effects.csv") for file in document["files"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"series": "s99"}, "events.csv, event e0-0: expected a series of the counts, found 's99'. "),
        ({"series": ""}, "events.csv: expected events of single series, found none"),
    ],
)
def test_events_of_no_series_are_refused_and_nothing_is_written(
    folder: Path, change: dict[str, str], message: str
) -> None:
    _, events = made(1, factor=1.0, seed=3)
    write(folder / "events.csv", [event.model_copy(update=change) for event in events])
    result = learn(folder)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (folder / "out").exists()
