"""A ceasefire that is in force for one series of several: what a scenario then changes, and where it cannot."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from lull.data.events import Event
from lull.data.schema import InputError
from lull.model.forward.prior_state import prior_state
from lull.model.forward.simulate import OriginState, RandomNumbers
from lull.scenarios.engine.projection import compile_push
from lull.scenarios.engine.series_session import OpenRun
from lull.scenarios.language.spec import Scenario

SERIES, DRAWS, HORIZON = ("north", "south"), 8, 8
NUMBERS = RandomNumbers.draw(series=SERIES, draws=DRAWS, horizon=HORIZON, seed=1)
CEASEFIRE = 3


def north_alone() -> OriginState:
    """A state with a ceasefire in the north in weeks 1 to 4, and none in the south."""
    state = prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=1)
    rows = {name: np.repeat(getattr(state, name), 2, axis=1) for name in ("carry", "future_covariate")}
    for values in rows.values():
        values[:, 1, CEASEFIRE] = 0.0
    return replace(state, **rows)


def pushed(*interventions: dict[str, object], state: OriginState | None = None) -> np.ndarray:
    """The ceasefire as a scenario has it, (series, week), and what it adds to it."""
    content = {"id": "x", "title": "t", "assumptions": "a", "interventions": interventions}
    state = state or north_alone()
    push = compile_push(Scenario.model_validate(content), state, NUMBERS)
    return np.asarray((state.future_covariate + push.covariate)[0, :, CEASEFIRE])


def truce(action: str, **more: object) -> dict[str, object]:
    return {"kind": "ceasefire", "action": action, **more}


def test_what_ends_or_goes_on_does_so_where_it_is_in_force() -> None:
    assert pushed(truce("collapse", date="2025-01-13")).tolist() == [[1.0, 1.0] + [0.0] * 6, [0.0] * 8]
    assert pushed(truce("extend")).tolist() == [[1.0] * 8, [0.0] * 8]


def test_a_new_one_stands_beside_that_of_the_other() -> None:
    found = pushed(truce("start", date="2025-01-13", series="south"))
    assert found.tolist() == [[1.0] * 4 + [0.0] * 4, [0.0] * 2 + [1.0] * 6]


@pytest.mark.parametrize("action", ["extend", "collapse", "end"])
def test_nothing_can_end_where_nothing_is_in_force(action: str) -> None:
    day = {} if action == "extend" else {"date": "2025-01-13"}
    with pytest.raises(InputError, match="expected a ceasefire in force that can"):
        pushed(truce(action, series="south", **day))


def test_each_series_has_the_end_of_its_own_ceasefire() -> None:
    opened = OpenRun(None, north_alone(), None, ())  # type: ignore[arg-type] # the state alone decides
    ends = [each.ceasefire_end for each in (opened, *map(opened.of_series, SERIES))]
    assert ends == [opened.first_day + timedelta(weeks=4, days=-1)] * 2 + [None]


def test_a_ceasefire_of_all_that_is_removed_stays_where_another_of_its_parties_is_in_force() -> None:
    state = prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=1)
    state = replace(state, carry=0.0 * state.carry, future_covariate=0.0 * state.future_covariate)
    events = (event("a", ""), event("b", "south"))
    rows = {name: np.repeat(getattr(state, name), 2, axis=1) for name in ("carry", "future_covariate")}
    rows["future_covariate"][:, :, CEASEFIRE, :2] = 1.0
    state = replace(state, **rows, events=events)
    whole, own = ({"kind": "removal", "event": name} for name in "ab")
    assert pushed(whole, state=state).tolist() == [[0.0] * 8, [1.0] * 2 + [0.0] * 6]
    assert pushed(own, state=state)[:, :2].tolist() == [[1.0, 1.0], [1.0, 1.0]], "that of all holds in the south too"
    assert not pushed(whole, own, state=state).any()
    with pytest.raises(InputError, match="south, which event b bears on"):
        pushed(own | {"series": "north"}, state=state)


def event(name: str, series: str) -> Event:
    days = {"date": date(2024, 12, 30), "end_date": date(2025, 1, 12)}
    return Event(event_id=name, kind="ceasefire", type="written", actor="A", series=series, **days)  # type: ignore[call-arg, arg-type]
