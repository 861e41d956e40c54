"""`lull backtest`: past forecasts computed as they would have been, scored, and printed."""

import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from lull.batch.backtests import reading_trials, run_trials
from lull.batch.cluster import Where, client_of
from lull.batch.engine import LOST
from lull.data.evidence import Evidence
from lull.evaluation.backtest import Backtest, plan_backtest
from lull.evaluation.cells import Rule
from lull.evaluation.forecasters.participants import Setting, line_up
from lull.evaluation.forecasters.variants import read_variants
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
from lull.evaluation.record import LULL, Record, keep_record
from lull.evaluation.results import gather, results_of, write_results
from lull.evaluation.scores.calibration import keep_calibration
from lull.model.runs.store import Store
from lull.scenarios.results.outputs import check_out
from lull.terminal.board import board
from lull.terminal.page import heading, indented, plain_table
from lull.terminal.screen import output, print_json, progress

MOST_LISTED = 20  # failures or fits that a page spells out; --json has all
WIDEST = 44


@dataclass(frozen=True)
class Asked:
    """What the options ask for."""

    evidence: Evidence
    series: tuple[str, ...]
    rule: Rule
    setting: Setting
    variants: tuple[str, ...]
    seed: int


def backtest_and_print(
    asked: Asked, folder: Path | None, *, workers: int | None, out: Path | None, as_json: bool
) -> bool:
    """Run a backtest, write its tables, print its record, and return whether nothing failed and the fits converged."""
    store, started = Store(folder), time.monotonic()
    entrants = line_up(read_variants(asked.variants))
    if out is not None:
        check_out(out)
    with progress(waiting="read the data") as report:
        backtest = plan_backtest(
            asked.evidence, asked.rule, entrants, asked.setting, only=asked.series, progress=report, seed=asked.seed
        )
    store.check()
    with reading_trials(store):
        failed = _run(backtest, store, Where(workers=workers))
        gathered = gather(backtest, store)
    results = results_of(backtest, gathered, failed, made_on=date.today())  # noqa: DTZ011 - the user's own day
    record = results.record
    keep_record(record, store)
    keep_calibration(record, store)
    files = write_results(results, gathered, out) if out is not None else []
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        print_json(asdict(record) | {"good": record.good, "seconds": seconds, "files": [str(file) for file in files]})
    else:
        _print(record, files, seconds)
    return record.good


def _run(backtest: Backtest, store: Store, where: Where) -> tuple[dict[str, str], ...]:
    """Do the trials that are missing, shown as they end, and return what failed."""
    todo = backtest.missing(store)
    if not todo:
        return ()
    with board(len(todo), of=len(backtest.trials)) as shown, client_of(where, tasks=len(todo)) as client:
        shown.workers = sum(client.nthreads().values())
        failures = run_trials(todo, store, client, heard=shown.ended)
    labels = {trial.run_id: trial.label for trial in todo}
    return tuple({"trial": labels[one["run_id"]], "reason": one["reason"]} for one in failures)


def _print(record: Record, files: list[Path], seconds: float) -> None:
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
    if others:
        console.print()
        _print_rows([{name: row[name] for name in ("question", *others)} for row in rows], words=1)
    console.print(indented(verdict_sentence(record, LULL)))
    for words in (largest_sentence(record, LULL), paired_sentence(record, LULL), mixture_sentence(record)):
        if words:
            console.print(indented(words))
    console.print(heading("Interval coverage"))
    for words in (grade_sentence(record), *(coverage_sentence(record, model) for model in record.models)):
        if words:
            console.print(indented(words))
    console.print(heading("Convergence"))
    for fits in record.fits:
        console.print(indented(fits_sentence(fits), style="" if fits.converged else "bold red"))
        for bad in fits.unusable[:MOST_LISTED]:
            console.print(indented(f"  {bad}"))
    _print_failed(record)
    console.print(f"\n{WHAT_IT_IS}")
    for file in files:
        console.print(f"Wrote {file}", soft_wrap=True)
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
    console.print(heading(f"Failed: {len(record.failed)}; what they were asked is left out of the comparison"))
    for one in record.failed[:MOST_LISTED]:
        console.print(indented(f"{one['trial']}: {one['reason']}"))
    if (more := len(record.failed) - MOST_LISTED) > 0:
        console.print(f"... and {more} more (--json lists all).")
    what = "the rest" if any(one["reason"] == LOST for one in record.failed) else "only these"
    console.print(f"The same command does {what} again.")
