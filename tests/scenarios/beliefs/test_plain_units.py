"""Beliefs in plain units are those on the model's scale; chips and pools come near what they were made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lull.model.spec import Normal, Priors
from lull.scenarios.beliefs.chips import CHIPS, belief_of_chips, edges_of
from lull.scenarios.beliefs.plain_units import SILENT, WEEKS, chance, effect_of, normal_of, plain, plain_quantiles
from lull.scenarios.beliefs.pooled_beliefs import linear, logarithmic, pooled
from lull.scenarios.beliefs.question_words import NAMES, TITLES, belief_words, question_words, without_words
from lull.scenarios.beliefs.reader_beliefs import DRIVERS, FIELDS, Beliefs

MECHANISMS = st.sampled_from(sorted(FIELDS))
BELIEFS = st.builds(Normal, st.floats(-2, 2), st.floats(0.1, 1))


@given(MECHANISMS, st.sampled_from(DRIVERS), st.floats(-2.5, 2.5))
def test_an_effect_in_plain_units_and_back_is_the_same(mechanism: str, driver: str, effect: float) -> None:
    assert effect_of(mechanism, plain(mechanism, effect, driver), driver) == pytest.approx(effect, abs=1e-6)


@given(MECHANISMS, st.sampled_from(("ceasefire", "deterrence")), BELIEFS)
def test_the_quantiles_of_a_belief_are_read_as_that_belief(mechanism: str, driver: str, belief: Normal) -> None:
    found = normal_of(mechanism, plain_quantiles(mechanism, belief, driver), driver)
    assert (found.mean, found.sd) == pytest.approx((belief.mean, belief.sd), abs=2e-3)


def test_the_chance_is_that_of_the_hazard_week_by_week() -> None:
    """Written out: a faction silent for eight weeks under a ceasefire, and one that is active."""
    priors, stays = Priors(), {"resumption": 1.0, "halting": 1.0}
    for week in range(WEEKS):
        logit = priors.resumption_intercept.mean - priors.resumption_aging.mean * np.log(1 + SILENT + week)
        stays["resumption"] *= 1 - 1 / (1 + np.exp(-(logit - 0.4)))
        stays["halting"] *= 1 - 1 / (1 + np.exp(-(priors.halt_intercept.mean - 0.4 * 0.5 ** (week / 4))))
    assert chance("resumption", -0.4, "ceasefire") == pytest.approx(1 - stays["resumption"])
    assert chance("halting", -0.4, "deterrence") == pytest.approx(1 - stays["halting"], rel=1e-3)


@pytest.mark.parametrize("mechanism", sorted(FIELDS))
@pytest.mark.parametrize("belief", [Normal(-0.3, 0.4), Normal(0.4, 0.8)], ids=str)
def test_chips_laid_by_a_belief_give_that_belief(mechanism: str, belief: Normal) -> None:
    edges = [effect_of(mechanism, edge, "ceasefire") for edge in edges_of(mechanism)[1:-1]
             if plain(mechanism, -11, "ceasefire") < edge < plain(mechanism, 11, "ceasefire")]  # fmt: skip
    below = np.round(CHIPS * stats.norm.cdf(edges, belief.mean, belief.sd)).astype(int)
    chips = np.diff(below, prepend=0, append=CHIPS).tolist()
    found = belief_of_chips(chips, mechanism, "ceasefire")
    assert (found.mean, found.sd) == pytest.approx((belief.mean, belief.sd), abs=0.12)


def test_a_board_that_is_not_full_is_refused() -> None:
    with pytest.raises(ValueError, match="20 chips, found 3"):
        belief_of_chips([3] + [0] * 9, "halting", "ceasefire")


@given(st.lists(BELIEFS, min_size=1, max_size=5))
def test_pools_of_normals_have_the_moments_that_they_should(beliefs: list[Normal]) -> None:
    grid = np.linspace(-12, 12, 24_001)
    densities = np.array([stats.norm.pdf(grid, each.mean, each.sd) for each in beliefs])
    logs = np.array([stats.norm.logpdf(grid, each.mean, each.sd) for each in beliefs])
    for density, found in (
        (densities.mean(axis=0), linear(beliefs)),
        (np.exp(logs.mean(axis=0)), logarithmic(beliefs)),
    ):
        weight = density / density.sum()
        mean = float(weight @ grid)
        assert found.mean == pytest.approx(mean, abs=2e-3)
        assert found.sd == pytest.approx(float(np.sqrt(weight @ (grid - mean) ** 2)), abs=2e-3)


def test_a_pool_is_over_those_who_believe_something() -> None:
    ada = Beliefs((("ceasefire", "halting", Normal(0.0, 0.5)),), "Ada")
    ben = Beliefs((("ceasefire", "halting", Normal(1.0, 0.5)), ("pressure", "halting", Normal(0.2, 0.1))), "Ben")
    both = pooled([ada, ben], "linear")
    assert both.who == "Ada, Ben (linear pool)"
    assert both.of("ceasefire", "halting") == Normal(0.5, pytest.approx(0.7071))
    assert both.of("pressure", "halting") == Normal(0.2, 0.1)


def test_every_driver_has_its_questions_in_words() -> None:
    assert set(NAMES) == set(DRIVERS)
    assert set(TITLES) == set(FIELDS)
    assert question_words("ceasefire", "resumption") == (
        "Of 100 factions that have been silent for 8 weeks when a written ceasefire begins and holds, how many attack "
        "again within 12 weeks?"
    )
    assert without_words("ceasefire", "resumption") == "without it 67 of 100"
    assert belief_words(Normal(0.0, 0.1), "ceasefire", "intensity") == "× 1.00 [0.85, 1.18]"
