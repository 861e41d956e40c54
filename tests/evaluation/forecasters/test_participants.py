"""Lull's forecast is the pool of its parts, and without the regime model where a fit may not be used."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from lull.data.counts import WeeklyCounts
from lull.evaluation.forecasters import participants
from lull.evaluation.forecasters.participants import COMPANION, Entrant, Fitted, Forecast, Seen, Setting, line_up
from lull.evaluation.record import HURDLE, LULL, RECENT, REGIMES
from tests.conftest import posterior_tree

SETTING = Setting(horizon=6)


def seen(huge: float | None = None) -> Seen:
    history = np.random.default_rng(2).poisson(2.0, (1, 60)).astype(float)
    if huge is not None:
        history[0, 40] = huge
    counts = WeeklyCounts.from_arrays(history, series=["A"], first_week=np.datetime64("2020-01-06"))
    return Seen(counts, cast("Any", None), cast("Any", None))


def asked(grade: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Forecast]:
    tree = posterior_tree(np.random.default_rng(3))
    made = SimpleNamespace(grade=grade, usable=grade != "unusable")
    monkeypatch.setattr(participants, "_fitted", lambda *_: (tree, made, Fitted(tree, cast("Any", made))))
    return participants.KINDS[LULL](seen(), Entrant(LULL, LULL), SETTING, 1)


def paths(forecast: Forecast) -> np.ndarray:
    return forecast.predictive.paths


def test_each_path_of_the_forecast_is_one_of_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked("good", monkeypatch)
    assert list(made) == [LULL, HURDLE, RECENT, REGIMES]
    pool, *parts = (paths(each) for each in made.values())
    of_part = [(pool == part).all(axis=1) for part in parts]
    assert np.logical_or.reduce(of_part).all()
    assert not any(each.all() for each in of_part)
    chances = [each.predictive.attack_chance() for each in made.values()]
    assert (np.min(chances[1:], axis=0) - 0.05 < chances[0]).all()
    assert (chances[0] < np.max(chances[1:], axis=0) + 0.05).all()


def test_draws_that_did_not_converge_leave_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked("unusable", monkeypatch)
    pool, hurdle, recent = (paths(made[name]) for name in (LULL, HURDLE, RECENT))
    assert ((pool == hurdle).all(axis=1) | (pool == recent).all(axis=1)).all()
    assert made[LULL].verdict is not None
    assert made[LULL].verdict.grade == "unusable"


def test_the_hurdle_benchmark_is_not_given_a_week_out_of_scale() -> None:
    largest = float(np.delete(seen().history, 40).max())
    forecast = [
        participants.KINDS[COMPANION](seen(huge), Entrant(COMPANION, COMPANION), SETTING, 1)[COMPANION].predictive
        for huge in (3000.0, largest)
    ]
    np.testing.assert_array_equal(forecast[0].paths, forecast[1].paths)


def test_lull_stands_first_and_none_twice() -> None:
    names = [entrant.name for entrant in line_up({"flat": {"level": False}})]
    assert names[:3] == [LULL, COMPANION, "flat"]
    assert len(set(names)) == len(names)
