"""Contradictory scenarios are refused before anything is fitted, with file, line and key."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lull.cli import lull
from lull.data import evidence
from lull.data.evidence import Known
from lull.model.runs.store import Store

HEAD = 'id = "x"\ntitle = "t"\nassumptions = "a"\n'
TRUCE = '[[interventions]]\nkind = "ceasefire"\naction = "{}"\ndate = {}\n'
REGIME = '[[interventions]]\nkind = "regime"\nregime = "{}"\n'


@pytest.fixture(autouse=True)
def _no_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def fitted(*_: object, **__: object) -> None:
        raise AssertionError("a fit was begun")

    monkeypatch.setattr("lull.cli.fitted_run.fit", fitted)


def test_covariates_of_ones_own_are_known_before_the_fit(tmp_path: Path, store: Store) -> None:
    counts, own, path = tmp_path / "weekly.csv", tmp_path / "own.csv", tmp_path / "mine.toml"
    mondays = [f"2024-{month:02d}-{day:02d}" for month, day in ((1, 1), (1, 8), (1, 15), (1, 22))]
    counts.write_text("\n".join(["series,week_start,count", *(f"north,{day},3" for day in mondays)]) + "\n")
    own.write_text("\n".join(["week_start,wheat", *(f"{day},{at}" for at, day in enumerate(mondays))]) + "\n")
    hold = '[[interventions]]\nkind = "covariate"\naction = "hold"\nvalue = 1\ncovariate = "{}"\n'
    path.write_text(HEAD + hold.format("weat"))
    arguments = ["--counts", counts, "--covariates", own, "--scenario", path, "--store", store.folder]
    result = CliRunner().invoke(lull, ["forecast", *map(str, arguments)])
    assert result.exit_code == 2
    assert "Did you mean 'wheat'?" in result.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TRUCE.format("start", "2025-03-10") + TRUCE.format("end", "2025-03-03"), "mine.toml:line 8, interventions 2"),
        (REGIME.format("active") + REGIME.format("halted"), "active and halted at once (with interventions 1)"),
        (REGIME.format("active") + 'series = "isreal"\n', "mine.toml:line 7, interventions 1, series"),
        (REGIME.format("active") + 'series = "isreal"\n', "Did you mean 'israel'?"),
        (REGIME.format("active") + "untill = 2025-02-01\n", "Did you mean 'until'?"),
        (TRUCE.format("collapse", "2025-06-01"), "expected a ceasefire in force that can collapse on that day"),
    ],
)
@pytest.mark.parametrize("command", [("forecast",), ("ask", "any attack by 2025-03-01")])
def test_it_is_refused_before_the_fit(
    tmp_path: Path, store: Store, command: tuple[str, ...], text: str, expected: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + text)
    result = CliRunner().invoke(lull, [*command, "--scenario", str(path), "--store", str(store.folder)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in result.stderr
    assert not store.folder.exists()


def test_the_series_of_counts_are_known_before_the_fit(tmp_path: Path, store: Store) -> None:
    counts, path = tmp_path / "weekly.csv", tmp_path / "mine.toml"
    rows = [f"{name},2024-0{month}-01,3" for name in ("north", "south") for month in (1, 4, 7)]
    counts.write_text("\n".join(["series,week_start,count", *rows]) + "\n")
    path.write_text(HEAD + REGIME.format("halted") + 'series = ["north", "suoth"]\n')
    arguments = ["forecast", "--counts", counts, "--scenario", path, "--store", store.folder]
    result = CliRunner().invoke(lull, [str(argument) for argument in arguments])
    assert result.exit_code == 2
    assert "Did you mean 'south'?" in result.stderr


def test_what_is_checked_and_fitted_is_read_once_and_passed_down(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: Counter[str] = Counter()
    given: list[object] = []

    def counted(name: str, read: Any, *arguments: Any, **options: Any) -> Any:
        reads[name] += 1
        return read(*arguments, **options)

    def fit(_plan: object, known: object, *_: object, **__: object) -> None:
        given.append(known)
        raise KeyboardInterrupt

    for name in ("read_reports", "read_events"):
        monkeypatch.setattr(evidence, name, partial(counted, name, getattr(evidence, name)))
    monkeypatch.setattr("lull.cli.fitted_run.fit", fit)
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + TRUCE.format("start", "2025-03-10"))
    result = CliRunner().invoke(lull, ["forecast", "--scenario", str(path), "--store", str(store.folder)])
    assert result.exit_code == 130
    assert reads == {"read_reports": 1, "read_events": 1}
    (known,) = given
    assert isinstance(known, Known)
    assert known.reports
