"""The drivers of a run as a table: what was believed, what the data made of it, and the placebo p."""

from collections.abc import Mapping, Sequence
from typing import Any

from lull.cli.printing.forecast_page import driver_table
from lull.cli.screen.layout import heading, indented
from lull.cli.screen.streams import output
from lull.scenarios.presentation.rows import driver_rows
from lull.scenarios.presentation.wording import EFFECTS, placebo_sentence
from lull.scenarios.results.document import DriverEffect


def print_drivers(effects: Sequence[DriverEffect], test: Mapping[str, Any], run_id: str) -> None:
    """Print what is known of each driver, and of all together."""
    console = output()
    console.print(heading("What the data say of the drivers"))
    console.print(indented(f"{EFFECTS}\n"))
    rows = driver_rows(effects)
    if rows:
        console.print(driver_table(rows))
    console.print(indented(placebo_sentence(test)))
    console.print(f"Run {run_id}.")
