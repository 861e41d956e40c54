"""Chances and saliences of a reader in a scenario: in its numbers, in its words, and nowhere else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lull.model.runs.store import Run
from lull.model.spec import Normal
from lull.scenarios.beliefs.assumed import as_believed
from lull.scenarios.beliefs.believed_run import assuming, run_believing
from lull.scenarios.beliefs.pooled_beliefs import pooled
from lull.scenarios.beliefs.reader_beliefs import Beliefs, beliefs_in
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.series_session import SeriesSession, open_run
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Event, Scenario
from lull.scenarios.language.uncertain import Exactly, LognormalSize, NormalSize, QuantileSize, median_of

FORK = find_scenario("ceasefire-fork")
BELIEFS = (
    Beliefs(who="Ada")
    .weighing({"expires": 0.1, "extended": 0.1, "collapses": 0.8})
    .salient("mobilisation", Exactly(exactly=2.0))
)


def chances(scenario: Scenario) -> dict[str, float]:
    return {each.id: each.probability for each in scenario.branches}


def test_a_fork_takes_the_chances_that_are_believed_and_says_so() -> None:
    found = as_believed(FORK, BELIEFS)
    assert chances(found) == {"expires": 0.1, "extended": 0.1, "collapses": 0.8}
    (event,) = (each for each in found.branches[2].interventions if isinstance(each, Event))
    assert event.salience == Exactly(exactly=2.0)
    assert found.assumptions.startswith(FORK.assumptions)
    assert found.assumptions.endswith(
        "Believed chances: it expires as agreed 10 %, it is extended 10 %, it collapses early 80 %. "
        "Believed salience of mobilisation: 2."
    )
    assert as_believed(found, BELIEFS) == found


def test_what_nothing_is_believed_of_stays_as_it_is() -> None:
    elsewhere = Beliefs().weighing({"expires": 0.5, "extended": 0.5}).salient("pressure", Exactly(exactly=1.0))
    assert as_believed(FORK, elsewhere) is FORK
    assert as_believed(FORK, Beliefs()) is FORK
    assert as_believed(find_scenario("baseline"), BELIEFS) == find_scenario("baseline")


def test_a_fork_within_a_branch_is_weighed_too() -> None:
    inner = FORK.branches[0].model_copy(update={"branches": FORK.branches})
    other = FORK.branches[1].model_copy(update={"probability": 0.4})
    whole = FORK.model_copy(update={"branches": (inner, other)})
    found = as_believed(whole, BELIEFS)
    assert [each.probability for each in found.branches] == [0.6, 0.4]
    assert [each.probability for each in found.branches[0].branches] == [0.1, 0.1, 0.8]


def test_a_run_under_such_beliefs_answers_with_them_and_its_draws_stay(embedded_run: Callable[[], Run]) -> None:
    question, fitted = parse_question("any attack by 2025-03-01"), embedded_run().opened()
    before = SeriesSession.of(open_run(fitted), "israel")
    after = SeriesSession.of(open_run(run_believing(fitted, BELIEFS)), "israel")
    only_chances = Beliefs().weighing({"expires": 0.1, "extended": 0.1, "collapses": 0.8})
    weighed = SeriesSession.of(open_run(run_believing(fitted, only_chances)), "israel")
    ways = {way.title: way for way in before.ways(question, FORK)}
    mixed = 0.1 * (ways["it expires as agreed"].answer.probability + ways["it is extended"].answer.probability)
    mixed += 0.8 * ways["it collapses early"].answer.probability
    assert weighed.ask(question, FORK).probability == pytest.approx(mixed)
    assert [way.probability for way in after.ways(question, FORK)] == pytest.approx([0.1, 0.1, 0.8])
    assert after.ask(question, FORK).baseline == before.ask(question, FORK).baseline
    assert after.ask(question, FORK).probability != weighed.ask(question, FORK).probability


def test_several_readers_are_pooled_fork_by_fork() -> None:
    other = Beliefs(who="Ben").weighing({"expires": 0.5, "extended": 0.3, "collapses": 0.2})
    linear, logarithmic = (pooled([BELIEFS, other], pool) for pool in ("linear", "logarithmic"))
    names = ["expires", "extended", "collapses"]
    assert linear.chances_of(names) == pytest.approx({"expires": 0.3, "extended": 0.2, "collapses": 0.5})
    assert logarithmic.chances_of(names) == pytest.approx({"expires": 0.2806, "extended": 0.2174, "collapses": 0.502})
    assert sum(logarithmic.chances_of(names).values()) == pytest.approx(1.0, abs=1e-12)
    assert linear.salience_of("mobilisation") == Exactly(exactly=2.0)


@pytest.mark.parametrize(
    ("size", "middle"),
    [
        (Exactly(exactly=3.0), 3.0),
        (NormalSize(normal=(4.0, 1.0)), 4.0),
        (LognormalSize(lognormal=(2.0, 0.3)), 2.0),
        (QuantileSize(quantiles=((0.05, 1.0), (0.5, 3.0), (0.95, 4.0))), 3.0),
        (QuantileSize(quantiles=((0.25, 1.0), (0.75, 2.0))), 1.5),
    ],
)
def test_the_middle_of_a_size(size: object, middle: float) -> None:
    assert median_of(size) == pytest.approx(middle)  # type: ignore[arg-type]


def test_what_a_fit_is_made_with_are_the_beliefs_about_drivers() -> None:
    driver = BELIEFS.believing("ceasefire", "halting", Normal(0.2, 0.3))
    assert BELIEFS.fitted == Beliefs()
    assert driver.fitted == Beliefs((("ceasefire", "halting", Normal(0.2, 0.3)),), who="Ada")


def test_branches_are_added_to_what_a_run_was_fitted_with(write_run: Callable[..., Run]) -> None:
    own = Beliefs((("ceasefire", "halting", Normal(0.2, 0.3)),), who="Ben")
    run = write_run(record={"beliefs": own.document()})
    found = run_believing(run, BELIEFS)
    assert beliefs_in(found.record) == replace(own, who="Ada", forks=BELIEFS.forks, salience=BELIEFS.salience)
    assert found.diagnostics() == run.diagnostics()
    assert (found.run_id.partition("+")[0], found.is_kept) == (run.run_id, False)
    assert assuming(run, own) is run
