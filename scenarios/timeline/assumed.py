"""What a scenario assumes, and what is scheduled, as marks on the days on which it is."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from lull.scenarios.engine.series_session import OpenRun
from lull.scenarios.language import spec
from lull.scenarios.language.description import in_words
from lull.scenarios.language.spec import Scenario
from lull.scenarios.language.uncertain import AnyDate, Hazard, On, Triangular, Uniform, WeeksAhead, Weighted
from lull.scenarios.presentation.wording import percent
from lull.scenarios.results.situation import noon

ASSUMED, SCHEDULED = "your scenario", "scheduled"
SIZE = 3  # salience of a mark that has none of its own: how large it is drawn

type Span = tuple[date, date]


def assumed_marks(scenario: Scenario, opened: OpenRun) -> Iterator[dict[str, Any]]:
    """Yield a row of a timeline for the scheduled end of the ceasefire and for each intervention, branch by branch."""
    if end := opened.ceasefire_end:
        yield _mark(SCHEDULED, "the ceasefire in force ends, as scheduled", NO_BRANCH, (end, end))
    yield from _marks(scenario.interventions, ASSUMED, NO_BRANCH, opened)
    for branch in scenario.branches:
        title = f"{branch.title} ({percent(branch.probability)})"
        yield from _marks(branch.interventions, branch.title, title, opened)


NO_BRANCH = "in every branch"


def _marks(
    interventions: Iterable[spec.Intervention], lane: str, branch: str, opened: OpenRun
) -> Iterator[dict[str, Any]]:
    for each in interventions:
        if (days := _days(each, opened)) is not None:
            yield _mark(lane, in_words(each).removesuffix("."), branch, days)


def _mark(lane: str, what: str, who: str, days: Span) -> dict[str, Any]:
    first, last = days
    when = str(first) if first == last else f"{first} to {last}"
    words = {"lane": lane, "what": what, "who": who, "when": when}
    return {"line": "event", "week": noon(first), "end": noon(last), "lasting": first != last, "salience": SIZE} | words


def _days(each: spec.Intervention, opened: OpenRun) -> Span | None:
    """Return the days that an intervention holds, cut at the weeks ahead; None of one that looks back."""
    match each:
        case spec.Removal():
            return None
        case spec.Ceasefire(date=None):
            start = opened.ceasefire_end or opened.first_day
            last = _span(each.until, opened)[1] if each.until else opened.last_day
        case spec.Ceasefire() | spec.Event():
            start, last = _span(each.date, opened)
            if each.until:
                last = _span(each.until, opened)[1]
        case spec.Anticipation():
            last = _span(each.date, opened)[1]
            start = last - timedelta(weeks=each.weeks)
        case _:
            start = _span(each.start, opened)[0] if each.start else opened.first_day
            last = _span(each.until, opened)[1] if each.until else opened.last_day
    start = min(max(start, opened.first_day), opened.last_day)
    return start, max(start, min(last, opened.last_day))


def _span(when: AnyDate | None, opened: OpenRun) -> Span:
    """Return the first and the last day that a date, maybe an uncertain one, may be."""
    match when:
        case On(on=day):
            return day, day
        case WeeksAhead(weeks_ahead=weeks):
            day = opened.first_day + timedelta(weeks=weeks - 1)
            return day, day
        case Uniform(uniform=(first, last)) | Triangular(triangular=(first, _, last)):
            return first, last
        case Weighted(weighted=choices):
            return min(day for day, _ in choices), max(day for day, _ in choices)
        case Hazard(since=since, until=until):
            return since or opened.first_day, until or opened.last_day
    return opened.first_day, opened.last_day
