"""What is asked of a run if nobody says what: the standard scenarios, horizon and seed."""

from data.evidence import embedded_evidence
from model.store import Run
from scenarios.kept import Request
from scenarios.reading import find_scenario
from scenarios.spec import Scenario, baseline

STANDARD = ("baseline", "ceasefire-extended", "ceasefire-collapses", "deterrence-rises", "pressure-eases")


HORIZON = 26
SEED = 1


def standard_request(run: Run) -> Request:
    """Return the request that `lull forecast` makes without options, and the page always."""
    return Request.of(standard_scenarios(run), horizon=HORIZON, seed=SEED)


def standard_scenarios(run: Run) -> tuple[Scenario, ...]:
    """Return five scenarios of the library for the embedded case, for which they were written; else the baseline."""
    return tuple(find_scenario(name) for name in STANDARD) if is_embedded(run) else (baseline(),)


def is_embedded(run: Run) -> bool:
    """Return whether a run was made from the embedded reports and events, as of whatever day."""
    made_from = run.record.get("plan", {}).get("evidence", {})
    embedded = embedded_evidence().identity()
    return all(made_from.get(name) == embedded[name] for name in ("reports", "events"))
