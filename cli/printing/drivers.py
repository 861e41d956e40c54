"""The drivers of a run as tables: what the record says, what was believed, what the data made of it, the placebo p."""

from collections.abc import Mapping, Sequence
from typing import Any

from lull.cli.printing.forecast_page import driver_table
from lull.cli.screen.layout import heading, indented, plain_table
from lull.cli.screen.streams import output
from lull.data.learned.effects import Effect
from lull.model.spec import RECORDS, record_of
from lull.scenarios.presentation.rows import driver_rows
from lull.scenarios.presentation.wording import EFFECTS, placebo_sentence, with_interval
from lull.scenarios.results.document import DriverEffect

NINETY = 1.645  # standard deviations to either side
RECORD = (
    "What followed such events of other actors, where data sets record them: the effect for an actor that was never "
    "seen, on the same scale. It is what came after them, not what they caused; `lull learn --events` makes the table."
)
NOTHING = "no record teaches it: centred at 0 and wide"


def print_drivers(effects: Sequence[DriverEffect], test: Mapping[str, Any], run_id: str) -> None:
    """Print what is known of each driver, and of all together."""
    console = output()
    console.print(heading("What the record says of such events"))
    console.print(indented(f"{RECORD}\n"))
    table = plain_table("after", "on", "record", "actors", "cases", words=2)
    for effect in effects:
        if record := recorded(effect):
            figures = (str(record.actors), str(record.cases)) if record.cases else ("", "")
            table.add_row(named(record), effect.on, _said(record), *figures)
    console.print(table)
    console.print(heading("What the data say of the drivers"))
    console.print(indented(f"{EFFECTS}\n"))
    rows = driver_rows(effects)
    if rows:
        console.print(driver_table(rows))
    console.print(indented(placebo_sentence(test)))
    console.print(f"Run {run_id}.")


def recorded(effect: DriverEffect) -> Effect | None:
    """Return what the record says of a driver on a mechanism; None of a half-life or a covariate of the user's own."""
    known = effect.covariate in RECORDS and effect.on in {"halting", "resumption", "intensity"}
    return record_of(effect.covariate, effect.on) if known else None


def record_document(effect: DriverEffect) -> dict[str, Any] | None:
    """Return what the record says of a driver as one object: kind and type, cases, actors, the effect, its source."""
    record = recorded(effect)
    if record is None:
        return None
    names = ("kind", "type", "weeks_from", "weeks_to", "mean", "spread", "se", "actors", "cases", "source")
    interval = {"low": record.mean - NINETY * record.sd, "high": record.mean + NINETY * record.sd}
    return {name: getattr(record, name) for name in names} | interval


def named(record: Effect) -> str:
    """Return the events of a record in words, such as `ceasefire written` or `ceasefire end ran out`."""
    return f"{record.kind} {record.type}".strip().replace("_", " ")


def _said(record: Effect) -> str:
    if not record.cases:
        return NOTHING
    return with_interval(record.mean, record.mean - NINETY * record.sd, record.mean + NINETY * record.sd, "+z.1f")
