"""Questions in words: how they are read, and that their answers agree with each other and with the paths."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.schema import InputError
from model.prior_state import prior_state
from scenarios.describing import PAGE
from scenarios.project import project_all
from scenarios.questions import (
    FORMS,
    Answer,
    Question,
    ask,
    between,
    first_passage,
    parse_question,
    sustained,
    values_by_week,
)
from scenarios.reading import find_scenario, library
from scenarios.reference_class import AGES, HAZARDS, ended_within, weekly_hazard
from scenarios.spec import baseline

STATE = prior_state(("israel", "us_forces"), draws=600, horizon=12, seed=1)
LAST_DAY = "2025-03-23"  # the Sunday of horizon 12
COLLAPSE = find_scenario("ceasefire-collapses")


def answer(text: str, **more: object) -> Answer:
    return ask(parse_question(text), COLLAPSE, STATE, series="israel", seed=3, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any attack by 2025-03-01", Question("", "any attack", date(2025, 3, 1))),
        ("  Any attacks BY 2025-03-01? ", Question("", "any attack", date(2025, 3, 1))),
        ("resumption by 2025-03-01", Question("", "resumption", date(2025, 3, 1))),
        ("at least 5 in a week by 2025-03-01", Question("", "in a week", date(2025, 3, 1), 5)),
        ("total at least 30 by 2025-03-01", Question("", "in total", date(2025, 3, 1), 30)),
        ("at least 3 in each of 4 weeks by 2025-03-01", Question("", "sustained", date(2025, 3, 1), 3, 4)),
        ("share of weeks halted by 2025-03-01", Question("", "halted share", date(2025, 3, 1))),
    ],
)
def test_a_question_is_read(text: str, expected: Question) -> None:
    found = parse_question(text)
    assert (found.kind, found.by, found.count, found.weeks) == (
        expected.kind,
        expected.by,
        expected.count,
        expected.weeks,
    )
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
def test_a_question_that_is_none_is_told_why(text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        parse_question(text)


@given(st.text(max_size=80))
def test_any_text_is_a_question_or_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_question(text)


@pytest.mark.parametrize("day", ["2024-12-29", "2025-03-24"])
def test_a_day_outside_the_weeks_ahead_is_refused(day: str) -> None:
    with pytest.raises(InputError, match="a day after 2024-12-29 and up to 2025-03-23"):
        answer(f"any attack by {day}")


def test_an_unknown_series_is_refused() -> None:
    with pytest.raises(InputError, match="one of israel, us_forces"):
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


def test_counted_answers_agree_with_exact_ones() -> None:
    """A total of at least one is any attack: same probabilities, and the interval is freed of the noise of counting."""
    exact, counted = answer(f"any attack by {LAST_DAY}"), answer(f"total at least 1 by {LAST_DAY}", replicates=24)
    error = np.sqrt(exact.baseline * (1 - exact.baseline) / (24 * STATE.draws))
    assert abs(counted.baseline - exact.baseline) < 4.5 * error
    assert abs(counted.difference - exact.difference) < 4.5 * error
    raw = answer(f"total at least 1 by {LAST_DAY}", replicates=1)
    width, counted_width, raw_width = (each.difference_high - each.difference_low for each in (exact, counted, raw))
    assert abs(counted_width - width) < abs(raw_width - width)
    assert counted_width < 1.5 * width


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
    assert [weekly_hazard(age) for age in AGES] == pytest.approx(HAZARDS)
    assert ended_within(1.0, 1.0) == pytest.approx(0.34)
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
    assert answer(f"total at least 1 by {LAST_DAY}").reference_rate is None
