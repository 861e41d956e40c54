"""The drivers of a run as tables: what the record says, what was believed, what the data made of it, the placebo p."""

from collections.abc import Mapping, Sequence
from typing import Any

from lull.cli.printing.forecast_page import driver_table
from lull.cli.screen.layout import heading, indented, plain_table
from lull.cli.screen.streams import output
from lull.scenarios.drivers.driver_record import RECORD, named, recorded, said
from lull.scenarios.presentation.rows import driver_rows
from lull.scenarios.presentation.wording import EFFECTS, placebo_sentence
from lull.scenarios.results.document import DriverEffect


def print_drivers(effects: Sequence[DriverEffect], test: Mapping[str, Any], run_id: str) -> None:
    """Print what is known of each driver, and of all together."""
    console = output()
    console.print(heading("What the record says of such events"))
    console.print(indented(f"{RECORD}\n"))
    table = plain_table("after", "on", "record", "actors", "cases", words=2)
    for effect in effects:
        if record := recorded(effect):
            figures = (str(record.actors), str(record.cases)) if record.cases else ("", "")
            table.add_row(named(record), effect.on, said(record), *figures)
    console.print(table)
    console.print(heading("What the data say of the drivers"))
    console.print(indented(f"{EFFECTS}\n"))
    rows = driver_rows(effects)
    if rows:
        console.print(driver_table(rows))
    console.print(indented(placebo_sentence(test)))
    console.print(f"Run {run_id}.")
