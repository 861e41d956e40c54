"""ArviZ reads a fit: its tables, its cross-validation and its plots, of counts with gaps and of the embedded case."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import xarray as xr

import lull
from lull.model.forward.history import filtered, weekly_terms
from lull.model.forward.past_weeks import past_weeks
from lull.model.inspection.arviz_groups import weekly_log_likelihood
from lull.model.inspection.arviz_layout import labelled, pooled
from lull.model.parameters import BY_SERIES
from lull.model.runs.store import Run

WEEKS, MISSING = 60, 4
SHOWN = [*(row.name for row in BY_SERIES), "leak"]
GROUPS = {"posterior", "sample_stats", "log_likelihood", "posterior_predictive", "prior", "prior_predictive"}

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture(scope="module")
def fit(tmp_path_factory: pytest.TempPathFactory) -> lull.Fit:
    """A stored fit of two series, whose newest weeks are known of one alone, opened again."""
    folder, rng = tmp_path_factory.mktemp("arviz"), np.random.default_rng(3)
    weeks = np.datetime64("2023-01-02") + 7 * np.arange(WEEKS)
    rows = [
        (name, str(week), None if name == "north" and at >= WEEKS - MISSING else int(n))
        for name in ("north", "south")
        for at, (week, n) in enumerate(zip(weeks, rng.poisson(3, WEEKS), strict=True))
    ]
    counts = lull.counts_from_frame(pl.DataFrame(rows, schema=["series", "week_start", "count"], orient="row"))
    made = lull.fit(counts, draws=400, tune=400, seed=1, store=folder)
    return lull.open_run(made.run.run_id, store=folder)


@pytest.fixture(scope="module")
def tree(fit: lull.Fit) -> xr.DataTree:
    """The groups of that fit, those on demand too."""
    return fit.with_posterior_predictive(draws=50)


@pytest.mark.integration
def test_the_groups_are_those_of_arviz(tree: xr.DataTree) -> None:
    assert GROUPS | {"observed_data", "constant_data"} <= set(tree.children)
    assert tree["posterior"].sizes["chain"] > 1
    assert "imputation" not in tree["posterior"].dims
    assert list(tree["observed_data"].data_vars) == ["count"]
    assert tree["posterior_predictive"]["count"].dims == ("chain", "draw", "series", "week")
    assert tree["prior_predictive"]["count"].dims == ("chain", "draw", "series", "week")
    assert set(tree["posterior"].data_vars) <= set(tree["prior"].data_vars)


@pytest.mark.integration
def test_what_is_not_known_is_missing_in_the_predictive_and_no_observation(tree: xr.DataTree) -> None:
    missing = tree["observed_data"]["count"].isnull()
    assert int(missing.sum()) == MISSING
    np.testing.assert_array_equal(tree["posterior_predictive"]["count"].isnull().all(("chain", "draw")), missing)
    terms = tree["log_likelihood"]["count"]
    assert terms.dims == ("chain", "draw", "observation")
    assert terms.sizes["observation"] == 2 * WEEKS - MISSING
    named = set(zip(terms["series"].to_numpy(), terms["week"].to_numpy(), strict=True))
    assert ("north", tree["observed_data"]["week"].to_numpy()[-1]) not in named
    assert ("south", tree["observed_data"]["week"].to_numpy()[-1]) in named


@pytest.mark.integration
def test_loo_sees_every_known_week(fit: lull.Fit, tree: xr.DataTree) -> None:
    import arviz  # noqa: PLC0415 - seconds, and matplotlib's back end is chosen first

    for each in (fit.posterior, tree):
        found = arviz.loo(each)
        assert found.n_data_points == 2 * WEEKS - MISSING
        assert -4 * WEEKS < found.elpd < -2 * WEEKS  # Poisson counts of mean 3 have about -1.9 each


@pytest.mark.integration
def test_summary_and_plots(fit: lull.Fit, tree: xr.DataTree, tmp_path: Path) -> None:
    import arviz  # noqa: PLC0415 - the same

    table = arviz.summary(fit.posterior, var_names=SHOWN, round_to="none")
    assert set(table.index) >= {"halt_level[north]", "sigma[south]", "leak"}
    assert float(table["r_hat"].max()) < 1.1
    for name, plot in plots(arviz, tree).items():
        plot.savefig(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 5_000


@pytest.mark.integration
def test_the_weekly_log_likelihood_adds_up_to_the_filter_s(fit: lull.Fit) -> None:
    """Two statements of one likelihood: the compiled forward pass, and one-step predictions in numpy."""
    inside = fit.run.posterior()
    posterior, past = inside["posterior"].to_dataset(), past_weeks(inside, 0)
    whole = filtered(posterior, past, weekly_terms(posterior, past))[0]
    by_series = weekly_log_likelihood(inside)["count"].groupby("series").sum()
    np.testing.assert_allclose(by_series.transpose("chain", "draw", "series"), whole, rtol=1e-9)


def test_a_tree_is_the_same_after_there_and_back(embedded_run: Callable[..., Run]) -> None:
    """Inside, chains of imputations lie end to end; outside, imputations have a dim."""
    inside = embedded_run().posterior()
    outside = labelled(inside)
    assert outside["posterior"]["intercept"].dims == ("chain", "draw", "imputation", "series")
    assert "recorded" in outside["constant_data"]
    again = pooled(outside)
    assert set(again.children) == set(inside.children)
    for name, group in inside.children.items():
        xr.testing.assert_equal(again[name].to_dataset(), group.to_dataset())


def test_a_run_of_an_earlier_lull_has_its_log_likelihood_by_week(embedded_run: Callable[..., Run]) -> None:
    """It was by series, which leaves one observation each."""
    run = embedded_run()
    tree = run.posterior()
    known = int(tree["observed_data"]["count"].isel(imputation=0).notnull().sum())
    by_series = tree["posterior"].to_dataset()[["intercept"]].rename(intercept="count")
    tree["log_likelihood"] = xr.DataTree(by_series)
    run = replace(run, made=tree)
    terms = lull.Fit(run).posterior["log_likelihood"]["count"]
    assert terms.dims == ("chain", "draw", "imputation", "observation")
    assert terms.sizes["observation"] == known


@pytest.mark.integration
@pytest.mark.filterwarnings("ignore:Estimated shape parameter of Pareto")  # few weeks weigh much: what loo is asked for
def test_arviz_reads_a_stored_fit_of_the_embedded_case(tmp_path: Path) -> None:
    """Imputations are a dim of their own: R-hat of a good fit compares chains of the same counts."""
    import arviz  # noqa: PLC0415 - the same

    made = lull.fit(store=tmp_path)
    stored = lull.open_run(made.run.run_id, store=tmp_path)
    assert stored.grade == "good"
    table = arviz.summary(stored.posterior, var_names=SHOWN, round_to="none")
    assert float(table["r_hat"].max()) < 1.06  # of 250 draws an imputation; chains of different imputations have 1.3
    tree = stored.with_posterior_predictive(draws=50)
    known = int(tree["observed_data"]["count"].notnull().sum())
    imputations = tree["posterior"].sizes["imputation"]
    assert imputations > 1
    assert arviz.loo(tree).n_data_points == known
    for name, plot in plots(arviz, tree).items():
        plot.savefig(tmp_path / f"{name}.png")


def plots(arviz: Any, tree: xr.DataTree) -> dict[str, Any]:
    """Return ArviZ's plots of a fit."""
    return {
        "predictive": arviz.plot_ppc_dist(tree),
        "by_series": arviz.plot_ppc_dist(tree, cols=["series"]),
        "prior": arviz.plot_ppc_dist(tree, group="prior_predictive"),
        "traces": arviz.plot_trace_dist(tree, var_names=["sigma", "leak"]),
    }
