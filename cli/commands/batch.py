"""`lull batch run|status|forget`: plans of many runs."""

import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lull.cli.options.arguments import FILE, Json, OutputOptions, StoreFolder, Workers, end
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from lull.batch.cluster import Where
    from lull.batch.plan import Batch, Task
    from lull.batch.tasks import Outcome
    from lull.model.runs.store import Store

batch = typer.Typer(help="Fit and forecast a plan of many runs.", no_args_is_help=True, rich_markup_mode=None)


@dataclass(frozen=True)
class ClusterOptions:
    """Where a batch runs: on processes of this machine, or on a Dask scheduler."""

    workers: Workers = None
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler instead of this machine.")
    ] = None
    tls_ca: Annotated[Path | None, typer.Option(metavar=FILE, help="Who signed the scheduler's certificate.")] = None
    tls_cert: Annotated[Path | None, typer.Option(metavar=FILE, help="Your certificate.")] = None
    tls_key: Annotated[Path | None, typer.Option(metavar=FILE, help="Your certificate's key.")] = None

    def where(self) -> "Where":
        """Return what a client of the cluster is made of."""
        from lull.batch.cluster import Where

        return Where(self.scheduler, self.tls_ca, self.tls_cert, self.tls_key, self.workers)


@batch.command("run")
@options(without={"out"})
def run(
    *,
    plan: Annotated[Path, typer.Argument(help="The plan, a TOML file.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would run, and what is there already.")
    ] = False,
    cluster: ClusterOptions,
    output: OutputOptions,
) -> None:
    """Run a plan; what the store holds already is not computed again.

    Interrupted or killed, the same command goes on where it was. A run that fails is tried twice more, then reported;
    it stops no other. Writes forecast.parquet, the answers to the plan's questions and runs.csv to its folder of
    output. Exit code 1 if a run failed.
    """
    from lull.batch.plan import read_batch
    from lull.cli.printing.store.batch_outcome import print_dry_run, print_outcome
    from lull.cli.screen.streams import print_json
    from lull.model.runs.store import Store

    planned, store = read_batch(plan), Store(output.store)
    if dry_run:
        print_dry_run(planned, store, as_json=output.as_json)
        return
    where = cluster.where()
    document = _run(planned, store, where, again(plan, output.store, where))
    if output.as_json:
        print_json(document)
    else:
        print_outcome(document)
    end(good=not document["failed"])


def _run(planned: "Batch", store: "Store", where: "Where", command: str) -> dict[str, Any]:
    """Run a plan, write its tables, and return the result as one object; `command` is the one that goes on."""
    from lull.batch.collection import write_tables
    from lull.batch.engine import missing, outcome_of
    from lull.batch.registry import Notes, running
    from lull.cli.printing.store.batch_outcome import outcome_document
    from lull.scenarios.results.outputs import check_out

    check_out(planned.out)
    store.check()
    started = time.monotonic()
    with running(planned, store) as recorded:
        todo = missing(planned, store)
        notes = Notes(recorded)
        try:
            failures = _failed(todo, len(planned.tasks), store, where, heard=notes.hear)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"Interrupted. What is finished is kept; go on with: {command}") from None
        by_run = {outcome["run_id"]: outcome for outcome in failures}
        outcomes = [outcome_of(task, store, by_run) for task in planned.tasks]
        files = write_tables(planned, store, outcomes)
    return outcome_document(planned, store, outcomes, todo=len(todo)) | {
        "again": command,
        "unnoted": notes.unnoted,
        "seconds": round(time.monotonic() - started, 1),
        "files": [str(file) for file in files],
    }


def _failed(
    todo: list[Any], total: int, store: "Store", where: "Where", *, heard: "Callable[[Outcome], None]"
) -> "list[Outcome]":
    """Do the tasks, shown as they end, and return the outcomes of those that failed."""
    from lull.batch.cluster import client_of
    from lull.batch.engine import run_tasks
    from lull.cli.screen.task_board import board

    if not todo:
        return []
    with board(len(todo), of=total) as shown, client_of(where, tasks=len(todo)) as client:
        shown.workers = sum(client.nthreads().values())

        def ended(task: "Task", outcome: "Outcome") -> None:
            shown.ended(task, outcome)
            heard(outcome)

        return run_tasks(todo, store, client, heard=ended)


def again(path: Path, folder: Path | None, where: "Where") -> str:
    """Return the command that goes on with a batch: the plan, its store and where it runs."""
    given = {
        "--store": folder,
        "--workers": where.workers,
        "--scheduler": where.address,
        "--tls-ca": where.ca,
        "--tls-cert": where.certificate,
        "--tls-key": where.key,
    }
    words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    return shlex.join(["lull", "batch", "run", str(path), *words])


@batch.command("status")
def status(
    *,
    plan: Annotated[Path | None, typer.Argument(help="A plan.  [default: all that the store knows]")] = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Show how far batches are; of one plan also what failed, and why."""
    from lull.batch.plan import read_batch
    from lull.batch.registry import recorded
    from lull.cli.printing.store.batch_list import batch_document, print_batches
    from lull.cli.screen.streams import print_json
    from lull.model.runs.store import Store

    known = Store(store)
    wanted = None if plan is None else read_batch(plan).batch_id
    batches = [batch_document(one, known) for one in recorded(known) if wanted in (None, one.batch_id)]
    if json:
        print_json({"store": str(known.folder), "batches": batches})
    else:
        print_batches(batches, known, with_failures=plan is not None)


@batch.command("forget")
def forget(
    *, batch_id: Annotated[str, typer.Argument(help="A batch, by its first letters.")], store: StoreFolder = None
) -> None:
    """Take a batch off the list, so that `lull runs clean` may remove its runs."""
    from lull.batch.registry import recorded
    from lull.cli.screen.streams import output
    from lull.data.schema import InputError, Problem
    from lull.model.runs.store import Store

    known = list(recorded(Store(store)))
    named = [one for one in known if one.batch_id.startswith(batch_id)]
    if len(named) != 1:
        expected, found = f"one whose id begins with {batch_id!r}", f"{len(named)} of {len(known)}"
        raise InputError(Problem("batch", expected, found, "`lull batch status` lists them."))
    if named[0].running():
        raise InputError(Problem(f"batch {named[0].batch_id}", "one that has ended", "it runs", "Stop it first."))
    named[0].forget()
    output().print(f"Forgot batch {named[0].batch_id}; its runs are still in the store.")
