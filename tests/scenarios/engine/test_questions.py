"""Questions in words: how they are read, and that their answers agree with each other and with the paths."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lull.data.learned.pause_record import shipped_pauses
from lull.data.schema import InputError
from lull.model.forward.prior_state import ALL_OF_THE_LIBRARY, prior_state
from lull.scenarios.engine.projection import CLAIM_ROUNDS, project_all
from lull.scenarios.engine.question_grammar import FORMS, check_question, dated, parse_question
from lull.scenarios.engine.questions import (
    Answer,
    Question,
    _interval,
    ask,
    ask_all,
    between,
    first_passage,
    sustained,
    values_by_week,
)
from lull.scenarios.engine.reference_class import ended_within, weekly_hazard
from lull.scenarios.language.description import PAGE
from lull.scenarios.language.scenario_files import find_scenario, library
from lull.scenarios.language.spec import Reporting, Scenario, baseline
from lull.scenarios.presentation.wording import apart_words

STATE = prior_state(("israel", "us_forces"), draws=600, horizon=12, seed=1, covariates=ALL_OF_THE_LIBRARY)
LAST_DAY = "2025-03-23"  # the Sunday of horizon 12
COLLAPSE = find_scenario("ceasefire-collapses")


CLAIMED = Reporting(kind="reporting", share=1 - 1e-9)
ALL_BUT_CERTAINLY_CLAIMED = COLLAPSE.model_copy(update={"interventions": (*COLLAPSE.interventions, CLAIMED)})


def answer(text: str, **more: object) -> Answer:
    return asked_of(COLLAPSE, text, **more)


def asked_of(scenario: Scenario, text: str, **more: object) -> Answer:
    return ask(parse_question(text), scenario, STATE, series="israel", seed=3, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any attack by 2025-03-01", Question("", "any attack", date(2025, 3, 1))),
        ("  Any attacks BY 2025-03-01? ", Question("", "any attack", date(2025, 3, 1))),
        ("resumption by 2025-03-01", Question("", "resumption", date(2025, 3, 1))),
        ("at least 5 in a week by 2025-03-01", Question("", "in a week", date(2025, 3, 1), 5)),
        ("total at least 30 by 2025-03-01", Question("", "in total", date(2025, 3, 1), 30)),
        ("at least 3 in each of 4 weeks by 2025-03-01", Question("", "sustained", date(2025, 3, 1), 3, 4)),
        ("time to resumption by 2025-03-01", Question("", "resumption", date(2025, 3, 1), when=True)),
        ("first week above 4 by 2025-03-01", Question("", "in a week", date(2025, 3, 1), 5, when=True)),
        ("share of weeks halted by 2025-03-01", Question("", "halted share", date(2025, 3, 1))),
    ],
)
def test_a_question_is_read(text: str, expected: Question) -> None:
    found = parse_question(text)
    assert replace(found, text="") == expected
    assert {kind for kind, _, _ in FORMS} >= {found.kind}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any attak by 2025-03-01", "any attack by DATE"),
        ("any attack by tomorrow", "a date as YYYY-MM-DD"),
        ("any attack by 2025-02-30", "The calendar has no such day"),
        ("at least 0 in a week by 2025-03-01", "a number from 1 up"),
        ("total at least 99999999999999999999 by 2025-03-01", "at most 1,000,000"),
        ("", "one of"),
    ],
)
def test_a_question_that_is_none_is_reported_why(text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        parse_question(text)


def test_weeks_are_counted_from_the_origin() -> None:
    found = parse_question("Resumption within 8 weeks?", origin=STATE.origin)
    assert found == Question("Resumption within 8 weeks?", "resumption", date(2025, 2, 23))
    assert dated("at least 3 in each of 4 weeks within 1 week", STATE.origin).endswith("of 4 weeks by 2025-01-05")
    assert dated("any attack by 2025-03-01", STATE.origin) == "any attack by 2025-03-01"
    said = ask(found, COLLAPSE, STATE, series="israel", seed=3)
    assert replace(said, question="") == replace(answer("resumption by 2025-02-23"), question="")
    assert said.asked == "Resumption within 8 weeks? (by 2025-02-23)"
    with pytest.raises(InputError, match="instead of `by DATE` you may say"):
        parse_question("resumption within 8 weeks")


@pytest.mark.parametrize("weeks", ["0", "521", "1000000000000"])
def test_weeks_that_no_run_reaches_are_refused(weeks: str) -> None:
    with pytest.raises(InputError, match=r"a number from 1 to 520|at most"):
        check_question(f"any attack within {weeks} weeks")


WORDS = st.sampled_from([*" ?.".join(form for _, _, form in FORMS).split(), "-3", "0", "2", "1000001", "within"])
QUESTIONS = st.builds(
    lambda form, day, count, weeks: form.replace("DATE", str(day)).replace("N", str(count)).replace("M", str(weeks)),
    st.sampled_from([form for _, _, form in FORMS]),
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.integers(0, 2_000_000),
    st.integers(0, 600),
)


@given(st.one_of(QUESTIONS, st.text(max_size=80), st.lists(WORDS, max_size=10).map(" ".join)))
def test_any_text_is_a_question_or_refused(text: str) -> None:
    try:
        found = parse_question(text)
    except InputError:
        return
    assert found.text == text
    assert str(found.by) in text
    assert str(found.count - text.startswith("first week")) in text or found.count == 1
    assert 1 <= found.count <= 1_000_001
    assert parse_question(f"  {text.upper()}? ") == replace(found, text=f"  {text.upper()}? ")


@given(QUESTIONS)
def test_a_question_of_one_of_the_forms_is_refused_for_its_numbers_only(text: str) -> None:
    numbers = [int(word) for word in text.split() if word.isdecimal()]
    if all(0 < number <= 1_000_000 for number in numbers):
        assert str(parse_question(text).by) in text
    elif any(number > 1_000_000 for number in numbers):
        with pytest.raises(InputError, match="at most 1,000,000"):
            parse_question(text)


@pytest.mark.parametrize("day", ["2024-12-29", "2025-03-24"])
def test_a_day_outside_the_weeks_ahead_is_refused(day: str) -> None:
    with pytest.raises(InputError, match="a day after 2024-12-29 and up to 2025-03-23"):
        answer(f"any attack by {day}")


def test_an_unknown_series_is_refused() -> None:
    with pytest.raises(InputError, match="one of 'israel', 'us_forces'"):
        ask(parse_question(f"any attack by {LAST_DAY}"), COLLAPSE, STATE, series="isreal", seed=1)


def test_an_answer_is_that_of_the_projections_of_all_series() -> None:
    found = answer("resumption by 2025-02-16")
    projections = {each.scenario_id: each for each in project_all(library(), STATE, seed=3)}
    expected = projections["ceasefire-collapses"].resumption[:, 0, 6]
    base = projections["baseline"].resumption[:, 0, 6]
    assert found.probability == pytest.approx(expected.mean())
    assert found.difference == pytest.approx((expected - base).mean())
    np.testing.assert_allclose(
        [found.difference_low, found.difference_high], np.quantile(expected - base, [0.05, 0.95]), atol=1e-9
    )


def test_within_a_week_an_answer_moves_from_sunday_to_sunday() -> None:
    days = ["2025-02-02", "2025-02-05", "2025-02-09"]
    first, middle, last = (answer(f"any attack by {day}").probability for day in days)
    assert middle == pytest.approx(first + 3 / 7 * (last - first))
    assert answer("any attack by 2024-12-30").probability == pytest.approx(
        answer("any attack by 2025-01-05").probability / 7
    )


def test_the_chance_of_a_claim_tends_to_that_of_an_attack() -> None:
    """Where not all attacks are claimed it is averaged over paths: same probabilities, an interval hardly wider."""
    exact = answer(f"any attack by {LAST_DAY}")
    averaged = asked_of(ALL_BUT_CERTAINLY_CLAIMED, f"any attack by {LAST_DAY}")
    error = np.sqrt(exact.probability * (1 - exact.probability) / (CLAIM_ROUNDS * STATE.draws))
    assert averaged.baseline == exact.baseline
    assert abs(averaged.probability - exact.probability) < 4.5 * error
    width, averaged_width = (each.difference_high - each.difference_low for each in (exact, averaged))
    assert averaged_width < 1.5 * width


def test_the_baseline_differs_from_itself_by_nothing() -> None:
    for text in (f"any attack by {LAST_DAY}", f"at least 4 in a week by {LAST_DAY}"):
        found = ask(parse_question(text), baseline(), STATE, series="israel", seed=3, replicates=2)
        assert (found.difference, found.difference_low, found.difference_high) == (0, 0, 0)


def test_harder_questions_have_smaller_answers() -> None:
    ladder = [
        f"any attack by {LAST_DAY}",
        f"total at least 4 by {LAST_DAY}",
        f"at least 4 in a week by {LAST_DAY}",
        f"at least 4 in each of 2 weeks by {LAST_DAY}",
    ]
    chances = [answer(text).probability for text in ladder]
    assert chances == sorted(chances, reverse=True)


def test_weeks_in_a_row_are_counted_as_written() -> None:
    paths = project_all([], STATE, seed=1)[0].paths
    found = first_passage(sustained(paths, 3, 2))
    for draw in range(0, STATE.draws, 50):
        above = paths.count[draw, 0] >= 3
        pairs = [bool(above[week - 1] and above[week]) for week in range(1, 12)]
        assert found[draw, 0].tolist() == [False, *np.logical_or.accumulate(pairs).tolist()]


def test_the_halted_share_is_the_mean_of_halted_weeks() -> None:
    projection = project_all([], STATE.select(["israel"]), seed=1)[0]
    found = values_by_week(parse_question(f"share of weeks halted by {LAST_DAY}"), projection)
    np.testing.assert_allclose(found[:, -1], 1 - projection.paths.active[:, 0].mean(axis=-1))


def test_between_two_sundays_lies_between_their_values() -> None:
    np.testing.assert_allclose(between(np.array([[0.2, 0.4]]), 2, 0.5), [0.3])
    np.testing.assert_allclose(between(np.array([[0.2, 0.4]]), 1, 0.5), [0.1])


def test_the_reference_class_is_the_measured_one() -> None:
    shown = shipped_pauses().of(None)
    assert [weekly_hazard(one.age) for one in shown] == pytest.approx([one.hazard for one in shown])
    assert ended_within(1.0, 1.0) == pytest.approx(shown[0].hazard)
    rates = [ended_within(age, 8.0) for age in (1, 4, 12, 30, 100)]
    assert rates == sorted(rates, reverse=True)
    within = [ended_within(5.0, weeks) for weeks in (0.0, 0.5, 1.0, 4.0, 26.0)]
    assert within == sorted(within)
    assert within[0] == 0


def test_the_page_on_scenarios_shows_every_form_of_question() -> None:
    page = PAGE.read_text("utf-8")
    assert [form for _, _, form in FORMS if f"| `{form}` |" not in page] == []


def test_a_reference_rate_stands_beside_answers_about_a_silence_only() -> None:
    silent = STATE.silent_weeks[0, 0]
    assert silent >= 1
    assert answer(f"any attack by {LAST_DAY}").reference_rate == pytest.approx(ended_within(silent, 12.0))
    for text in (f"share of weeks halted by {LAST_DAY}", f"total at least 5 by {LAST_DAY}",
                 f"at least 3 in a week by {LAST_DAY}", f"at least 3 in each of 2 weeks by {LAST_DAY}"):  # fmt: skip
        assert answer(text, replicates=1).reference_rate is None
    active = replace(STATE, silent_weeks=np.zeros_like(STATE.silent_weeks))
    question = parse_question(f"any attack by {LAST_DAY}")
    assert ask(question, COLLAPSE, active, series="israel", seed=3).reference_rate is None


def test_a_series_is_found_by_its_name_and_by_that_of_the_tables() -> None:
    state, question = prior_state(("@front",), draws=5, horizon=4, seed=1), parse_question("any attack by 2025-01-05")
    for name in ("@front", "'@front"):
        assert ask(question, baseline(), state, series=name, seed=3).series == "@front"
    with pytest.raises(InputError, match="one of '@front', found 'front'"):
        ask(question, baseline(), state, series="front", seed=3)


def test_only_a_scenario_that_changes_nothing_is_said_to() -> None:
    assert not answer(f"any attack by {LAST_DAY}").unchanged
    assert asked_of(baseline(), f"any attack by {LAST_DAY}").unchanged


def test_the_model_and_the_record_far_apart_are_a_sentence() -> None:
    assert "37 %" in apart_words(0.37, 0.8)
    assert "lower" in apart_words(0.37, 0.8)
    assert "higher" in apart_words(0.8, 0.37)
    assert apart_words(0.7, 0.8) == ""


def test_the_reference_rate_knows_what_came_before_the_silence() -> None:
    silent = STATE.silent_weeks[0, 0]
    question = parse_question(f"any attack by {LAST_DAY}")
    for attacks in (1.0, 400.0):
        after = replace(STATE, attacks_before=(attacks, np.nan))
        shown = ask(question, COLLAPSE, after, series="israel", seed=3).reference_rate
        assert shown == pytest.approx(ended_within(silent, 12.0, attacks))
        assert shown != pytest.approx(ended_within(silent, 12.0), abs=0.01)
    unknown = replace(STATE, attacks_before=(np.nan, 400.0))
    assert ask(question, COLLAPSE, unknown, series="israel", seed=3).reference_rate == ended_within(silent, 12.0)


@pytest.mark.parametrize(
    "text", ["total at least 1", "at least 1 in a week", "at least 1 in each of 1 weeks", "first week above 0"]
)
def test_what_asks_the_same_is_answered_exactly_whatever_its_words(text: str) -> None:
    exact, same = answer(f"any attack by {LAST_DAY}"), answer(f"{text} by {LAST_DAY}")
    assert replace(same, question=exact.question, distribution=None) == exact


def test_when_it_comes_is_a_distribution_with_a_part_for_not_by_then() -> None:
    text = "resumption by 2025-02-19"
    found, by_then = answer(f"time to {text}"), answer(text)
    parts = found.distribution or ()
    assert [part.week_end for part in parts[-3:]] == [date(2025, 2, 16), date(2025, 2, 19), None]
    assert sum(part.probability for part in parts) == pytest.approx(1)
    assert parts[-1].probability == pytest.approx(1 - by_then.probability)
    assert parts[-1].baseline == pytest.approx(1 - by_then.baseline)
    early = answer("resumption by 2025-01-12")
    assert sum(part.probability for part in parts[:2]) == pytest.approx(early.probability)
    assert by_then.distribution is None


def test_the_first_week_above_is_when_a_week_has_more() -> None:
    found, by_then = answer(f"first week above 3 by {LAST_DAY}"), answer(f"at least 4 in a week by {LAST_DAY}")
    assert found.probability == by_then.probability
    assert (found.distribution or ())[-1].probability == pytest.approx(1 - by_then.probability)


def test_every_answer_says_how_far_simulation_may_be_off() -> None:
    """Over many seeds the answers scatter as the error says: within the sampling error of a scatter of 24."""
    text = f"at least 4 in a week by {LAST_DAY}"
    question, small = parse_question(text), prior_state(STATE.series, draws=300, horizon=12, seed=1)
    answers = [ask(question, COLLAPSE, small, series="israel", seed=seed, replicates=1) for seed in range(24)]
    scatter = np.std([each.probability for each in answers], ddof=1)
    shown = np.mean([each.mc_error for each in answers])
    assert 0 < scatter < 1.6 * shown  # the draws of the parameters are the same in each, so it may be less


def test_all_scenarios_are_answered_beside_one_baseline() -> None:
    question = parse_question(f"at least 4 in a week by {LAST_DAY}")
    several = list(ask_all(question, library()[:4], STATE, series="israel", replicates=2, seed=3))
    assert [each.scenario for each in several] == [scenario.id for scenario in library()[:4]]
    assert len({each.baseline for each in several}) == 1
    assert several[2] == ask(question, library()[2], STATE, series="israel", replicates=2, seed=3)


@given(st.integers(1, 16), st.integers(2, 60), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_an_interval_holds_its_own_mean_however_rare_the_answer(
    rounds: int, draws: int, share: float, seed: int
) -> None:
    differences = (np.random.default_rng(seed).random((rounds, draws)) < share**4).astype(float)
    low, high = _interval(differences)
    assert low <= differences.mean() <= high
