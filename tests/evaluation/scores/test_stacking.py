"""Stacking weights: known answers, and that no other mixture scores better."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.evaluation.scores.stacking import stacking_weights

DAY = date(2024, 1, 7)


def table(**probabilities: list[float]) -> pa.Table:
    """Scores of weeks 1, 2, ... of one cell, from the probability that each model gave to what happened."""
    rows = [
        {
            "model": model,
            "series": "north",
            "origin_date": DAY,
            "horizon": week,
            "metric": "log_score",
            "value": -np.log(p),
        }
        for model, given in probabilities.items()
        for week, p in enumerate(given, start=1)
    ]
    return pa.Table.from_pylist(rows)


def test_two_sure_forecasters_are_weighed_by_how_often_each_is_right() -> None:
    found = stacking_weights(table(often=[1.0, 1.0, 1.0, 1e-9], seldom=[1e-9, 1e-9, 1e-9, 1.0]), ["often", "seldom"])
    assert found == pytest.approx({"often": 0.75, "seldom": 0.25}, abs=1e-5)


def test_who_is_always_worse_has_no_weight() -> None:
    found = stacking_weights(table(good=[0.5, 0.4], bad=[0.1, 0.3]), ["good", "bad"])
    assert found == pytest.approx({"good": 1.0, "bad": 0.0}, abs=1e-3)


def test_the_order_of_the_rows_does_not_matter_and_who_has_no_log_score_has_no_weight() -> None:
    scores = table(a=[0.5, 0.1, 0.2], b=[0.2, 0.3, 0.1])
    mixed = scores.take([4, 1, 3, 0, 5, 2])
    assert stacking_weights(mixed, ["a", "b", "c"]) == pytest.approx(stacking_weights(scores, ["a", "b"]))
    assert stacking_weights(scores, ["c"]) == {}


@given(st.lists(st.tuples(*[st.floats(0.01, 1.0)] * 3), min_size=2, max_size=20), st.integers(0, 2))
def test_no_forecaster_alone_and_no_equal_mixture_scores_better(cells: list[tuple[float, ...]], place: int) -> None:
    probability = np.array(cells)
    found = stacking_weights(
        table(**{name: list(p) for name, p in zip("abc", probability.T, strict=True)}), list("abc")
    )
    weights = np.array([found[name] for name in "abc"])
    assert weights.sum() == pytest.approx(1.0)
    best = np.log(probability @ weights).mean()
    assert best >= np.log(probability[:, place]).mean() - 1e-4
    assert best >= np.log(probability.mean(axis=1)).mean() - 1e-4
