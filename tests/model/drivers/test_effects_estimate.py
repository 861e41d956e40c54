"""Effects across actors: what was put in is found, nothing where there is nothing, and a small record shrinks."""

import numpy as np
import pytest

from lull.data.learned.effects import WHOLE, Effect, Effects
from lull.model.drivers.effects_estimate import NO_RECORD, learn_effects, population
from lull.model.drivers.event_study import followed
from lull.model.hurdle.benchmark import shipped
from tests.model.drivers.made_actors import made


def learned(actors: int, *, factor: float, seed: int, around: Effects | None = None) -> Effect:
    counts, events = made(actors, factor=factor, seed=seed)
    effects = learn_effects([counts], events, shipped(), source="made", around=around)
    found = effects.of("ceasefire", "written", "intensity", WHOLE)
    assert found is not None
    return found


def test_a_fall_in_force_is_found_and_none_where_there_is_none() -> None:
    fall, nothing = (learned(12, factor=factor, seed=5) for factor in (0.4, 1.0))
    assert fall.mean < -0.15
    assert fall.mean + 3 * fall.se < 0
    assert abs(nothing.mean) < 3 * nothing.se
    assert abs(nothing.mean) < 0.1
    assert (fall.actors, fall.cases, fall.source) == (12, 36, "made")


def test_what_no_event_teaches_comes_from_the_table_that_it_starts_from() -> None:
    before = Effect("ceasefire", "written", "intensity", *WHOLE, 2.0, 0.01, 0.01, 90, 900, "elsewhere")
    other = Effect("volcano", "", "halting", *WHOLE, 1.0, 0.1, 0.1, 9, 9, "elsewhere")
    assert learned(3, factor=1.0, seed=6, around=Effects((before,))).mean == pytest.approx(2.0, abs=0.2)
    counts, events = made(3, factor=1.0, seed=6)
    drawn = learn_effects([counts], events, shipped(), source="made", around=Effects((before, other)))
    assert drawn.of("volcano", "", "halting", WHOLE) == other
    alone = learn_effects([counts], events, shipped(), source="made", around=None)
    unrecorded = alone.of("threat", "", "resumption", WHOLE)
    assert unrecorded is not None
    assert (unrecorded.mean, unrecorded.source) == (0.0, NO_RECORD)


def test_population_gives_back_mean_and_spread_and_more_actors_make_it_surer() -> None:
    rng = np.random.default_rng(1)
    few, many = (population(rng.normal(0.5, np.hypot(0.4, 0.14), n), np.full(n, 0.14**2)) for n in (8, 400))
    assert many.mean == pytest.approx(0.5, abs=0.06)
    assert many.spread == pytest.approx(0.4, abs=0.06)
    assert many.se < few.se / 3
    assert population(np.array([]), np.array([])).actors == 0


def test_what_followed_is_told_against_the_forecast_and_against_control_dates() -> None:
    counts, events = made(10, factor=0.4, seed=7)
    rows = {(row.kind, row.type, row.weeks_from): row for row in followed(counts, events, shipped(), seed=1)}
    fall, after = rows["ceasefire", "written", 5], rows["ceasefire_end", "ran_out", 1]
    assert fall.high < 0.6
    assert fall.against_high < 0.7
    assert fall.control == pytest.approx(1.0, abs=0.25)
    assert after.low > 1.3
    assert (fall.actors, fall.cases) == (10, 30)
