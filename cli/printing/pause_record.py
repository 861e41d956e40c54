"""How silences ended, in words and as one object, next to the record that comes with Lull."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from lull.cli.screen.layout import heading, indented, plain_table, print_files
from lull.cli.screen.streams import output
from lull.data.learned.pause_record import AGES, Class, shipped_pauses
from lull.evaluation.reference_class import Learned


def learned_document(learned: Learned) -> dict[str, object]:
    """Return the record as one object."""
    names = ("actors", "silences", "ended", "weeks_at_risk", "actor_sd", "actor_sd_given_rate", "longest_age")
    values: dict[str, object] = {name: getattr(learned, name) for name in names}
    return values | {"pauses": [asdict(one) for one in learned.pauses.classes]}


def print_learned(learned: Learned, files: Sequence[Path], written: Sequence[Path], *, no_prior: bool) -> None:
    """Print how silences ended, by age, next to the shipped record."""
    console = output()
    console.print(heading(f"How silences ended: {', '.join(file.name for file in files)}"))
    console.print(indented(_counted(learned)))
    console.print(indented("The chance that a silence ends in its next week, by how old it is:\n"))
    table = plain_table("age in weeks", "here", "90 % across actors", "ended", "weeks at risk", "shipped record")
    for one, usual in zip(learned.pauses.of(None), shipped_pauses().of(None), strict=True):
        figures = (_per_cent(one.hazard), f"{_per_cent(one.low)} to {_per_cent(one.high)}")
        table.add_row(_ages(one), *figures, f"{one.ended:,}", f"{one.weeks_at_risk:,}", _per_cent(usual.hazard))
    console.print(table)
    console.print(indented(_spread(learned)))
    if not no_prior:
        words = "Where these counts say little the shipped record stands: it counts as one ended silence in each class"
        console.print(
            indented(f"{words}. The hurdle benchmark starts from the shipped one. --no-prior: from these counts alone.")
        )
    print_files(written, console)


def _counted(learned: Learned) -> str:
    """Return what the record was counted from."""
    open_ones = learned.silences - learned.ended
    words = (
        f"{learned.actors} series, {learned.silences:,} silences (weeks without an attack after one): "
        f"{learned.ended:,} ended within the counts, {open_ones:,} did not. {learned.weeks_at_risk:,} weeks at risk up "
        f"to an age of {AGES[-1][1]}."
    )
    if learned.longest_age is None:
        return words
    return (
        f"{words} Some series stop {learned.longest_age} weeks after their last attack, before the others do: of older "
        "silences only those that ended would be seen, so their weeks were not counted."
    )


def _spread(learned: Learned) -> str:
    """Return how far actors lie apart."""
    apart = np.exp([learned.actor_sd, learned.actor_sd_given_rate])
    return (
        f"Two actors in three lie within a factor of {apart[0]:.1f} of these odds, of {apart[1]:.1f} once the attacks "
        "of the 26 weeks before are known."
    )


def _ages(one: Class) -> str:
    return str(one.age_from) if one.age_from == one.age_to else f"{one.age_from} to {one.age_to}"


def _per_cent(chance: float) -> str:
    return f"{100 * chance:.1f} %"
