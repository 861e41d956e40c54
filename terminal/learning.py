"""`lull learn`: the record of pauses and the companion, from the user's own counts."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lull.data.counts import WeeklyCounts, read_counts
from lull.data.files import whole_file
from lull.data.pause_record import AGES, FILE, Class, Pauses, shipped_pauses
from lull.data.schema import InputError, Problem
from lull.evaluation.reference_class import Learned, learn_pauses
from lull.model.hurdle.benchmark import HurdleBenchmark, learn
from lull.model.hurdle.benchmark import shipped as shipped_companion
from lull.scenarios.results.outputs import check_out
from lull.terminal.page import heading, indented, plain_table
from lull.terminal.screen import output, print_json, progress

COMPANION = "companion.csv"
STEPS = 3


def learn_and_print(files: Sequence[Path], *, afresh: bool, fill_zeros: bool, out: Path | None, as_json: bool) -> None:
    """Learn from files of weekly counts, write both tables, and tell how silences ended."""
    if out is not None:
        check_out(out)
    with progress(waiting="read the counts") as told:
        told("read the counts", 0, STEPS)
        panels = [_counts(file, fill_zeros=fill_zeros) for file in files]
        told("learn how silences ended", 1, STEPS)
        learned = learn_pauses(panels, around=None if afresh else shipped_pauses())
        told("learn the companion", 2, STEPS)
        companion = learn([row for panel in panels for row in panel], around=None if afresh else shipped_companion())
    written = [] if out is None else _write(learned.pauses, companion, out)
    if as_json:
        print_json(_as_json(learned) | {"files": [str(path) for path in written]})
    else:
        _print(learned, files, written, afresh=afresh)


def _counts(file: Path, *, fill_zeros: bool) -> NDArray[np.float64]:
    """Return the counts of a file, (series, week). Raises `InputError` if it has no silence after an attack."""
    counts: WeeklyCounts = read_counts(file, fill_zeros=fill_zeros)
    values: NDArray[np.float64] = counts.array.to_numpy()[0]
    attacked = np.maximum.accumulate(values > 0, axis=1)
    if not (attacked[:, :-1] & (values[:, 1:] == 0)).any():
        remedy = "A week without a row is missing; --fill-zeros takes it for 0."
        raise InputError(Problem(file.name, "a week of 0 after one with an attack", "none", remedy))
    return values


def _write(pauses: Pauses, companion: HurdleBenchmark, out: Path) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    with whole_file(out / FILE) as scratch:
        pauses.write(scratch)
    with whole_file(out / COMPANION) as scratch:
        companion.write(scratch)
    return [out / FILE, out / COMPANION]


def _as_json(learned: Learned) -> dict[str, object]:
    names = ("actors", "silences", "ended", "weeks_at_risk", "actor_sd", "actor_sd_given_rate", "longest_age")
    told: dict[str, object] = {name: getattr(learned, name) for name in names}
    return told | {"pauses": [asdict(one) for one in learned.pauses.classes]}


def _print(learned: Learned, files: Sequence[Path], written: Sequence[Path], *, afresh: bool) -> None:
    """Print how silences ended, by age, beside the shipped record."""
    console = output()
    console.print(heading(f"How silences ended: {', '.join(file.name for file in files)}"))
    console.print(indented(_counted(learned)))
    console.print(indented("The chance that a silence ends in its next week, by how old it is:\n"))
    table = plain_table("age in weeks", "here", "nine actors of ten", "ended", "weeks at risk", "shipped record")
    for one, usual in zip(learned.pauses.of(None), shipped_pauses().of(None), strict=True):
        figures = (_per_cent(one.hazard), f"{_per_cent(one.low)} to {_per_cent(one.high)}")
        table.add_row(_ages(one), *figures, f"{one.ended:,}", f"{one.weeks_at_risk:,}", _per_cent(usual.hazard))
    console.print(table)
    console.print(indented(_spread(learned)))
    if not afresh:
        words = "Where these counts say little the shipped record stands: it counts as one ended silence in each class"
        console.print(
            indented(f"{words}. The companion starts from the shipped one. --afresh: from these counts alone.")
        )
    for path in written:
        console.print(f"Wrote {path}", soft_wrap=True)


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
