"""What newer data decide: yes early, no only where every day is known, void where they do not say; corrections."""

from datetime import date, timedelta
from typing import Any

import pytest

from lull.data.schema import InputError
from lull.ledger.entries import Comment, Correction, Decided, OwnNumber, Resolution, Void
from lull.ledger.journal import Ledger
from lull.ledger.outcomes import Found, Newer, outcome
from lull.ledger.own_numbers import own_number
from lull.ledger.publication import enter_comment, enter_number, register
from lull.ledger.resolution import resolve
from lull.ledger.standing import open_questions, published
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.language.scenario_files import find_scenario
from tests.ledger.conftest import START, Clock, counts, forecast, newer

FOURTH = date(2031, 2, 2)  # the Sunday that ends the fourth week
LATER = date(2031, 3, 1)
ANY = f"any attack by {FOURTH}"


def found(question: str, row: list[float | None], as_of: date = LATER, **names: Any) -> Found:
    seen = outcome(parse_question(question), since=START, series="a", newer=newer({"a": row}, as_of, **names))
    assert seen is not None
    return seen


def test_an_attack_decides_early() -> None:
    seen = found(ANY, [0, 2], date(2031, 1, 20))
    assert (seen.outcome, seen.day, seen.total) == ("yes", date(2031, 1, 19), None)


def test_silence_is_open_until_the_deadline_and_no_after_it() -> None:
    assert found(ANY, [0, 0, 0], date(2031, 1, 27)).outcome == "open"
    assert found(ANY, [0, 0, 0, 0], FOURTH).outcome == "no"
    assert found(ANY, [0, 0, 0, 0], FOURTH).total == 0


def test_a_source_that_stops_early_is_void_and_never_no() -> None:
    seen = found(ANY, [0, 0])
    assert (seen.outcome, seen.known_to) == ("void", date(2031, 1, 19))
    assert seen.reason == f"the source ends on 2031-01-19, before the deadline {FOURTH}"


def test_a_late_source_is_waited_for() -> None:
    assert found(ANY, [0, 0], FOURTH + timedelta(days=6), wait=7).outcome == "open"
    assert found(ANY, [0, 0], FOURTH + timedelta(days=7), wait=7).outcome == "void"


def test_a_missing_week_is_void_only_where_it_decides() -> None:
    seen = found(ANY, [0, None, 0, 0])
    assert (seen.outcome, seen.reason) == ("void", "the outcome hangs on weeks that are missing: 2031-01-13")
    assert found(ANY, [0, None, 1, 0]).outcome == "yes"
    assert found(f"total at least 5 by {FOURTH}", [0, None, 1, 0]).outcome == "void"
    assert found(f"at least 2 in each of 3 weeks by {FOURTH}", [2, None, 0, 2]).outcome == "no"
    assert found(f"at least 2 in each of 3 weeks by {FOURTH}", [2, None, 2, 0]).outcome == "void"


def test_attacks_in_the_week_of_a_deadline_within_it_name_no_day() -> None:
    wednesday = date(2031, 1, 29)
    assert found(f"any attack by {wednesday}", [0, 0, 0, 3]).outcome == "void"
    assert "name no days" in found(f"any attack by {wednesday}", [0, 0, 0, 3]).reason
    assert found(f"any attack by {wednesday}", [0, 0, 0, 0]).outcome == "no"
    assert found(f"any attack by {wednesday}", [0, 1, 0, 3]).outcome == "yes"
    assert found(f"any attack by {wednesday}", [0, 0, 0, 0], wednesday).outcome == "open"


@pytest.mark.parametrize(
    ("question", "row", "expected"),
    [
        (f"at least 3 in a week by {FOURTH}", [2, 2, 2, 2], "no"),
        (f"at least 3 in a week by {FOURTH}", [2, 3, 2, 2], "yes"),
        (f"total at least 8 by {FOURTH}", [2, 2, 2, 2], "yes"),
        (f"total at least 9 by {FOURTH}", [2, 2, 2, 2], "no"),
        (f"at least 2 in each of 2 weeks by {FOURTH}", [2, 0, 2, 2], "yes"),
        (f"at least 2 in each of 2 weeks by {FOURTH}", [2, 0, 2, 0], "no"),
        (f"at least 1 in each of 5 weeks by {FOURTH}", [1, 1, 1, 1], "no"),
        (f"resumption by {FOURTH}", [0, 0, 0, 1], "yes"),
        (f"resumption by {FOURTH}", [0, 0, 0, 0], "no"),
    ],
)
def test_every_kind_of_question_is_decided(question: str, row: list[float | None], expected: str) -> None:
    assert found(question, row).outcome == expected


def test_weeks_before_the_forecast_do_not_count() -> None:
    before = found(ANY, [5, 0, 0, 0, 0], first=START - timedelta(days=7))
    assert (before.outcome, before.total) == ("no", 0)


def test_weeks_that_begin_on_another_day_count_where_they_lie_within() -> None:
    saturday = START - timedelta(days=2)  # the first week begins before the days asked about
    assert found(ANY, [1, 0, 0, 0, 0], first=saturday).outcome == "void"
    assert found(ANY, [0, 0, 0, 0, 0], first=saturday).outcome == "no"
    assert found(ANY, [0, 1, 0, 0, 0], first=saturday).outcome == "yes"


def test_a_zero_of_a_week_reported_in_part_is_no_silence() -> None:
    late = Newer(counts({"a": [0, 0, 0, 0]}).with_completeness((0.7,)), "beef", LATER)
    seen = outcome(parse_question(ANY), since=START, series="a", newer=late)
    assert seen is not None
    assert (seen.outcome, seen.reason) == ("void", "the outcome hangs on weeks that are reported in part")


def test_reconstructions_that_disagree_do_not_settle_it() -> None:
    both = counts({"a": [0, 0, 0, 0]}).array.to_numpy().repeat(2, axis=0)
    both[1, 0, 2] = 1
    made = type(counts({"a": [0]})).from_arrays(both, series=["a"], first_week=counts({"a": [0]}).weeks[0])
    seen = outcome(parse_question(ANY), since=START, series="a", newer=Newer(made, "beef", LATER))
    assert seen is not None
    assert (seen.outcome, seen.reason) == (
        "void",
        "the reports do not settle it: it came in 50% of the reconstructions",
    )


def test_data_of_other_series_say_nothing(ledger: Ledger, clock: Clock) -> None:
    register(ledger, forecast(ANY))
    clock.to(LATER)
    assert resolve(ledger, newer({"b": [1, 1, 1, 1]}, LATER)) == ()


def kinds(ledger: Ledger) -> list[str]:
    return [one.body.kind for one in ledger.entries()]


def test_the_same_data_twice_enter_nothing_new(ledger: Ledger, clock: Clock) -> None:
    register(ledger, forecast(ANY))
    clock.to(LATER)
    data = newer({"a": [0, 0, 0, 0]}, LATER)
    (entry,) = resolve(ledger, data)
    assert isinstance(entry.body, Resolution)
    assert (entry.body.outcome, entry.body.total, entry.body.source) == ("no", 0, "beef")
    assert resolve(ledger, data) == ()
    assert open_questions(ledger) == ()


def test_the_total_of_an_early_yes_is_entered_when_it_is_known(ledger: Ledger, clock: Clock) -> None:
    register(ledger, forecast(ANY))
    clock.to(LATER)
    resolve(ledger, newer({"a": [1]}, date(2031, 1, 13)))
    assert published(ledger)[0].latest.total is None
    resolve(ledger, newer({"a": [1, 0, 4, 1]}, LATER))
    assert kinds(ledger) == ["published", "resolution", "resolution"]
    assert published(ledger)[0].latest.total == 6


def test_corrections_stand_beside_what_they_correct(ledger: Ledger, clock: Clock) -> None:
    register(ledger, forecast(ANY))
    clock.to(LATER)
    (void,) = resolve(ledger, newer({"a": [0, 0]}, LATER))
    assert isinstance(void.body, Void)
    assert resolve(ledger, newer({"a": [0, None, 0, 0]}, LATER)) == ()  # still void: nothing new
    (no,) = resolve(ledger, newer({"a": [0, 0, 0, 0]}, LATER))
    (yes,) = resolve(ledger, newer({"a": [0, 2, 0, 0]}, LATER))
    (more,) = resolve(ledger, newer({"a": [0, 3, 0, 0]}, LATER))
    bodies = [no.body, yes.body, more.body]
    assert all(isinstance(body, Correction) for body in bodies)
    assert [body.replaces for body in bodies if isinstance(body, Correction)] == [void.number, no.number, yes.number]
    assert [(one.outcome, one.total) for one in bodies if isinstance(one, Decided)] == [
        ("no", 0),
        ("yes", 2),
        ("yes", 3),
    ]
    assert resolve(ledger, newer({"a": [0, 0]}, LATER)) == ()  # data that say less undo nothing
    assert published(ledger)[0].outcome == "yes"


def test_each_version_is_decided_for_its_own_days(ledger: Ledger, clock: Clock) -> None:
    register(ledger, forecast(ANY))
    clock.to(date(2031, 1, 14))
    register(ledger, forecast(ANY, since=date(2031, 1, 13)))
    clock.to(LATER)
    resolve(ledger, newer({"a": [1, 0, 0, 0]}, LATER))
    (standing,) = published(ledger)
    assert [version.outcome for version in standing.versions] == ["yes", "no"]


@pytest.mark.parametrize("day", [FOURTH + timedelta(days=1), date(2032, 1, 1)])
def test_after_the_deadline_nothing_is_registered(ledger: Ledger, clock: Clock, day: date) -> None:
    register(ledger, forecast(ANY))
    clock.to(day)
    with pytest.raises(InputError, match="deadline that has not passed"):
        register(ledger, forecast(ANY))
    with pytest.raises(InputError, match="deadline that has not passed"):
        enter_number(ledger, OwnNumber(question=ANY, series="a", deadline=FOURTH, chance=0.5))
    enter_comment(ledger, Comment(question=ANY, series="a", deadline=FOURTH, text="As expected."))
    assert kinds(ledger) == ["published", "comment"]


def test_on_the_day_of_the_deadline_it_still_is(ledger: Ledger, clock: Clock) -> None:
    clock.to(FOURTH)
    register(ledger, forecast(ANY))
    assert kinds(ledger) == ["published"]


def test_what_the_data_reach_or_decide_is_not_registered(ledger: Ledger, clock: Clock) -> None:
    with pytest.raises(InputError, match="data that end before the deadline"):
        register(ledger, forecast(ANY, known_to=FOURTH))
    with pytest.raises(InputError, match="a run that may be used"):
        register(ledger, forecast(ANY, grade="unusable"))
    register(ledger, forecast(ANY))
    clock.to(date(2031, 1, 20))
    resolve(ledger, newer({"a": [1]}, clock.day))
    with pytest.raises(InputError, match="not decided yet"):
        register(ledger, forecast(ANY))


def test_a_number_is_kept_through_later_versions_and_scenarios(ledger: Ledger, clock: Clock) -> None:
    own = own_number(forecast(ANY), "baseline", reader="Ada", chance=0.2, quantiles=None, reason="Quiet winter.")
    assert own is not None
    register(ledger, forecast(ANY), own)
    clock.to(date(2031, 1, 8))
    register(ledger, forecast(ANY, chance=0.9))
    register(ledger, forecast(ANY, scenario="ceasefire-extended"))
    (standing,) = published(ledger)
    first, second, under = standing.versions
    assert first.numbers["Ada"] == second.numbers["Ada"] == own
    assert under.numbers == {}
    enter_number(ledger, OwnNumber(question=ANY, series="a", deadline=FOURTH, reader="Ada", chance=0.4))
    first, second, _ = published(ledger)[0].versions
    assert (first.numbers["Ada"].chance, second.numbers["Ada"].chance) == (0.2, 0.4)


@pytest.mark.parametrize(
    ("chance", "quantiles"), [(1.2, None), (-0.1, None), (float("nan"), None), (None, (3, 2, 5)), (None, (1, 2))]
)
def test_an_own_number_that_is_none_is_refused(chance: float | None, quantiles: tuple[float, ...] | None) -> None:
    with pytest.raises(InputError, match=r"--number|--quantiles"):
        own_number(forecast(ANY), "baseline", reader="", chance=chance, quantiles=quantiles, reason="")


def test_a_premise_that_came_true_is_entered(ledger: Ledger, clock: Clock) -> None:
    scenario = find_scenario("ceasefire-extended").model_dump(mode="json", exclude_defaults=True)
    scenario["premise"] = {
        "statement": "Attacks stay few.",
        "confirmed_by": [{"seen": "count", "series": "a", "at_most": 3, "until": str(FOURTH)}],
    }
    register(ledger, forecast(ANY, scenario="few", assumptions=scenario, premise="Attacks stay few."))
    clock.to(LATER)
    resolve(ledger, newer({"a": [1]}, date(2031, 1, 13)))
    assert published(ledger)[0].latest.premise == "open"
    resolve(ledger, newer({"a": [1, 0, 1, 0]}, LATER))
    assert published(ledger)[0].latest.premise == "confirmed"
