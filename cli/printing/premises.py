"""The state of premises, in words and as one object: open, confirmed or overtaken, and what settled each."""

from collections.abc import Sequence

from rich.text import Text

from lull.cli.screen.layout import plain_table
from lull.cli.screen.streams import output
from lull.scenarios.engine.premise_check import NewerData, Verdict
from lull.scenarios.language.spec import Scenario

STYLES = {"open": "", "confirmed": "green", "overtaken": "red"}
WIDEST_ID = 30

type Verdicts = Sequence[tuple[Scenario, Verdict]]


def premise_document(verdicts: Verdicts, without: Sequence[str], newer: NewerData) -> dict[str, object]:
    """Return the verdicts, and the ids of scenarios without a premise, as one object."""
    rows = [_row(scenario, verdict) for scenario, verdict in verdicts]
    return {"origin": newer.origin, "as_of": newer.as_of, "verdicts": rows, "without_premise": without}


def _row(scenario: Scenario, verdict: Verdict) -> dict[str, object]:
    premise = scenario.premise.statement if scenario.premise else None
    row = {"id": scenario.id, "title": scenario.title, "premise": premise, "status": verdict.status}
    return row | {"day": verdict.day, "observation": verdict.observation or None}


def print_premises(verdicts: Verdicts, without: Sequence[str], newer: NewerData) -> None:
    """Print the verdicts as a table, and the ids of scenarios without a premise."""
    console = output()
    forecast = f"Premises of a forecast whose last week is that of {newer.origin}, as known on {newer.as_of}."
    missing = [name for name, given in (("events", newer.events), ("counts", newer.counts)) if given is None]
    console.print(f"{forecast}{f' No {missing[0]} were given: what they would show is open.' if missing else ''}\n")
    table = plain_table("scenario", "premise", "settled by", words=3, widest=WIDEST_ID)
    table.columns[2].no_wrap = False
    for scenario, verdict in verdicts:
        table.add_row(scenario.id, Text(verdict.status, style=STYLES[verdict.status]), verdict.observation)
    console.print(table)
    if without:
        console.print(f"\nWithout a premise: {', '.join(without)}.")
