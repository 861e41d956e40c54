"""The bench says what the command says; percentiles agree with the paths; the levers' moves can be meant."""

from datetime import timedelta

import numpy as np
import pytest

from lull.model.runs.store import Store
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import ask
from lull.scenarios.engine.series_session import Bench, open_run
from lull.scenarios.engine.tornado import lever_moves, tornado
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import baseline
from lull.scenarios.language.standard import SEED
from lull.scenarios.presentation.answer_words import answer_words, plain_answer
from lull.scenarios.presentation.curves import BASELINE, SCENARIO, curve_table, fan_table
from lull.scenarios.results.percentiles import ALL, date_percentiles, total_percentiles

BY = "2025-03-01"
EXTENDED, FORK = find_scenario("ceasefire-extended"), find_scenario("ceasefire-fork")


@pytest.fixture(scope="module")
def bench(answered_store: Store) -> Bench:
    """Israel's series of a small stored run."""
    return Bench.of(open_run(answered_store.runs()[0]), "israel")


@pytest.mark.parametrize("text", [f"any attack by {BY}", f"resumption by {BY}", f"total at least 20 by {BY}"])
@pytest.mark.parametrize("name", ["ceasefire-extended", "ceasefire-fork", "claims-go-silent", "baseline"])
def test_the_bench_answers_as_the_command_does(bench: Bench, text: str, name: str) -> None:
    question, scenario = parse_question(text), find_scenario(name)
    assert bench.ask(question, scenario) == ask(question, scenario, bench.state, series="israel", seed=SEED)


def test_the_ways_of_a_tree_are_answered_one_by_one(bench: Bench) -> None:
    question = parse_question(f"any attack by {BY}")
    ways = bench.ways(question, FORK)
    assert [way.probability for way in ways] == pytest.approx([0.6, 0.3, 0.1])
    assert [way.title for way in ways][1] == "it is extended"
    assert ways[1].answer.probability == pytest.approx(bench.ask(question, EXTENDED).probability)
    assert bench.ways(question, EXTENDED) == ()


def test_the_scheduled_end_of_the_ceasefire_is_known(bench: Bench) -> None:
    opened = bench.open_run
    assert opened.ceasefire_end == opened.first_day + timedelta(weeks=4, days=-1)


def test_a_curve_passes_through_its_answer(bench: Bench) -> None:
    question = parse_question("any attack by 2025-03-02")  # a Sunday
    projection = bench.project(EXTENDED)
    rows = curve_table(bench, question, projection).to_pylist()
    at = {row["line"]: row["chance"] for row in rows if row["week"].date() == question.by}
    answer = bench.ask(question, EXTENDED)
    assert (at[SCENARIO], at[BASELINE]) == pytest.approx((answer.probability, answer.baseline))


def test_the_fan_of_the_baseline_alone_shows_its_intervals(bench: Bench) -> None:
    alone = fan_table(bench, bench.baseline).to_pylist()
    beside = fan_table(bench, bench.project(EXTENDED), past_weeks=3).to_pylist()
    assert {row["line"] for row in alone if row["alone"]} == {BASELINE}
    assert not any(row["alone"] for row in beside)
    assert sum(row["line"] == "past" for row in beside) == 3


def test_percentiles_are_those_of_the_paths(bench: Bench) -> None:
    question = parse_question("any attack by 2025-03-02")
    totals = total_percentiles(question, bench.baseline, ALL)
    cumulated = bench.baseline.paths.cumulated[:, 0, 8]
    for level, value in totals.items():
        assert np.mean(cumulated <= value) >= level / 100
        assert np.mean(cumulated < value) <= level / 100
    dates = date_percentiles(1, bench.baseline, ALL)
    first = [day for day in dates.values() if day is not None]
    assert first == sorted(first)
    come = (bench.baseline.paths.count[:, 0] > 0).any(axis=-1).mean()
    assert len(first) == pytest.approx(100 * come, abs=1.5)


def test_every_move_of_a_lever_can_be_meant_and_the_lever_that_reaches_farthest_is_first(bench: Bench) -> None:
    question = parse_question(f"any attack by {BY}")
    moved = tornado(bench, question)
    assert len(moved) == len(lever_moves(bench.open_run))
    levers = [each.move.lever for each in moved]
    reach = {
        lever: max(abs(each.answer.difference) for each in moved if each.move.lever == lever) for lever in set(levers)
    }
    assert len(reach) > 2
    far = [reach[lever] for lever in levers]  # the moves of one lever stand together
    assert far == sorted(far, reverse=True)
    assert far[0] > far[-1]


def test_an_answer_in_words_says_from_where_to_where(bench: Bench) -> None:
    question = parse_question(f"any attack by {BY}")
    answer = bench.ask(question, EXTENDED)
    words = answer_words(answer, question, title=EXTENDED.title, series="Israel", is_baseline=False)
    assert "the chance of at least one attack by 1 March 2025 (Israel)" in words
    assert "90 % interval" in words
    plain = plain_answer(bench.ask(question, baseline()), question, title="", series="Israel")
    assert plain.startswith("The chance of at least one attack by 1 March 2025 (Israel), if what is scheduled happens:")
