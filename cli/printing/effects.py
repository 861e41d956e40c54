"""What followed recorded events, in words and as one object."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from lull.cli.screen.layout import heading, indented, plain_table
from lull.cli.screen.streams import output
from lull.data.events import Event
from lull.data.learned.effects import Effects
from lull.model.drivers.event_study import FEW, Followed


def effects_document(effects: Effects | None, followed: Sequence[Followed]) -> dict[str, Any]:
    """Return effects and what followed as one object; empty where no events were given."""
    if effects is None:
        return {}
    return {"effects": [asdict(row) for row in effects.rows], "followed": [asdict(row) for row in followed]}


def print_effects(followed: Sequence[Followed], events: Iterable[Event]) -> None:
    """Print what followed the events, and of which nothing is said; nothing where none were given."""
    given = {_name(event.kind, event.type) for event in events if not event.endogenous}
    if not given:
        return
    console = output()
    console.print(heading("What followed the events"))
    if followed:
        _print_table(followed)
    if few := sorted(given - {_name(row.kind, row.type) for row in followed}):
        console.print(
            indented(
                f"Fewer than {FEW} cases with half a year of counts before and after: {', '.join(few)}. "
                "What is believed of them stands in effects.csv.\n"
            )
        )


def _name(kind: str, type_: str) -> str:
    return f"{kind} {type_}".strip().replace("_", " ")


def _print_table(followed: Sequence[Followed]) -> None:
    console = output()
    console.print(
        indented(
            "Attacks as multiples of the forecast made the week before, with 90 % intervals over actors; then the same "
            "divided by that of control dates of the same actors. This is what came after, not what was caused.\n"
        )
    )
    table = plain_table("after", "weeks", "times the forecast", "against control dates", "actors", "cases")
    for row in followed:
        weeks = f"{row.weeks_from} to {row.weeks_to}" if row.weeks_to else "its own"
        table.add_row(
            _name(row.kind, row.type),
            weeks,
            f"{row.ratio:.2f} [{row.low:.2f}, {row.high:.2f}]",
            f"{row.against:.2f} [{row.against_low:.2f}, {row.against_high:.2f}]",
            str(row.actors),
            str(row.cases),
        )
    console.print(table)
