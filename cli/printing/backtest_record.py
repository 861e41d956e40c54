"""The record of a backtest in words: skill, coverage, convergence, and what failed."""

from dataclasses import asdict
from itertools import batched
from pathlib import Path
from typing import Any

from lull.batch.engine import LOST
from lull.cli.screen.layout import heading, indented, more_line, plain_table, print_files
from lull.cli.screen.streams import output
from lull.evaluation.presentation.wording import (
    WHAT_IT_IS,
    coverage_sentence,
    excluded_sentence,
    fits_sentence,
    grade_sentence,
    largest_sentence,
    mixture_sentence,
    name_of,
    opponent_name,
    paired_sentence,
    scored_sentence,
    skill_rows,
    verdict_sentence,
)
from lull.evaluation.record import LULL, Record

MOST_LISTED = 20  # failures or fits that a page spells out; --json has all
WIDEST = 44
ABREAST = 2  # other models side by side: with more, their names leave the questions no room


def record_document(record: Record, files: list[Path], seconds: float) -> dict[str, Any]:
    """Return the record as one object."""
    return asdict(record) | {"good": record.good, "seconds": seconds, "files": [str(file) for file in files]}


def print_record(record: Record, files: list[Path], seconds: float) -> None:
    """Print the record of a backtest."""
    console = output()
    console.print(heading(f"{record.name}: backtest results"))
    console.print(indented(scored_sentence(record)))
    if left_out := excluded_sentence(record):
        console.print(indented(left_out))
    console.print(heading(f"Skill against the {opponent_name(record)}"))
    rows = skill_rows(record)
    others = [name_of(model) for model in record.models[1:]]
    _print_rows([{name: cell for name, cell in row.items() if name not in others} for row in rows], words=2)
    for some in batched(others, ABREAST, strict=False):
        console.print()
        _print_rows([{name: row[name] for name in ("question", *some)} for row in rows], words=1)
    console.print(indented(verdict_sentence(record, LULL)))
    for sentence in (largest_sentence(record, LULL), paired_sentence(record, LULL), mixture_sentence(record)):
        if sentence:
            console.print(indented(sentence))
    console.print(heading("Interval coverage"))
    for sentence in (grade_sentence(record), *(coverage_sentence(record, model) for model in record.models)):
        if sentence:
            console.print(indented(sentence))
    console.print(heading("Convergence"))
    for fits in record.fits:
        console.print(indented(fits_sentence(fits), style="" if fits.converged else "bold red"))
        for bad in fits.unusable[:MOST_LISTED]:
            console.print(indented(f"  {bad}"))
    _print_failed(record)
    console.print(f"\n{WHAT_IT_IS}")
    print_files(files, console)
    console.print(f"Backtest {record.backtest_id}, seed {record.seed}, {seconds:.0f} s.")


def _print_rows(rows: list[dict[str, str]], *, words: int) -> None:
    """Print rows as a table."""
    table = plain_table(*(rows[0] if rows else ("question",)), words=words, widest=WIDEST)
    for row in rows:
        table.add_row(*row.values())
    output().print(table)


def _print_failed(record: Record) -> None:
    """Print what failed, and why; the other forecasts are compared without it."""
    if not record.failed:
        return
    console = output()
    console.print(heading(f"Failed: {len(record.failed)}; their cells are left out of the comparison"))
    for one in record.failed[:MOST_LISTED]:
        console.print(indented(f"{one['trial']}: {one['reason']}"))
    if more := more_line(MOST_LISTED, len(record.failed)):
        console.print(more)
    what = "the rest" if any(one["reason"] == LOST for one in record.failed) else "only these"
    console.print(f"The same command does {what} again.")
