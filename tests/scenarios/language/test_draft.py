"""A scenario taken apart into controls and put together again; its text; mixtures; the moves of each lever."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.schema import InputError
from lull.scenarios.language import spec
from lull.scenarios.language.description import in_words
from lull.scenarios.language.draft import (
    MOST_FORKS,
    PossibleEvent,
    in_slot,
    others,
    own_branches,
    possible_events,
    slot_of,
    with_events,
    with_slot,
    without,
)
from lull.scenarios.language.mixture import mixture
from lull.scenarios.language.scenario_files import library, parse_scenario
from lull.scenarios.language.spec import Intervention, Scenario, baseline
from lull.scenarios.language.toml_text import toml_of

LIBRARY = library()
DAYS = st.dates(date(2025, 1, 1), date(2025, 6, 1))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=150).filter(str.strip)
CERTAIN = st.one_of(
    st.builds(spec.Ceasefire, kind=st.just("ceasefire"), action=st.just("collapse"), date=DAYS),
    st.builds(spec.Ceasefire, kind=st.just("ceasefire"), action=st.just("extend")),
    st.builds(
        spec.Covariate, kind=st.just("covariate"), action=st.just("hold"),
        covariate=st.sampled_from(["deterrence", "pressure"]), value=st.floats(0, 2),
    ),
    st.builds(
        spec.Scale, kind=st.sampled_from(["intensity", "halt_hazard", "resumption_hazard"]), factor=st.floats(0.1, 5)
    ),
    st.builds(spec.Reporting, kind=st.just("reporting"), share=st.floats(0, 0.9)),
)  # fmt: skip
EVENTS = st.builds(
    spec.Event, kind=st.just("event"), dimension=st.sampled_from(["deterrence", "pressure"]), date=DAYS,
    salience=st.integers(1, 5),
)  # fmt: skip
POSSIBLE = st.builds(
    PossibleEvent, EVENTS, st.one_of(st.just(1.0), st.integers(1, 99).map(lambda percent: percent / 100))
)


@given(st.lists(CERTAIN, max_size=6))
def test_a_control_shows_what_was_put_into_it_and_at_rest_nothing(interventions: Sequence[Intervention]) -> None:
    scenario = baseline()
    last: dict[str, Intervention] = {}
    for each in interventions:
        slot = slot_of(each)
        assert slot is not None
        scenario, last[slot] = with_slot(scenario, slot, each), each
    assert {slot: in_slot(scenario, slot) for slot in last} == last
    assert others(scenario) == ()
    for slot in last:
        scenario = with_slot(scenario, slot, None)
    assert scenario == baseline()


@given(st.lists(POSSIBLE, max_size=MOST_FORKS), st.sampled_from(LIBRARY))
def test_possible_events_are_found_again_on_top_of_any_scenario(
    events: list[PossibleEvent], scenario: Scenario
) -> None:
    draft = with_events(scenario, events)
    certain_first = sorted(events, key=lambda each: each.chance < 1)
    assert possible_events(draft) == tuple(certain_first)
    assert own_branches(draft) == own_branches(scenario)
    assert others(draft) == others(scenario)
    assert sum(probability for probability, _ in draft.leaves()) == pytest.approx(1.0)


@given(st.sampled_from(LIBRARY), CERTAIN)
def test_moving_one_control_leaves_the_rest_and_tells_all_of_it_in_words(
    scenario: Scenario, move: Intervention
) -> None:
    slot = slot_of(move)
    assert slot is not None
    draft = with_slot(scenario, slot, move)
    assert [each for each in draft.interventions if slot_of(each) != slot] == [
        each for each in scenario.interventions if slot_of(each) != slot
    ]
    assert draft.branches == scenario.branches
    for each in draft.interventions:
        assert " ".join(in_words(each).split()) in draft.assumptions


def test_what_no_control_shows_can_be_taken_away() -> None:
    for scenario in LIBRARY:
        draft = scenario
        for each in others(scenario):
            draft = without(draft, each)
        assert others(draft) == ()


@pytest.mark.parametrize("scenario", LIBRARY, ids=lambda scenario: scenario.id)
def test_the_text_of_a_scenario_is_read_as_the_same_scenario(scenario: Scenario) -> None:
    assert parse_scenario(toml_of(scenario), "x.toml") == scenario


@given(TEXTS, TEXTS, st.lists(CERTAIN, max_size=3), st.lists(POSSIBLE, max_size=2))
def test_any_words_and_numbers_survive_the_text(
    title: str, words: str, interventions: list[Intervention], events: list[PossibleEvent]
) -> None:
    scenario = with_events(baseline(), events)
    for each in interventions:
        scenario = with_slot(scenario, slot_of(each) or "", each)
    shown = Scenario.model_validate({**scenario.model_dump(), "id": "x", "title": title, "assumptions": words})
    assert parse_scenario(toml_of(shown), "x.toml") == shown


@given(st.lists(st.integers(0, 10), min_size=3, max_size=3).filter(any))
def test_a_mixture_goes_each_way_with_its_share(weights: list[int]) -> None:
    parts = [baseline(), LIBRARY[1], LIBRARY[2]]
    mixed = mixture(parts, weights)
    shares = [weight / sum(weights) for weight in weights if weight]
    if len(shares) == 1:
        assert mixed in parts
    else:
        assert [branch.probability for branch in mixed.branches] == pytest.approx(shares)


def test_a_mixture_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="a weight above 0"):
        mixture([baseline()], [0])
