"""How a ceasefire ends in a scenario: what was scheduled no longer comes, and what comes instead has its own driver."""

from dataclasses import replace

import numpy as np
import pytest

from lull.model.forward.prior_state import prior_state
from lull.model.forward.simulate import OriginState, Push, RandomNumbers
from lull.model.parameters import EFFECTS
from lull.scenarios.engine.projection import compile_push
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Scenario

HORIZON, DRAWS = 12, 50
ADDED = ("ceasefire_ran_out", "ceasefire_broken_off")
HALT, RAN_OUT, BROKEN_OFF = 4, 5, 6
HALF_LIFE = 4.0
EXPIRY = 6  # weeks ahead in which the ceasefire of `prior_state` is over, counted from 0


def with_endings() -> OriginState:
    """A ceasefire in force that is to run out, with something left of an earlier one."""
    state = prior_state(("israel",), draws=DRAWS, horizon=HORIZON, seed=1)
    carry = np.column_stack([np.full(DRAWS, 0.5), np.zeros(DRAWS)])
    ahead = np.arange(1, HORIZON + 1)
    ran_out = 0.5 * 2.0 ** (-ahead / HALF_LIFE) + (ahead > EXPIRY) * 2.0 ** (-(ahead - 1 - EXPIRY) / HALF_LIFE)
    future = np.tile(np.stack([ran_out, np.zeros(HORIZON)]), (DRAWS, 1, 1))
    half_life = np.full((DRAWS, 2), HALF_LIFE)
    effects = {name: np.concatenate([getattr(state, name), np.full((DRAWS, 2), 0.3)], axis=1) for name in EFFECTS}
    return replace(
        state,
        **effects,
        half_life=np.concatenate([state.half_life, half_life], axis=1),
        carry=np.concatenate([state.carry, carry[:, None]], axis=2),
        future_covariate=np.concatenate([state.future_covariate, future[:, None]], axis=2),
        covariates=(*state.covariates, *ADDED),
    )


STATE = with_endings()
NUMBERS = RandomNumbers.draw(series=("israel",), draws=DRAWS, horizon=HORIZON, seed=1)


def pushed(**ceasefire: object) -> Push:
    interventions = [{"kind": "ceasefire", **ceasefire}]
    content = {"id": "x", "title": "t", "assumptions": "a", "interventions": interventions}
    return compile_push(Scenario.model_validate(content), STATE, NUMBERS)


def after(push: Push, place: int) -> np.ndarray:
    """The driver as it is under the push, (week,)."""
    return np.asarray(
        STATE.future_covariate[0, 0, place] + np.broadcast_to(push.covariate, (DRAWS, 1, 7, HORIZON))[0, 0, place]
    )


FADING = 0.5 * 2.0 ** (-np.arange(1, HORIZON + 1) / HALF_LIFE)


def test_an_extended_ceasefire_does_not_run_out_and_what_an_earlier_one_left_stays() -> None:
    np.testing.assert_allclose(after(pushed(action="extend"), RAN_OUT), FADING, atol=1e-12)


def test_one_extended_to_a_day_runs_out_on_the_day_after_it() -> None:
    found = after(pushed(action="extend", until="2025-02-23"), RAN_OUT)
    np.testing.assert_allclose(found[:8], FADING[:8], atol=1e-12)
    assert found[8] == pytest.approx(FADING[8] + 1.0)


def test_a_collapse_is_another_end_than_running_out() -> None:
    push = pushed(action="collapse", date="2025-01-15")
    np.testing.assert_allclose(after(push, RAN_OUT), FADING, atol=1e-12)
    assert after(push, BROKEN_OFF)[:3].tolist() == [0.0, 0.0, 1.0]
    assert after(push, BROKEN_OFF)[3] == pytest.approx(2.0 ** (-1 / HALF_LIFE))


def test_a_declared_halt_that_is_revoked_is_over_and_broken_off_and_leaves_the_ceasefire_alone() -> None:
    push = pushed(action="end", state="declared_halt", date="2025-01-13")
    assert after(push, HALT).tolist() == [1.0, 1.0] + [0.0] * 10
    assert after(push, BROKEN_OFF)[2] == 1.0
    np.testing.assert_array_equal(after(push, RAN_OUT), STATE.future_covariate[0, 0, RAN_OUT])


@pytest.mark.parametrize("name", ["ceasefire-extended", "ceasefire-collapses", "halt-revoked"])
def test_the_library_speaks_of_ends(name: str) -> None:
    push = compile_push(find_scenario(name), STATE, NUMBERS)
    assert np.abs(push.covariate[:, :, [RAN_OUT, BROKEN_OFF]]).max() > 0.5


def test_a_ceasefire_that_starts_beside_one_in_force_is_a_second_one_until_both_end() -> None:
    place = STATE.covariates.index("ceasefire")
    two = pushed(action="start", date="2024-12-30")
    assert after(two, place).tolist() == [2.0] * EXPIRY + [1.0] * (HORIZON - EXPIRY)
    content = [
        {"kind": "ceasefire", "action": "start", "date": "2024-12-30"},
        {"kind": "ceasefire", "action": "end", "date": "2025-01-13"},
    ]
    scenario = Scenario.model_validate({"id": "x", "title": "t", "assumptions": "a", "interventions": content})
    assert after(compile_push(scenario, STATE, NUMBERS), place).tolist() == [2.0, 2.0] + [0.0] * 10
