"""Events of a series as weekly terms: leads, the week itself, in force, after the end, and ends nobody knows."""

from datetime import date

import numpy as np
import pytest

from lull.data.events import Event
from lull.model.drivers.event_terms import DECLARED, LEADS, Durations, Term, design, terms_of
from tests.model.drivers.made_actors import ceasefire

WEEKS = np.datetime64("2010-01-04") + 7 * np.arange(60).astype("timedelta64[D]")
DAY = date(2010, 4, 7)  # a Wednesday of the fourteenth week
WHOLE = (1, 52)


def column(events: list[Event], kind: str, type_: str, span: tuple[int, int], *, coarse: bool = False) -> np.ndarray:
    terms = (Term(kind, type_, span),)
    return design(events, terms, WEEKS, Durations.of(events), coarse=coarse)[:, 0]


def test_the_weeks_before_the_week_itself_and_what_follows_are_terms_of_their_own() -> None:
    one = [ceasefire("e", DAY, series="s", weeks=6)]
    np.testing.assert_array_equal(np.flatnonzero(column(one, "ceasefire", "written", LEADS)), np.arange(5, 13))
    np.testing.assert_array_equal(np.flatnonzero(column(one, "ceasefire", "written", DECLARED)), [13])
    np.testing.assert_array_equal(np.flatnonzero(column(one, "ceasefire", "written", WHOLE)), np.arange(14, 20))
    np.testing.assert_array_equal(np.flatnonzero(column(one, "ceasefire_end", "ran_out", (1, 4))), np.arange(20, 24))


def test_a_ceasefire_that_ran_out_soon_has_another_end() -> None:
    one = [ceasefire("e", DAY, series="s", weeks=1)]
    assert {(term.kind, term.type) for term in terms_of(one, (WHOLE,), coarse=False)} == {
        ("ceasefire", "written"),
        ("ceasefire_end", "ran_out_early"),
    }


def test_an_unknown_end_is_integrated_over_the_known_durations() -> None:
    known = [ceasefire(f"k{weeks}", date(2000, 1, 3), series="s", weeks=weeks) for weeks in range(1, 21)]
    unknown = ceasefire("u", DAY, series="s", end="unknown", end_date=None)
    held = design([unknown], (Term("ceasefire", "written", WHOLE),), WEEKS, Durations.of(known), coarse=False)[:, 0]
    np.testing.assert_allclose(held[14:34], 1 - np.arange(1, 21) / 20)
    assert held[34:].sum() == 0


def test_what_is_not_known_to_have_ended_holds() -> None:
    agreed = [Event(event_id="p", date=DAY, kind="agreement", type="full", actor="A", series="s")]  # type: ignore[call-arg]
    assert column(agreed, "agreement", "full", WHOLE)[14:].min() == 1


@pytest.mark.parametrize("type_", ["written", "verbal", "definitive", ""])
def test_full_ceasefires_of_every_type_are_one_in_the_coarse_terms(type_: str) -> None:
    one = [ceasefire("e", DAY, series="s", type=type_)]
    assert column(one, "ceasefire", "", WHOLE, coarse=True).sum() == 26
    assert column([ceasefire("e", DAY, series="s", type="holiday")], "ceasefire", "", WHOLE, coarse=True).sum() == 0


def test_an_own_act_makes_no_term() -> None:
    own = [ceasefire("e", DAY, series="s", endogenous=True)]
    assert terms_of(own, (WHOLE,), coarse=False) == ()
    assert column(own, "ceasefire", "written", WHOLE).sum() == 0
