"""The Python API: one small fit in memory, from each kind of evidence, and every docstring example executed."""

import doctest
import subprocess
import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import arviz_stats
import numpy as np
import polars as pl
import pytest
import xarray as xr

import lull

WEEKS = 60


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


def test_arviz_reads_the_fit(fit: lull.Fit) -> None:
    tree = fit.with_predictions(draws=50)
    expected = {"posterior", "sample_stats", "log_likelihood", "posterior_predictive", "prior", "prior_predictive"}
    assert expected | {"observed_data", "constant_data"} <= set(tree.children)
    assert tree["posterior"].sizes["chain"] > 1
    assert "imputation" not in tree["posterior"].dims
    assert tree["log_likelihood"]["count"].dims == ("chain", "draw", "series", "week")
    summary = arviz_stats.summary(tree, var_names=["concentration"])
    assert len(summary) == 2
    loo = arviz_stats.loo(tree)
    assert loo.n_data_points == 2 * WEEKS


def test_the_weekly_log_likelihood_adds_up_to_the_filter_s(fit: lull.Fit) -> None:
    """Two statements of one likelihood: the compiled forward pass, and one-step predictions in numpy."""
    from lull.model.forward.history import filtered, weekly_terms  # noqa: PLC0415 - here alone
    from lull.model.forward.past_weeks import past_weeks  # noqa: PLC0415 - here alone
    from lull.model.inspection.arviz_groups import weekly_log_likelihood  # noqa: PLC0415 - here alone

    tree = fit.run.posterior()
    posterior, past = tree["posterior"].to_dataset(), past_weeks(tree, 0)
    whole = filtered(posterior, past, weekly_terms(posterior, past))[0]
    np.testing.assert_allclose(weekly_log_likelihood(tree)["count"].sum("week"), whole, rtol=1e-9)


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


@pytest.mark.parametrize("module", ["lull.sources", "lull.fits", "lull.backtests"])
def test_the_examples_of_the_docstrings_run(
    module: str, weekly: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weekly.csv").write_bytes(weekly.read_bytes())
    (tmp_path / "reports.csv").write_text(REPORTS, "utf-8")
    (tmp_path / "acled.csv").write_text(EXPORT, "utf-8")
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testmod(import_module(module), extraglobs={"date": date, "np": np})
    assert (failed, tried > 0) == (0, module != "lull.backtests")


def test_a_folder_with_packages_of_the_same_names_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("data/__init__.py", "model.py", "pages.py", "cli.py"):
        (tmp_path / name).write_text("raise RuntimeError('of the user')\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "import lull; print(lull.fit.__name__, lull.read_counts.__name__)"],
        cwd=tmp_path,
        env={"PYTHONPATH": ".", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, ["fit", "read_counts"]), done.stderr


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
