"""Where a contrast comes from: the parts add up, and each is what its name says."""

import numpy as np
import pytest

from lull.model.forward.origin import origin_state
from lull.model.forward.simulate import OriginState
from lull.model.parameters import EFFECTS
from lull.model.spec import beliefs_by_hand, recorded_beliefs
from lull.scenarios.drivers.answer_parts import answer_parts, asked_parts
from lull.scenarios.engine.belief import Belief, Parts, Steps, parts_of
from lull.scenarios.engine.contrast import Contrast, any_attack, resumption
from lull.scenarios.engine.projection import project_all
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import ask, weeks_needed
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Regime, Reporting, Scenario
from tests.conftest import posterior_tree

COLLAPSE = find_scenario("ceasefire-collapses")
EXTENDED = find_scenario("ceasefire-extended")
MECHANISMS = tuple(str(row.mechanism) for row in EFFECTS.values())


@pytest.fixture(scope="module")
def state() -> OriginState:
    """A state of the synthetic posterior, a ceasefire in force at the origin."""
    return origin_state(posterior_tree(np.random.default_rng(2)), horizon=12, run_id="r")


def recorded(state: OriginState) -> list[Belief]:
    """Return what the record says of each driver of a state."""
    tables = {on: recorded_beliefs(on) for on in MECHANISMS}
    return [
        Belief(name, on, tables[on][name].mean, tables[on][name].sd) for name in state.covariates for on in MECHANISMS
    ]


def by_hand(state: OriginState) -> list[Belief]:
    """Return the beliefs by hand of each driver of a state."""
    hand = beliefs_by_hand()
    tables = {"intensity": hand.intensity_effect, "halting": hand.halt_effect, "resumption": hand.resumption_effect}
    return [
        Belief(name, on, tables[on][name].mean, tables[on][name].sd) for name in state.covariates for on in MECHANISMS
    ]


def split(scenario: Scenario, state: OriginState, beliefs: list[Belief]) -> tuple[Parts, np.ndarray]:
    """Return the parts of a contrast, and its mean."""
    baseline, projection = project_all([scenario], state, seed=1)
    steps = Steps.of(baseline, beliefs)
    assert steps is not None
    contrast = Contrast(projection, baseline)
    parts = parts_of(contrast, any_attack, steps)
    assert parts is not None
    return parts, contrast.difference(any_attack).mean


@pytest.mark.parametrize("scenario", [COLLAPSE, EXTENDED], ids=lambda one: one.id)
def test_the_parts_of_a_contrast_add_up(state: OriginState, scenario: Scenario) -> None:
    parts, whole = split(scenario, state, recorded(state))
    np.testing.assert_allclose(parts.assumed + parts.belief + parts.record + parts.data, whole, atol=1e-12)
    np.testing.assert_allclose(parts.assumed + parts.belief + parts.record, parts.before.mean, atol=1e-12)
    assert np.abs(parts.record).max() > 0.001
    assert np.abs(parts.data).max() > 0.001
    assert not parts.assumed.any()


def test_beliefs_by_hand_are_no_record(state: OriginState) -> None:
    parts, _ = split(EXTENDED, state, by_hand(state))
    assert not parts.record.any()
    assert np.abs(parts.belief).max() > 0.001


def test_what_the_posterior_kept_of_its_prior_is_not_the_data(state: OriginState) -> None:
    beliefs = [
        Belief(name, str(row.mechanism), float(getattr(state, effect)[:, at].mean()), 1e-6)
        for effect, row in EFFECTS.items()
        for at, name in enumerate(state.covariates)
    ]
    parts, whole = split(EXTENDED, state, beliefs)
    assert np.abs(parts.data).max() < 0.1 * np.abs(whole).max()


def test_what_a_scenario_sets_itself_is_assumed(state: OriginState) -> None:
    halt = Scenario(id="h", title="t", assumptions="a", interventions=(Regime(kind="regime", regime="halted"),))
    parts, whole = split(halt, state, recorded(state))
    assert (parts.assumed < -0.05).any()
    np.testing.assert_allclose(parts.assumed + parts.belief + parts.record + parts.data, whole, atol=1e-12)


@pytest.mark.parametrize("scenario", [COLLAPSE, find_scenario("ceasefire-fork")], ids=lambda one: one.id)
def test_the_weeks_of_a_question_are_enough_for_its_parts(state: OriginState, scenario: Scenario) -> None:
    question = parse_question("any attack by 2025-02-12", origin=state.origin)
    week = weeks_needed(question, state)
    assert week < state.horizon
    baseline, projection = project_all([scenario], state, seed=1)
    shorter = baseline.under(state.up_to(week))
    np.testing.assert_array_equal(shorter.any_attack, baseline.any_attack[..., :week])
    np.testing.assert_array_equal(projection.under(shorter.state).resumption, projection.resumption[..., :week])
    whole, near = (Steps.of(each, recorded(state)) for each in (baseline, shorter))
    assert whole is not None
    assert near is not None
    found = answer_parts(question, projection, baseline, near)
    assert found is not None
    assert found == answer_parts(question, projection, baseline, whole)


def test_nothing_is_taken_apart_where_reporting_changes(state: OriginState) -> None:
    silent = Scenario(id="s", title="t", assumptions="a", interventions=(Reporting(kind="reporting", share=0.5),))
    baseline, projection = project_all([silent], state, seed=1)
    steps = Steps.of(baseline, recorded(state))
    assert steps is not None
    assert parts_of(Contrast(projection, baseline), resumption, steps) is None
    assert Steps.of(baseline, recorded(state)[1:]) is None  # a driver of which no prior is known


def test_the_parts_of_an_answer_add_up_to_its_difference(state: OriginState) -> None:
    question = parse_question("any attack by 2025-02-12", origin=state.origin)
    answer = ask(question, COLLAPSE, state, series="israel", seed=1)
    parts = asked_parts(question, COLLAPSE, state, recorded(state), series="israel", seed=1)
    assert parts is not None
    assert parts.assumed + parts.belief + parts.record + parts.data == pytest.approx(answer.difference)
    counted = parse_question("total at least 5 by 2025-02-12", origin=state.origin)
    assert asked_parts(counted, COLLAPSE, state, recorded(state), series="israel", seed=1) is None
