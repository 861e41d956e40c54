"""What a driver adds is the answer as scheduled less the answer without it."""

from collections.abc import Callable

import pytest

from lull.model.runs.store import Run
from lull.pages.panels.reasons import MOST, RECENT, deciding
from lull.scenarios.drivers.added import drivers_added
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.series_session import SeriesSession, open_run
from lull.scenarios.language.spec import baseline
from lull.scenarios.results.situation import situation


def test_parts_are_differences_from_the_answer_as_scheduled(embedded_run: Callable[..., Run]) -> None:
    session = SeriesSession.of(open_run(embedded_run()), "israel")
    question = parse_question("any attack by 2025-03-01")
    whole, added = session.ask(question, baseline()).probability, drivers_added(session, question)
    assert {one.driver for one in added} >= {"ceasefire"}
    for one in added:
        assert one.without + one.added == pytest.approx(whole)
        assert one.low <= one.added <= one.high
    sizes = [abs(one.added) for one in added]
    assert sizes == sorted(sizes, reverse=True)


def test_the_reports_that_decide_are_recent_and_inconsistent_ones_come_first(embedded_run: Callable[..., Run]) -> None:
    past = situation(embedded_run())
    chosen = deciding(past, "israel")
    first = past.weeks_of("israel")[-RECENT].week
    assert 0 < len(chosen) <= MOST
    assert all(each.last_day >= first for each in chosen)
    assert [each.flag for each in chosen] == sorted((each.flag for each in chosen), reverse=True)
