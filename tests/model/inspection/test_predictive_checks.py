"""Posterior predictive checks: figures by hand, agreement where the model is true, and a flag where it is not."""

import numpy as np
import pytest
import xarray as xr

from lull.model.inspection.predictive_checks import FIGURES, _autocorrelation, _figures, replicate
from tests.conftest import posterior_tree

NAN = np.nan


def test_the_figures_of_counts_by_hand() -> None:
    zeros, longest, largest, _ = _figures(np.array([0.0, 0, 3, NAN, 0, 0, NAN, 0, 7]))
    assert (zeros, longest, largest) == (pytest.approx(5 / 7), 3, 7)
    assert np.isnan(_figures(np.full(4, NAN))).all()


def test_the_autocorrelation_is_that_of_known_pairs() -> None:
    rng = np.random.default_rng(4)
    count = rng.poisson(3, 60).astype(float)
    figures = np.log1p(count)
    assert _autocorrelation(count) == pytest.approx(np.corrcoef(figures[1:], figures[:-1])[0, 1])
    holed = count.copy()
    holed[10] = NAN
    both = np.delete(np.arange(59), [9, 10])
    assert _autocorrelation(holed) == pytest.approx(np.corrcoef(figures[1:][both], figures[:-1][both])[0, 1])
    assert _autocorrelation(np.full(9, 2.0)) == 0


def figures_of(tree: xr.DataTree, series: str) -> dict[str, dict[str, float]]:
    return {row["figure"]: row for row in replicate(tree, seed=1) if row["series"] == series}  # type: ignore[misc]


def test_every_series_has_every_figure_and_the_same_seed_gives_the_same() -> None:
    tree = posterior_tree(np.random.default_rng(1))
    rows = replicate(tree, seed=1)
    assert [(row["series"], row["figure"]) for row in rows] == [
        (series, figure) for series in ("israel", "us_forces") for figure in FIGURES
    ]
    assert rows == replicate(tree, seed=1)
    assert all(0 <= row["p"] <= 1 and row["low"] <= row["high"] for row in rows)  # type: ignore[operator]


def test_counts_that_the_posterior_cannot_have_made_are_far_out() -> None:
    tree = posterior_tree(np.random.default_rng(1))
    count = tree["observed_data"]["count"].to_numpy()
    count[:, 0] = np.where(np.arange(count.shape[-1]) % 26 == 0, 900.0, 0.0)
    figures = figures_of(tree, "israel")
    assert figures["largest week"]["p"] == 0
    assert figures["largest week"]["observed"] == 900
    assert figures["share of zeros"]["p"] < 0.025
    assert figures["longest silence"]["observed"] == 25


def test_a_week_that_was_missing_is_missing_in_a_replicate() -> None:
    tree = posterior_tree(np.random.default_rng(1))
    count = tree["observed_data"]["count"].to_numpy()
    count[:, 1, 3:] = NAN
    assert figures_of(tree, "us_forces")["longest silence"]["high"] <= 3
