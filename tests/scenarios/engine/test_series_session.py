"""The session says what the command says; percentiles agree with the paths; every driver's moves are valid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from lull.model.forward.prior_state import prior_state
from lull.model.forward.simulate import OriginState, Paths, Push, RandomNumbers, simulate_rounds
from lull.model.runs.store import Store
from lull.scenarios.engine import projection
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import COUNTED_DRAWS, REPLICATES, Rounds, ask, is_exact, weeks_needed
from lull.scenarios.engine.series_session import SeriesSession, open_run
from lull.scenarios.engine.tornado import driver_moves, tornado
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.language.standard import SEED
from lull.scenarios.presentation.answer_words import answer_words, plain_answer
from lull.scenarios.presentation.curves import BASELINE, SCENARIO, curve_table, fan_table
from lull.scenarios.results.percentiles import ALL, daily_chances, date_percentiles, total_percentiles

BY = "2025-03-01"
EXTENDED, FORK = find_scenario("ceasefire-extended"), find_scenario("ceasefire-fork")


@pytest.fixture(scope="module")
def session(answered_store: Store) -> SeriesSession:
    """Israel's series of a small stored run."""
    return SeriesSession.of(open_run(answered_store.runs()[0]), "israel")


@pytest.mark.parametrize("text", [f"any attack by {BY}", f"resumption by {BY}", f"total at least 20 by {BY}"])
@pytest.mark.parametrize("name", ["ceasefire-extended", "ceasefire-fork", "claims-go-silent", "baseline"])
def test_the_bench_answers_as_the_command_does(session: SeriesSession, text: str, name: str) -> None:
    question, scenario = parse_question(text), find_scenario(name)
    assert session.ask(question, scenario) == ask(question, scenario, session.state, series="israel", seed=SEED)


def test_a_session_that_was_moved_about_says_the_same_to_the_last_byte(
    session: SeriesSession, answered_store: Store
) -> None:
    for name in ("pressure-eases", "ceasefire-collapses", "ceasefire-fork"):  # what these keep must not reach the next
        session.document([session.project(find_scenario(name))])
    untouched = SeriesSession.of(open_run(answered_store.runs()[0]), "israel")
    moved, fresh = (each.document([each.project(EXTENDED)]) for each in (session, untouched))
    assert repr(moved) == repr(fresh)


@pytest.mark.parametrize("text", [f"total at least 20 by {BY}", f"any attack by {BY}"])
def test_an_answer_simulates_its_scenario_alone(
    session: SeriesSession, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question, runs = parse_question(text), list[tuple[OriginState, Sequence[Push]]]()
    session.ask(question, baseline())  # the baseline's rounds are there afterwards

    def counting(state: OriginState, pushes: Sequence[Push], rounds: Sequence[RandomNumbers]) -> list[Paths]:
        runs.append((state, pushes))
        return simulate_rounds(state, pushes, rounds)

    monkeypatch.setattr(projection, "simulate_rounds", counting)
    session.ask(question, EXTENDED)
    ((state, pushes),) = runs
    assert len(pushes) == (1 if is_exact(question) else REPLICATES)
    assert len({id(push) for push in pushes}) == 1
    assert state.horizon == (session.state.horizon if is_exact(question) else weeks_needed(question, session.state))
    runs.clear()
    for nothing in (baseline(), find_scenario("baseline")):  # the library's says more of it
        assert session.ask(question, nothing).unchanged
    assert runs == []


def test_what_a_scenario_does_after_the_day_asked_about_is_allowed_and_changes_nothing(session: SeriesSession) -> None:
    late = Scenario.model_validate(
        {
            "id": "late",
            "title": "t",
            "assumptions": "a",
            "interventions": [{"kind": "ceasefire", "action": "collapse", "date": "2025-01-20"}],
        }
    )
    before, after = (parse_question(f"total at least 5 by {day}") for day in ("2025-01-19", "2025-03-30"))
    assert session.ask(before, late).unchanged
    assert not session.ask(after, late).unchanged


def test_counted_answers_use_some_draws_of_every_chain_and_say_the_error_of_those() -> None:
    state = replace(prior_state(("israel",), draws=2600, horizon=9, seed=1), chains=4)
    thin = state.thinned(COUNTED_DRAWS)
    assert (thin.draws, thin.chains) == (864, 4)
    np.testing.assert_array_equal(thin.level[:217:216], state.level[[0, 650]])
    assert state.thinned(2600) is state
    question, scenario = parse_question(f"total at least 20 by {BY}"), find_scenario("ceasefire-collapses")
    few, all_draws = (Rounds.draw(each, number=REPLICATES, seed=1).answer(question, scenario) for each in (thin, state))
    assert few == all_draws  # a state of more draws is thinned to the same ones
    errors = few.mc_error, ask(question, scenario, thin, series="israel", replicates=1, seed=1).mc_error
    assert 0 < errors[0] < errors[1]


def test_the_ways_of_a_tree_are_answered_one_by_one(session: SeriesSession) -> None:
    question = parse_question(f"any attack by {BY}")
    ways = session.ways(question, FORK)
    assert [way.probability for way in ways] == pytest.approx([0.6, 0.3, 0.1])
    assert [way.title for way in ways][1] == "it is extended"
    assert ways[1].answer.probability == pytest.approx(session.ask(question, EXTENDED).probability)
    assert session.ways(question, EXTENDED) == ()


def test_the_scheduled_end_of_the_ceasefire_is_known(session: SeriesSession) -> None:
    opened = session.open_run
    assert opened.ceasefire_end == opened.first_day + timedelta(weeks=4, days=-1)


def test_a_curve_passes_through_its_answer(session: SeriesSession) -> None:
    question = parse_question("any attack by 2025-03-02")  # a Sunday
    rows = curve_table(session, question, session.project(EXTENDED)).to_pylist()
    at = {row["line"]: row["chance"] for row in rows if row["week"].date() == question.by}
    answer = session.ask(question, EXTENDED)
    assert (at[SCENARIO], at[BASELINE]) == pytest.approx((answer.probability, answer.baseline))


def test_the_fan_of_the_baseline_alone_shows_its_intervals(session: SeriesSession) -> None:
    alone = fan_table(session, session.baseline).to_pylist()
    beside = fan_table(session, session.project(EXTENDED), past_weeks=3).to_pylist()
    assert {row["line"] for row in alone if row["alone"]} == {BASELINE}
    assert not any(row["alone"] for row in beside)
    assert sum(row["line"] == "past" for row in beside) == 3


def test_percentiles_are_those_of_the_paths(session: SeriesSession) -> None:
    question = parse_question("any attack by 2025-03-02")
    totals = total_percentiles(question, session.baseline, ALL)
    cumulated = session.baseline.paths.cumulated[:, 0, 8]
    for level, value in totals.items():
        assert np.mean(cumulated <= value) >= level / 100
        assert np.mean(cumulated < value) <= level / 100


@pytest.mark.parametrize("asked", ["any attack", "resumption", "total at least 20", "at least 5 in each of 3 weeks"])
def test_the_dates_are_those_of_what_is_asked_and_agree_with_the_answer(session: SeriesSession, asked: str) -> None:
    question = parse_question(f"{asked} by {BY}")
    days = daily_chances(question, session.baseline)
    assert len(days) == 7 * session.state.horizon
    assert next(iter(days)) == session.open_run.first_day
    assert list(days)[-1] == session.open_run.last_day
    answer = session.ask(question, baseline())
    assert days[question.by] == pytest.approx(answer.probability, abs=1e-9 if is_exact(question) else 0.05)
    for level, day in date_percentiles(question, session.baseline, ALL).items():
        if day is None:
            assert days[session.open_run.last_day] < level / 100
            continue
        assert days[day] >= level / 100 - 1e-9
        assert days.get(day - timedelta(days=1), 0.0) < level / 100


def test_every_move_of_a_driver_is_valid_and_the_driver_that_reaches_farthest_is_first(
    session: SeriesSession,
) -> None:
    question = parse_question(f"any attack by {BY}")
    moved = tornado(session, question)
    assert len(moved) == len(driver_moves(session.open_run))
    drivers = [each.move.driver for each in moved]
    reach = {
        driver: max(abs(each.answer.difference) for each in moved if each.move.driver == driver)
        for driver in set(drivers)
    }
    assert len(reach) > 2
    far = [reach[driver] for driver in drivers]  # the moves of one driver stand together
    assert far == sorted(far, reverse=True)
    assert far[0] > far[-1]


def test_an_answer_in_words_says_from_where_to_where(session: SeriesSession) -> None:
    question = parse_question(f"any attack by {BY}")
    answer = session.ask(question, EXTENDED)
    words = answer_words(answer, question, title=EXTENDED.title, series="Israel", is_baseline=False)
    assert "the chance of at least one attack by 1 March 2025 (Israel)" in words
    assert "90\N{NO-BREAK SPACE}% interval" in words
    plain = plain_answer(session.ask(question, baseline()), question, title="", series="Israel")
    assert plain.startswith("The chance of at least one attack by 1 March 2025 (Israel), as scheduled:")
