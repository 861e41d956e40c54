"""Origins at recorded events: the weeks before them, and what is wrong with the words for them."""

from datetime import date

import numpy as np
import pytest

from lull.data.events import Event
from lull.data.schema import InputError
from lull.evaluation.cells import Rule, select_cells
from lull.evaluation.event_origins import event_days
from lull.evaluation.forecasters.participants import Setting
from lull.model.spec import Priors, beliefs_by_hand

WEEKS = np.datetime64("2010-01-04") + 7 * np.arange(200).astype("timedelta64[D]")


def event(name: str, day: str, **cells: object) -> Event:
    row = {"event_id": name, "date": day, "kind": "ceasefire", "type": "written", "actor": "A", "series": "north"}
    return Event.model_validate(row | cells)


EVENTS = (
    event("a", "2012-06-06"),
    event("b", "2012-09-03", type="verbal"),
    event("c", "2012-10-01", series="south", end_date="2012-11-05", end="ran_out"),
    event("d", "2012-10-01", endogenous=True),
    event("e", "2012-10-01", series=""),
)


def test_a_kind_a_type_and_an_end_name_events_of_series() -> None:
    assert event_days(EVENTS, "ceasefire:written") == (("north", date(2012, 6, 6)), ("south", date(2012, 10, 1)))
    assert len(event_days(EVENTS, "ceasefire")) == 3
    assert event_days(EVENTS, "end:ran_out") == (("south", date(2012, 11, 5)),)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("ceasfire", "--origins-at: expected KIND, KIND:TYPE or end:HOW, found 'ceasfire'. Did you mean 'ceasefire'"),
        ("ceasefire:writen", "Did you mean 'written'"),
        ("end", "expected a type of end"),
        ("end:ran_oot", "Did you mean 'ran_out'"),
        ("agreement:full", "--events: expected an event of a series that is agreement:full, found none"),
    ],
)
def test_other_words_are_refused(what: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        event_days(EVENTS, what)


def test_origins_are_the_weeks_before_and_series_without_one_say_so() -> None:
    counts = np.ones((3, WEEKS.size))
    rule = Rule(learn=26, at=event_days(EVENTS, "ceasefire:written"))
    found = select_cells(counts, ("north", "south", "west"), WEEKS, rule)
    assert [(cell.series, str(cell.origin)) for cell in found.cells] == [
        ("north", "2012-05-28"),
        ("south", "2012-09-24"),
    ]
    assert found.fewer == 0
    (reason,) = found.excluded
    assert "right before such an event" in reason


def test_beliefs_by_hand_decide_the_forecast_of_the_model_and_of_no_one_else() -> None:
    learned, hand = Setting(), Setting(drivers="hand")
    assert (learned.priors, hand.priors) == (Priors(), beliefs_by_hand())
    assert learned.deciding("model") != hand.deciding("model")
    assert learned.deciding("companion") == hand.deciding("companion")
