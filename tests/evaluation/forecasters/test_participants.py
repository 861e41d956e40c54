"""Lull's forecast is the pool of its halves, and the hurdle benchmark alone where a fit may not be used."""

from typing import Any, cast

import numpy as np
import pytest

from lull.data.counts import WeeklyCounts
from lull.evaluation.forecasters import participants
from lull.evaluation.forecasters.participants import COMPANION, Entrant, Forecast, Seen, Setting, line_up
from lull.evaluation.record import LULL, REGIMES
from lull.evaluation.scores.predictive import Predictive
from lull.model.hurdle.benchmark import TO_ONE

SETTING = Setting(horizon=6)


class Verdict:
    """A verdict that knows its grade only."""

    def __init__(self, grade: str) -> None:
        self.grade = grade


def seen(huge: float | None = None) -> Seen:
    history = np.random.default_rng(2).poisson(2.0, (1, 60)).astype(float)
    if huge is not None:
        history[0, 40] = huge
    counts = WeeklyCounts.from_arrays(history, series=["A"], first_week=np.datetime64("2020-01-06"))
    return Seen(counts, cast("Any", None), cast("Any", None))


def asked(grade: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Forecast]:
    fitted = Forecast(Predictive(np.full((100, 6), 7), np.ones(6)), cast("Any", Verdict(grade)))
    monkeypatch.setattr(participants, "_fitted", lambda *_: fitted)
    return participants.KINDS[LULL](seen(), Entrant(LULL, LULL), SETTING, 1)


def test_the_pool_holds_both_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked("good", monkeypatch)
    assert list(made) == [LULL, REGIMES]
    companion = participants.KINDS[COMPANION](seen(), Entrant(COMPANION, COMPANION), SETTING, 1)[COMPANION].predictive
    pooled = made[LULL].predictive
    assert (pooled.paths[:: 1 + TO_ONE] == 7).all()
    np.testing.assert_allclose(pooled.attack_chance(), (1.0 + TO_ONE * companion.attack_chance()) / (1 + TO_ONE))
    assert np.isin(np.delete(pooled.paths, np.s_[:: 1 + TO_ONE], axis=0), companion.paths).all()


def test_draws_that_did_not_converge_are_not_pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked("unusable", monkeypatch)
    companion = participants.KINDS[COMPANION](seen(), Entrant(COMPANION, COMPANION), SETTING, 1)[COMPANION].predictive
    assert np.array_equal(made[LULL].predictive.paths, companion.paths)
    verdict = made[LULL].verdict
    assert verdict is not None
    assert verdict.grade == "unusable"


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
