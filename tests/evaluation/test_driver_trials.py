"""Forecasts at events with learned drivers: better where events have an effect, and checked against moved calendars."""

from dataclasses import replace

import numpy as np
import pytest

from lull.data.counts import WeeklyCounts
from lull.evaluation.driver_checks import placebo_share, range_of, without_each
from lull.evaluation.driver_trials import FOLDS, METRICS, Score, paired, score_cases
from lull.model.drivers.effects_estimate import lessons_of
from lull.model.drivers.pushed_hurdle import Pushes, log_pmf, simulate
from lull.model.hurdle.benchmark import shipped
from tests.model.drivers.made_actors import made

HISTORY = np.random.default_rng(1).poisson(2.0, 120).astype(float)
WEEKS = 8


def nothing(draws: int) -> Pushes:
    return Pushes(*(np.zeros((draws, WEEKS)) for _ in range(3)))


def test_without_a_push_the_forecast_is_the_benchmarks_and_its_law_sums_to_one() -> None:
    pushes = nothing(2000)
    paths = simulate(shipped(), HISTORY, pushes, seed=1)
    plain, _ = shipped().forecast(HISTORY, horizon=WEEKS, draws=2000, seed=2)
    assert paths.mean() == pytest.approx(plain.mean(), rel=0.1)
    few = Pushes(*(part[:20] for part in (pushes.active, pushes.silent, pushes.mean)))
    total = sum(np.exp(log_pmf(shipped(), HISTORY, few, paths[:20], np.full(WEEKS, float(n)))) for n in range(300))
    np.testing.assert_allclose(total, 1.0, atol=1e-3)


@pytest.mark.parametrize("part", ["active", "mean"])
def test_a_push_moves_what_it_is_of(part: str) -> None:
    none = simulate(shipped(), HISTORY, nothing(1000), seed=1).mean()
    pushed = replace(nothing(1000), **{part: np.full((1000, WEEKS), -1.0)})
    assert simulate(shipped(), HISTORY, pushed, seed=1).mean() < 0.85 * none


def test_after_a_long_silence_resumption_alone_decides() -> None:
    silent = np.concatenate([HISTORY, np.zeros(20)])
    base = nothing(2000)
    first = simulate(shipped(), silent, base, seed=1)[:, 0] > 0
    active = simulate(shipped(), silent, replace(base, active=base.active - 3.0), seed=1)[:, 0] > 0
    held = simulate(shipped(), silent, replace(base, silent=base.silent - 2.0), seed=1)[:, 0] > 0
    assert active.mean() == pytest.approx(first.mean(), abs=0.03)
    assert held.mean() < 0.5 * first.mean()


def test_learned_drivers_beat_none_where_ceasefires_hold_and_no_case_taught_its_own_forecast() -> None:
    counts, events = made(2 * FOLDS, factor=0.25, seed=4)
    scores = score_cases(counts, events, shipped(), seed=1, of=lambda _: True)
    assert {score.kind for score in scores} == {"ceasefire", "ceasefire_end"}
    rows = paired(scores, {"in force": lambda score: score.kind == "ceasefire"}, seed=1)
    by = {(row.than, row.metric): row for row in rows}
    assert by.keys() == {(than, metric) for than in ("hand", "none") for metric in METRICS}
    assert by["none", "total_crps_log1p"].low > 0
    assert by["none", "log_score"].low > 0


def test_gains_are_signed_so_that_more_is_better_and_one_actor_gives_no_interval() -> None:
    def score(actor: int) -> Score:
        return Score("k", "", actor, {"learned": (-1.0, 0.2, 0.1), "hand": (-2.0, 0.3, 0.2), "none": (-1.0, 0.2, 0.1)})

    rows = paired([score(0), score(1)], {"all": lambda _: True}, seed=1)
    assert [row.gain for row in rows] == pytest.approx([1.0, 0.1, 0.1, 0.0, 0.0, 0.0])
    assert paired([score(0)], {"all": lambda _: True}, seed=1) == []


def test_moved_calendars_show_as_much_as_chance_does() -> None:
    counts, events = made(10, factor=0.25, seed=4)
    far, many = placebo_share(counts, events, shipped(), calendars=3, seed=1)
    assert many >= 3
    assert far <= 0.4


def test_leaving_a_country_out_leaves_its_actors_out() -> None:
    counts, events = made(6, factor=0.25, seed=4)
    steady = np.random.default_rng(9).poisson(3.0, (6, counts.weeks.size)).astype(float)
    steady[:4] = counts.array.to_numpy()[0][:4]
    mixed = WeeklyCounts.from_arrays(steady, series=counts.series, first_week=counts.weeks[0])
    lessons = list(lessons_of([mixed], events, shipped()))[:6]
    countries = dict(zip(counts.series, ["here"] * 4 + ["there"] * 2, strict=True))
    checked = list(without_each(lessons, counts.series, {name: countries[name] for name in counts.series}))
    assert {one.without for one in checked} <= {"here", "there"}
    kept = next(one.effect for one in checked if one.without == "there" and one.effect.mechanism == "intensity")
    assert kept.actors == 4
    low, high = range_of(checked)["ceasefire", "", "intensity"]
    assert low <= kept.mean <= high
