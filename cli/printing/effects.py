"""What followed recorded events, in words and as one object."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from lull.cli.screen.layout import heading, indented, plain_table
from lull.cli.screen.streams import output
from lull.data.learned.effects import Effects
from lull.model.drivers.event_study import Followed


def effects_document(effects: Effects | None, followed: Sequence[Followed]) -> dict[str, Any]:
    """Return effects and what followed as one object; empty where no events were given."""
    if effects is None:
        return {}
    return {"effects": [asdict(row) for row in effects.rows], "followed": [asdict(row) for row in followed]}


def print_effects(followed: Sequence[Followed]) -> None:
    """Print what followed the events; nothing where none were given or none has cases enough."""
    if not followed:
        return
    console = output()
    console.print(heading("What followed the events"))
    console.print(
        indented(
            "Attacks as multiples of the forecast made the week before, with 90 % intervals over actors; then the same "
            "divided by that of control dates of the same actors. This is what came after, not what was caused.\n"
        )
    )
    table = plain_table("after", "weeks", "times the forecast", "against control dates", "actors", "cases")
    for row in followed:
        name = f"{row.kind} {row.type}".strip().replace("_", " ")
        weeks = f"{row.weeks_from} to {row.weeks_to}" if row.weeks_to else "its own"
        table.add_row(
            name,
            weeks,
            f"{row.ratio:.2f} [{row.low:.2f}, {row.high:.2f}]",
            f"{row.against:.2f} [{row.against_low:.2f}, {row.against_high:.2f}]",
            str(row.actors),
            str(row.cases),
        )
    console.print(table)
