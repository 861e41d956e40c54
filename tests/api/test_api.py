"""The Python API: one small fit in memory, from each kind of evidence, and every docstring example executed."""

import ast
import doctest
import re
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr

import lull
from lull.sources import evidence_file

WEEKS = 60
PAGE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of weekly counts of two series."""
    rng = np.random.default_rng(3)
    weeks = np.datetime64("2023-01-02") + 7 * np.arange(WEEKS)
    rows = [
        (name, str(week), int(n))
        for name in ("north", "south")
        for week, n in zip(weeks, rng.poisson(3, WEEKS), strict=True)
    ]
    path = tmp_path_factory.mktemp("api") / "weekly.csv"
    pl.DataFrame(rows, schema=["series", "week_start", "count"], orient="row").write_csv(path)
    return path


@pytest.fixture(scope="module")
def fit(weekly: Path) -> lull.Fit:
    """A small fit in memory."""
    return lull.fit(lull.read_counts(weekly), draws=200, tune=200, seed=1)


def test_at_most_fifteen_names_are_public_and_each_is_there() -> None:
    assert len(lull.__all__) <= 15
    assert all(getattr(lull, name) is not None for name in lull.__all__)
    assert dir(lull) == sorted(lull.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lull.nothing


def test_counts_come_from_a_frame_as_from_a_file(weekly: Path) -> None:
    frame = pl.read_csv(weekly).rename({"count": "n"})
    counts = lull.counts_from_frame(frame, count="n")
    xr.testing.assert_equal(counts.array, lull.read_counts(weekly).array)
    with pytest.raises(lull.InputError, match="a column 'count'"):
        lull.counts_from_frame(frame)


def test_counts_come_from_a_frame_of_pandas_with_its_days_and_missing_values() -> None:
    weeks = pd.date_range("2024-01-01", periods=3, freq="7D")
    frame = pd.DataFrame({"series": "a", "week_start": weeks, "count": [3, None, 0], "faction": "Red Dawn"})
    counts = lull.counts_from_frame(frame)
    np.testing.assert_equal(counts.array.to_numpy(), [[[3.0, np.nan, 0.0]]])
    assert counts.array["faction"].item() == "Red Dawn"


def test_counts_in_memory_are_the_evidence_that_their_file_is(tmp_path: Path) -> None:
    """With the clusters of series, which decide the intervals of a backtest."""
    path = tmp_path / "weekly.csv"
    path.write_text("series,week_start,count,faction,front,cluster\na,2024-01-01,3,Red Dawn,north,war\n", "utf-8")
    counts = lull.read_counts(path)
    again = lull.read_counts(evidence_file(counts, tmp_path / "again.csv"))
    xr.testing.assert_identical(again.array, counts.array)
    with pytest.raises(lull.InputError, match=r"completeness=\.\.\."):
        evidence_file(counts.with_completeness([0.5]), tmp_path / "share.csv")


def test_reports_in_memory_are_the_evidence_that_their_file_is(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(REPORTS, "utf-8")
    reports = lull.read_reports(path)
    for given in (reports, pl.read_csv(path), pd.read_csv(path)):
        assert lull.read_reports(evidence_file(given, tmp_path / "again.csv")) == reports


@pytest.mark.integration
def test_a_fit_in_memory_forecasts_and_answers(fit: lull.Fit) -> None:
    made = fit.forecast(horizon=4)
    assert set(made.table["series"].to_pylist()) == {"north", "south"}
    answer = fit.ask("any attack within 4 weeks", series="north")
    rows = made.table.to_pylist()
    any_attack = [row for row in rows if row["target"] == "any attack by date" and row["output_type_id"] == "yes"]
    chance = {(row["series"], row["horizon"]): row["value"] for row in any_attack}
    assert answer.probability == pytest.approx(chance["north", 4], abs=1e-6)
    with pytest.raises(lull.InputError, match="series"):
        fit.ask("any attack within 4 weeks")


@pytest.mark.integration
def test_a_forecast_goes_into_data_frames_of_pandas_and_polars(fit: lull.Fit) -> None:
    made = fit.forecast(horizon=4)
    pandas, polars = made.to_pandas(), pl.DataFrame(made.table)
    assert list(pandas.columns) == made.table.column_names == polars.columns
    assert len(pandas) == len(polars) == made.table.num_rows > 0


@pytest.mark.integration
def test_scenarios_are_compared_on_the_same_draws(fit: lull.Fit) -> None:
    rows = fit.compare([lull.scenario(OWN)], horizon=4).to_pylist()
    change = {(row["scenario_id"], row["series"], row["asked"], row["horizon"]): row["difference"] for row in rows}
    assert change["quiet", "north", "any attack", 2] < -0.5
    assert change["baseline", "north", "any attack", 2] == 0.0


def test_a_choice_that_fit_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="'drawss'"):
        lull.fit("weekly.csv", drawss=3)  # type: ignore[call-arg]


def test_a_stored_fit_is_opened_again_and_labels_its_imputations(tmp_path: Path, embedded_run: Any) -> None:
    run = embedded_run()
    opened = lull.open_run(run.run_id, store=run.folder.parent)
    assert opened.posterior["posterior"].sizes["imputation"] == 2
    assert opened.posterior["posterior"]["intercept"].dims == ("chain", "draw", "imputation", "series")
    with pytest.raises(lull.InputError, match="run_id"):
        lull.open_run("nothing", store=tmp_path)


def test_evidence_in_memory_that_is_none_is_refused() -> None:
    with pytest.raises(lull.InputError, match="the evidence"):
        lull.fit(42)


FIT = ["lull.fits", "lull.forecasts", "lull.backtests"]  # by these: one fit, which their store keeps


@pytest.fixture(scope="module")
def folder(weekly: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which examples run: its files, and the runs that one example leaves for the next."""
    path = tmp_path_factory.mktemp("examples")
    (path / "weekly.csv").write_bytes(weekly.read_bytes())
    (path / "beliefs.toml").write_text('who = "Ada"\n[driver.ceasefire.halting]\nmean = 0.2\nsd = 0.3\n')
    for name, text in (("reports.csv", REPORTS), ("acled.csv", EXPORT), ("ged.csv", GED)):
        (path / name).write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    "module", ["lull.sources", *(pytest.param(name, marks=pytest.mark.integration) for name in FIT)]
)
def test_the_examples_of_the_docstrings_run(module: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    names = {"date": date, "polars": pl, "own": OWN}
    failed, tried = doctest.testmod(import_module(module), extraglobs=names)
    assert failed == 0
    assert tried > 0


@pytest.mark.integration
def test_the_examples_of_the_page_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert failed == 0
    assert tried > 15


def test_the_page_names_what_is_public() -> None:
    table = PAGE.read_text("utf-8").split("## The names")[1].split("## Counts")[0]
    assert set(re.findall(r"`(\w+)(?:\(|`)", table)) & set(lull.__all__) == set(lull.__all__)


def test_every_public_function_and_method_says_what_it_takes_returns_and_raises_with_an_example() -> None:
    """NumPy's sections: each parameter is named in the text."""
    found = []
    for module in ("sources", "fits", "forecasts", "backtests"):
        tree = ast.parse((Path(lull.__path__[0]) / f"{module}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (node.name in lull.__all__ or node.name in METHODS):
                found += [node.name]
                text = ast.get_docstring(node) or ""
                assert {"Parameters\n", "Returns\n", "Examples\n"} <= set(text.splitlines(keepends=True)), node.name
                names = [one.arg for one in (*node.args.args, *node.args.kwonlyargs) if one.arg != "self"]
                assert [name for name in names if name not in text.split("Returns\n")[0]] == [], node.name
    assert set(found) == {name for name in lull.__all__ if name[0].islower()} | METHODS


HEADING = (
    "report_id,source,published,published_basis,window_start,window_end,actor,front,measure,count,qualifier,url,note"
)
REPORTS = f"""{HEADING}
a1,Desk,2024-02-01,day,2024-01-01,2024-01-14,Red Dawn,north,claimed,12,about,,
a2,Desk,2024-02-02,day,2024-01-08,2024-01-28,Red Dawn,north,claimed,9,at_least,,
a3,Desk,2024-02-03,day,2024-01-29,2024-02-03,Red Dawn,north,claimed,0,exact,,
"""
EXPORT = """event_id_cnty,event_date,time_precision,actor1,actor2,country,timestamp
NRD11,2020-12-28,1,Red Dawn,Blue Army,Nordia,1609459200
NRD12,2021-01-04,1,Blue Army,Red Dawn,Nordia,1609459200
"""
GED = """id,year,type_of_violence,conflict_name,dyad_name,side_a,side_b,date_start,date_end,date_prec,country,best
1,2020,1,Nordia,Nordia - Red Dawn,Government of Nordia,Red Dawn,2020-12-28,2020-12-28,1,Nordia,0
2,2021,1,Nordia,Nordia - Red Dawn,Government of Nordia,Red Dawn,2021-01-04,2021-01-04,1,Nordia,2
"""
OWN = """id = "quiet"
title = "Three quiet weeks"
assumptions = "Both sides halt at once and keep to it for three weeks."

[[interventions]]
kind = "regime"
regime = "halted"
start = "2024-02-26"
until = "2024-03-17"
"""
METHODS = {"believing", "forecast", "compare", "ask", "with_posterior_predictive"}
