"""From scenario to push to paths: the calendar of interventions, what is refused, and the laws of projection."""

from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lull.data.schema import InputError
from lull.model.forward.prior_state import ALL_OF_THE_LIBRARY, prior_state
from lull.model.forward.simulate import OriginState, Push, RandomNumbers
from lull.model.parameters import forward_names
from lull.scenarios.engine.projection import branch_of_draw, compile_push, project, project_all, project_in_parts
from lull.scenarios.language.scenario_files import find_scenario, library, parse_scenario
from lull.scenarios.language.spec import Scenario, baseline

DRAWS, HORIZON = 300, 12
SERIES = ("israel", "us_forces")
STATE = prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=1)  # origin week 2024-12-23, ceasefire in weeks 1..6
NUMBERS = RandomNumbers.draw(series=SERIES, draws=DRAWS, horizon=HORIZON, seed=5)
DETERRENCE, PRESSURE, MOBILISATION, CEASEFIRE = range(4)
DAY = "2025-01-15"  # the Wednesday of horizon 3: two of its week's days are before it

FIRST_DAY, LAST_DAY = date(2024, 12, 30), date(2025, 3, 23)  # of the weeks ahead

ALL_KINDS: list[dict[str, Any]] = [
    {"kind": "ceasefire", "action": "extend", "until": "2025-02-20"},
    {"kind": "event", "dimension": "deterrence", "date": DAY, "salience": 4, "series": "israel"},
    {"kind": "event", "dimension": "mobilisation", "date": {"uniform": ["2025-01-01", "2025-02-01"]}, "salience": 3},
    {"kind": "covariate", "action": "scale", "covariate": "pressure", "factor": 0.5, "until": DAY},
    {"kind": "regime", "regime": "halted", "start": "2025-03-03", "series": ["us_forces"]},
    {"kind": "intensity", "factor": {"lognormal": [1.5, 0.3]}, "start": DAY},
    {"kind": "halt_hazard", "factor": 2, "until": DAY},
    {"kind": "resumption_hazard", "factor": 0.3},
    {"kind": "anticipation", "date": "2025-02-03", "weeks": 2, "factor": 1.4},
    {"kind": "reporting", "share": 0.4, "start": DAY},
]
ZERO_SIZE: list[dict[str, Any]] = [
    {"kind": "event", "dimension": "deterrence", "date": DAY, "salience": 0},
    {"kind": "covariate", "action": "scale", "covariate": "pressure", "factor": 1},
    {"kind": "intensity", "factor": 1},
    {"kind": "halt_hazard", "factor": 1},
    {"kind": "resumption_hazard", "factor": 1, "start": DAY},
    {"kind": "anticipation", "date": DAY, "weeks": 2, "factor": 1},
    {"kind": "reporting", "share": 1},
    {"kind": "regime", "regime": "halted", "start": "2030-01-01"},
]


def scenario(*interventions: dict[str, Any], **more: Any) -> Scenario:
    content = {"id": "x", "title": "t", "assumptions": "a", "interventions": interventions, **more}
    return Scenario.model_validate(content)


def push(*interventions: dict[str, Any], state: OriginState = STATE) -> Push:
    return compile_push(scenario(*interventions), state, NUMBERS)


def ceasefire_share(**intervention: Any) -> list[float]:
    """The share of each week in force under one intervention, in weeks."""
    added = push({"kind": "ceasefire", **intervention}).covariate[0, 0, CEASEFIRE]
    return (7 * (STATE.future_covariate[0, 0, CEASEFIRE] + added)).round(9).tolist()


def shown(*interventions: dict[str, Any], state: OriginState = STATE) -> str:
    with pytest.raises(InputError) as caught:
        push(*interventions, state=state)
    return str(caught.value)


def test_the_baseline_is_the_scenario_of_nothing_bit_for_bit() -> None:
    first, second = project_all([scenario()], STATE, seed=5)
    assert (first.scenario_id, second.scenario_id) == ("baseline", "x")
    np.testing.assert_array_equal(first.paths.count, second.paths.count)
    np.testing.assert_array_equal(first.any_attack, second.any_attack)


@pytest.mark.parametrize("intervention", ZERO_SIZE, ids=lambda each: each["kind"])
def test_an_intervention_of_no_size_is_the_identity(intervention: dict[str, Any]) -> None:
    plain, other = project(baseline(), STATE, NUMBERS), project(scenario(intervention), STATE, NUMBERS)
    np.testing.assert_array_equal(plain.paths.count, other.paths.count)
    np.testing.assert_array_equal(plain.paths.active, other.paths.active)


@settings(deadline=None, max_examples=20)
@given(st.permutations(ALL_KINDS))
def test_the_order_of_interventions_does_not_matter(shuffled: list[dict[str, Any]]) -> None:
    one, other = push(*ALL_KINDS), push(*shuffled)
    for field in fields(Push):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))


@pytest.mark.parametrize("intervention", ALL_KINDS, ids=lambda each: each["kind"])
def test_each_intervention_changes_paths_and_none_before_its_first_week(intervention: dict[str, Any]) -> None:
    changed, plain = project(scenario(intervention), STATE, NUMBERS), project(baseline(), STATE, NUMBERS)
    pushed, nothing = changed.push, plain.push
    differs = np.zeros(HORIZON, dtype=bool)
    for field in fields(Push):
        moved = getattr(pushed, field.name) != getattr(nothing, field.name)
        differs |= moved.reshape(-1, HORIZON).any(axis=0)
    first = int(np.flatnonzero(differs)[0])
    np.testing.assert_array_equal(changed.paths.count[..., :first], plain.paths.count[..., :first])
    assert (changed.paths.count != plain.paths.count).any()


def test_a_ceasefire_is_followed_day_by_day() -> None:
    """Scheduled: in force in the weeks 1 to 6, that is up to 2025-02-09."""
    assert ceasefire_share(action="collapse", date=DAY) == [7, 7, 2] + [0] * 9
    assert ceasefire_share(action="end", date=DAY) == [7, 7, 2] + [0] * 9
    assert ceasefire_share(action="end", date="2025-02-19") == [7] * 7 + [2] + [0] * 4
    assert ceasefire_share(action="extend") == [7] * 12
    assert ceasefire_share(action="extend", until="2025-02-18") == [7] * 7 + [2] + [0] * 4
    assert ceasefire_share(action="start", date="2025-02-19") == [7] * 6 + [0, 5] + [7] * 4
    assert ceasefire_share(action="start", date="2025-02-19", until="2025-02-24") == [7] * 6 + [0, 5, 1, 0, 0, 0]


def test_a_ceasefire_that_starts_may_end() -> None:
    pushed = push(
        {"kind": "ceasefire", "action": "start", "date": "2025-02-19"},
        {"kind": "ceasefire", "action": "end", "date": "2025-02-25"},
    )
    assert (7 * pushed.covariate[0, 0, CEASEFIRE]).round(9).tolist() == [0] * 7 + [5, 1, 0, 0, 0]


def test_an_event_is_an_impulse_that_halves_with_the_half_life_of_the_draw() -> None:
    added = push({"kind": "event", "dimension": "deterrence", "date": DAY, "salience": 4}).covariate[:, 0, DETERRENCE]
    lag = np.arange(HORIZON) - 2
    expected = np.where(lag >= 0, 0.8 * 2.0 ** (-lag / STATE.half_life[:, [DETERRENCE]]), 0.0)
    np.testing.assert_allclose(added, expected, rtol=1e-12)


def test_a_lasting_event_is_spread_over_its_days() -> None:
    forgets = replace(STATE, half_life=np.full_like(STATE.half_life, 1e-3))
    event = {"kind": "event", "dimension": "pressure", "date": "2025-01-17", "until": "2025-01-26", "salience": 5}
    added = push(event, state=forgets).covariate[:, 0, PRESSURE]
    np.testing.assert_allclose(added[0, :5], [0, 0, 0.3, 0.7, 0], atol=1e-12)


def test_a_covariate_is_held_scaled_and_ramped() -> None:
    base = STATE.future_covariate[:, 0, PRESSURE]
    same = {"kind": "covariate", "covariate": "pressure"}
    held = push({**same, "action": "hold", "value": 0.7, "start": "2025-01-13"}).covariate[:, 0, PRESSURE] + base
    np.testing.assert_allclose(held[:, 2:], 0.7)
    np.testing.assert_allclose(held[:, :2], base[:, :2])
    scaled = push({**same, "action": "scale", "factor": 3, "until": "2025-01-05"}).covariate[:, 0, PRESSURE] + base
    np.testing.assert_allclose(scaled, base * np.where(np.arange(HORIZON) == 0, 3, 1))
    ramp = {**same, "action": "ramp", "value": 2, "start": "2024-12-30", "until": "2025-01-26"}
    ramped = push(ramp).covariate[:, 0, PRESSURE] + base
    np.testing.assert_allclose(ramped[:, 4:], 2.0)
    np.testing.assert_allclose(ramped[:, 1], base[:, 1] + (2 - base[:, 1]) * 10.5 / 28)


def test_an_intervention_on_one_series_leaves_the_others() -> None:
    changed = project(scenario({"kind": "intensity", "factor": 3, "series": "israel"}), STATE, NUMBERS)
    plain = project(baseline(), STATE, NUMBERS)
    np.testing.assert_array_equal(changed.paths.count[:, 1], plain.paths.count[:, 1])
    assert (changed.paths.count[:, 0] >= plain.paths.count[:, 0])[..., 0].all()


def test_the_same_uncertain_date_is_one_date_and_a_name_tells_two_apart() -> None:
    when = {"uniform": ["2025-01-01", "2025-03-01"]}
    two = [{"kind": "event", "dimension": d, "date": when, "salience": 5} for d in ("deterrence", "mobilisation")]
    pushed = push(*two).covariate[:, 0] > 0
    np.testing.assert_array_equal(pushed[:, DETERRENCE].argmax(axis=1), pushed[:, MOBILISATION].argmax(axis=1))
    two[1] = {**two[1], "date": {**when, "name": "other"}}
    apart = push(*two).covariate[:, 0] > 0
    assert (apart[:, DETERRENCE].argmax(axis=1) != apart[:, MOBILISATION].argmax(axis=1)).any()


def truce(action: str, **more: Any) -> dict[str, Any]:
    return {"kind": "ceasefire", "action": action, **more}


def regime(which: str, **more: Any) -> dict[str, Any]:
    return {"kind": "regime", "regime": which, **more}


def hold(covariate: str) -> dict[str, Any]:
    return {"kind": "covariate", "action": "hold", "covariate": covariate, "value": 1}


def pressed(day: str) -> dict[str, Any]:
    return {"kind": "event", "dimension": "pressure", "date": day, "salience": 1}


CLAIMED = {"kind": "reporting", "share": 0.1}
TWICE = {"kind": "intensity", "factor": 2}
FEBRUARY = {"uniform": ["2025-02-10", "2025-03-01"]}


@pytest.mark.parametrize(
    ("interventions", "expected"),
    [
        ([pressed("2024-12-29")], "2024-12-30 or later, found 2024-12-29"),
        ([{**TWICE, "start": "2025-02-01", "until": "2025-01-01"}], "a day from start on"),
        ([{**TWICE, "series": "isreal"}], "Did you mean 'israel'?"),
        ([hold("presure")], "Did you mean 'pressure'?"),
        ([truce("collapse", date="2025-03-05")], "in the weeks 2024-12-30 to 2025-02-03"),
        ([truce("start", date="2025-01-05"), truce("start", date="2025-01-06")], "at most one start"),
        ([truce("extend"), truce("collapse", date=DAY)], "extend and collapse"),
        ([truce("start", date="2025-02-19"), truce("extend")], "one way of ending it"),
        ([truce("start", date="2025-02-19"), truce("end", date="2025-02-17")], "an end after its start"),
        ([truce("start", date=FEBRUARY), truce("end", date="2025-02-27")], "an end after its start"),
        ([regime("active", start=DAY), regime("halted")], "active and halted at once"),
        ([CLAIMED, {**CLAIMED, "start": DAY}], "two shares at once"),
        ([hold("pressure"), pressed(DAY)], "an event while it is set by hold"),
        ([hold("ceasefire"), truce("extend")], "hold and extend"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(interventions: list[dict[str, Any]], expected: str) -> None:
    assert expected in shown(*interventions)


def test_what_differs_in_series_or_time_is_no_contradiction() -> None:
    push(regime("active", series="israel"), regime("halted", series="us_forces"))
    push(regime("active", start="2025-01-20"), regime("halted", until="2025-01-19"))


def test_all_that_is_wrong_is_reported_at_once() -> None:
    message = shown(
        {"kind": "event", "dimension": "pressure", "date": "2024-01-01", "salience": 1},
        {"kind": "intensity", "factor": 2, "series": "nowhere"},
    )
    assert len(message.splitlines()) == 2


def test_a_run_without_events_says_so() -> None:
    effects = {name: getattr(STATE, name)[:, :0] for name in forward_names("covariate")}
    covariates = {name: getattr(STATE, name)[:, :, :0] for name in ("carry", "future_covariate")}
    without = replace(STATE, **effects, **covariates, covariates=())
    assert "fitted without events" in shown(truce("extend"), state=without)
    project(baseline(), without, NUMBERS)


@pytest.mark.parametrize("horizon", [0, -1, HORIZON + 1, 10_000])
def test_a_horizon_beyond_the_schedule_is_refused(horizon: int) -> None:
    with pytest.raises(InputError, match=f"weeks from 1 to {HORIZON}, found {horizon}"):
        project_all([], STATE, horizon=horizon, seed=1)


MOVABLE = prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=1, covariates=ALL_OF_THE_LIBRARY)


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one() -> None:
    short, long = (project_all(library(), MOVABLE, horizon=h, seed=3) for h in (4, HORIZON))
    for one, other in zip(short, long, strict=True):
        np.testing.assert_array_equal(one.paths.count, other.paths.count[..., :4])


@pytest.mark.parametrize("of", [*library(), scenario(*ALL_KINDS)], ids=lambda each: each.id)
def test_a_few_series_at_a_time_give_the_same_paths(of: Scenario) -> None:
    whole = project_all([of], MOVABLE, seed=3)[-1]
    parts = list(project_in_parts(of, MOVABLE, cells=1, seed=3))
    assert [part.paths.series for part in parts] == [(name,) for name in SERIES]
    for place, part in enumerate(parts):
        np.testing.assert_array_equal(part.paths.count[:, 0], whole.paths.count[:, place])
        np.testing.assert_array_equal(part.any_attack[:, 0], whole.any_attack[:, place])


def test_a_part_has_as_many_series_as_its_cells_allow() -> None:
    for cells, sizes in ((2 * DRAWS * HORIZON, [2]), (2 * DRAWS * HORIZON - 1, [1, 1])):
        parts = project_in_parts(baseline(), MOVABLE, cells=cells, seed=3)
        assert [len(part.paths.series) for part in parts] == sizes


def fork() -> Scenario:
    ways = {
        "expires": (0.6, []),
        "extended": (0.3, [truce("extend")]),
        "collapses": (0.1, [truce("collapse", date=DAY)]),
    }
    branches = [
        {"id": name, "title": name, "probability": share, "interventions": interventions}
        for name, (share, interventions) in ways.items()
    ]
    return scenario(ALL_KINDS[5], branches=branches)


def test_a_tree_is_the_mixture_of_its_branches() -> None:
    """Each draw is its branch's draw, and the shares are those stated: the weighted sum."""
    tree = fork()
    mixed, which = project(tree, STATE, NUMBERS), branch_of_draw(tree, NUMBERS)
    assert np.bincount(which).tolist() == [180, 90, 30]
    for place, (_, leaf) in enumerate(tree.leaves()):
        alone = project(leaf, STATE, NUMBERS)
        np.testing.assert_array_equal(mixed.paths.count[which == place], alone.paths.count[which == place])
    shares = [(share, project(leaf, STATE, NUMBERS)) for share, leaf in tree.leaves()]
    for quantity in ("any_attack", "resumption"):
        expected = sum(share * getattr(alone, quantity) for share, alone in shares)
        np.testing.assert_allclose(getattr(mixed, quantity), expected, atol=1e-12)


def test_no_name_or_id_of_a_tree_changes_a_number() -> None:
    tree = fork()
    other = tree.model_copy(update={"id": "another", "title": "Another"})
    one, two = (project(each, STATE, NUMBERS) for each in (tree, other))
    np.testing.assert_array_equal(one.paths.count, two.paths.count)
    np.testing.assert_array_equal(one.any_attack, two.any_attack)


def test_no_name_of_an_event_changes_a_number() -> None:
    event = {"kind": "event", "dimension": "deterrence", "date": DAY, "salience": {"normal": [3, 1]}}
    plain, named = (project(scenario(event | name), STATE, NUMBERS) for name in ({}, {"name": "A strike"}))
    np.testing.assert_array_equal(plain.paths.count, named.paths.count)


def test_a_chance_is_averaged_over_the_days_of_an_uncertain_date() -> None:
    """As the mean over each of the days, draw by draw: which day it is is chance, not knowledge."""
    days = [str(FIRST_DAY + timedelta(days=at)) for at in range(8)]
    uncertain = scenario(
        {"kind": "event", "dimension": "deterrence", "date": {"uniform": [days[0], days[-1]]}, "salience": 5}
    )
    whole = project(uncertain, STATE, NUMBERS)
    each = [
        project(scenario({"kind": "event", "dimension": "deterrence", "date": day, "salience": 5}), STATE, NUMBERS)
        for day in days
    ]
    assert np.ptp([one.resumption[0, 0, -1] for one in each]) > 0
    expected = np.mean([one.resumption for one in each], axis=0)
    np.testing.assert_allclose(whole.resumption, expected, atol=1e-12)


def test_the_chance_of_a_draw_is_the_mean_of_many_ways_through_a_fork() -> None:
    """In every draw the mean over 500 ways, each drawn alone, agrees within its Monte Carlo error."""
    tree, rounds = fork(), 500
    leaves = np.stack([project(leaf, STATE, NUMBERS).resumption for _, leaf in tree.leaves()])
    shares = [share for share, _ in tree.leaves()]
    times = np.random.default_rng(1).multinomial(rounds, shares, size=DRAWS) / rounds
    nested = np.einsum("db,bdsh->dsh", times, leaves)
    error = np.ptp(leaves, axis=0) / 2 / np.sqrt(rounds)  # at most
    assert (error > 0).any()
    assert (np.abs(project(tree, STATE, NUMBERS).resumption - nested) <= 6 * error + 1e-12).all()


def test_deterrence_moves_resumption_draw_by_draw_as_its_sign_says() -> None:
    silent = replace(STATE, p_active=np.zeros_like(STATE.p_active))
    before = project(baseline(), silent, NUMBERS).resumption
    after = project(scenario({"kind": "event", "dimension": "deterrence", "date": DAY, "salience": 5}), silent, NUMBERS)
    sign = np.sign(STATE.resumption_effect[:, DETERRENCE])[:, None, None]
    assert (sign * (after.resumption - before) >= -1e-12).all()


@settings(deadline=None, max_examples=25)
@given(saliences=st.lists(st.floats(0, 5), min_size=2, max_size=3).map(sorted), day=st.dates(FIRST_DAY, LAST_DAY))
def test_more_deterrence_moves_every_draw_further_in_its_own_direction(saliences: list[float], day: date) -> None:
    silent = replace(STATE, p_active=np.zeros_like(STATE.p_active))
    chances = [
        project(
            scenario({"kind": "event", "dimension": "deterrence", "date": str(day), "salience": salience}),
            silent,
            NUMBERS,
        ).resumption
        for salience in saliences
    ]
    sign = np.sign(STATE.resumption_effect[:, DETERRENCE])[:, None, None]
    for weaker, stronger in pairwise(chances):
        assert (sign * (stronger - weaker) >= -1e-12).all()


@settings(deadline=None, max_examples=25)
@given(st.floats(0.05, 0.95), st.integers(1, HORIZON))
def test_a_mixture_is_the_weighted_sum_of_its_branches(share: float, horizon: int) -> None:
    """To within one draw of each branch, which is all that the shares of 300 draws leave."""
    branches = [
        {"id": "one", "title": "One", "probability": share, "interventions": [truce("extend")]},
        {"id": "other", "title": "Other", "probability": 1 - share, "interventions": [pressed(DAY)]},
    ]
    tree = scenario(branches=branches)
    mixed, which = project(tree, STATE, NUMBERS), branch_of_draw(tree, NUMBERS)
    alone = [project(leaf, STATE, NUMBERS).paths.count[..., horizon - 1] for _, leaf in tree.leaves()]
    parts = [np.where((which == place)[:, None], count, 0).sum(axis=0) for place, count in enumerate(alone)]
    np.testing.assert_array_equal(mixed.paths.count[..., horizon - 1].sum(axis=0), sum(parts))
    assert abs((which == 0).mean() - share) <= 1 / DRAWS


def test_a_longer_silence_is_more_likely_to_last() -> None:
    chances = [
        project(baseline(), replace(STATE, silent_weeks=np.full((DRAWS, 2), weeks)), NUMBERS).resumption.mean()
        for weeks in (1.0, 5.0, 20.0)
    ]
    assert chances == sorted(chances, reverse=True)


def test_a_collapse_is_worse_than_an_extension_where_ceasefires_hold_back() -> None:
    held_back = replace(
        STATE,
        resumption_effect=-np.abs(STATE.resumption_effect) * [1, 1, -1, 1, 1],
        effect=-np.abs(STATE.effect) * [1, 1, -1, 1, 1],
        halt_effect=np.abs(STATE.halt_effect) * [1, 1, -1, 1, 1],
    )
    collapsed, extended = (
        project(find_scenario(name), held_back, NUMBERS) for name in ("ceasefire-collapses", "ceasefire-extended")
    )
    assert (collapsed.any_attack.mean(axis=0) >= extended.any_attack.mean(axis=0)).all()
    assert (collapsed.any_attack.mean(axis=0)[:, -1] > extended.any_attack.mean(axis=0)[:, -1]).all()


FILE = """id = "x"
title = "t"
assumptions = "a"

[[interventions]]
kind = "regime"
regime = "active"
start = 2025-01-20

[[branches]]
id = "one"
title = "One"
probability = 0.5

[[branches.interventions]]
kind = "event"
dimension = "pressure"
salience = 3
date = 2024-12-01
series = "isreal"

[[branches]]
id = "other"
title = "Other"
probability = 0.5

[[branches.interventions]]
kind = "regime"
regime = "halted"
"""


def test_what_a_file_cannot_mean_is_reported_with_its_line_and_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        compile_push(parse_scenario(FILE, "mine.toml"), STATE, NUMBERS)
    early, forced = map(str, caught.value.problems)
    assert early.startswith(
        "mine.toml:line 19, branches 1, interventions 1, date: expected a day after the origin week"
    )
    assert forced.startswith("mine.toml:line 29, branches 2, interventions 1, regime: expected one intervention")
    assert "active and halted at once (with interventions 1)" in forced


def test_where_a_scenario_was_read_from_is_no_part_of_what_it_says() -> None:
    one, other = parse_scenario(FILE, "mine.toml"), parse_scenario(f"{FILE}\n# a remark\n", "other.toml")
    assert one == other
    assert "source" not in one.model_dump()
