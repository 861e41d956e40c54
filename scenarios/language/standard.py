"""What is asked of a run if nobody says what: the standard scenarios, horizon and seed."""

from datetime import date

from lull.data.calendar import target_end_date, week_end
from lull.data.events import known_at, read_events
from lull.data.evidence import embedded_evidence
from lull.model.runs.store import Run
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.results.forecast_cache import Request

OF_A_CEASEFIRE = ("ceasefire-extended", "ceasefire-collapses")
OF_DRIVERS = ("deterrence-rises", "pressure-eases")
HORIZON = 26
SEED = 1


def standard_request(run: Run) -> Request:
    """Return the request that `lull forecast` makes without options, and the page always."""
    return Request.of(standard_scenarios(run), horizon=HORIZON, seed=SEED)


def standard_scenarios(run: Run) -> tuple[Scenario, ...]:
    """Return the scenarios of the library that make sense of the embedded case as of the run; else the baseline.

    What becomes of a ceasefire is asked only where one is known to be in force when the forecast begins.
    """
    if not is_embedded(run):
        return (baseline(),)
    names = (*(OF_A_CEASEFIRE if ceasefire_in_force(run) else ()), *OF_DRIVERS)
    return (baseline(), *(find_scenario(name) for name in names))


def is_embedded(run: Run) -> bool:
    """Return whether a run was made from the embedded reports and events, as of whatever day."""
    made_from = run.record.get("plan", {}).get("evidence", {})
    embedded = embedded_evidence().identity()
    return all(made_from.get(name) == embedded[name] for name in ("reports", "events"))


def ceasefire_in_force(run: Run) -> bool:
    """Return whether a ceasefire of the embedded events is in force at the origin and into the second week ahead."""
    events = embedded_evidence().events
    assert events is not None
    origin = run.origin
    first, last = week_end(origin), target_end_date(origin, 1)
    known = known_at(read_events(events), date.fromisoformat(str(run.record["as_of"])))
    lasting = [event for event in known if event.dimension == "ceasefire" and event.end_date is not None]
    return any(event.date <= first and event.end_date is not None and event.end_date > last for event in lasting)
