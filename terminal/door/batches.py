"""`lull batch run` and `lull batch status`: arguments in, calls."""

from pathlib import Path
from typing import Annotated

import typer

from lull.terminal.door.shared import FILE, Json, StoreFolder, end

batch = typer.Typer(help="Fit and forecast a plan of many runs.", no_args_is_help=True, rich_markup_mode=None)


@batch.command("run")
def run(
    plan: Annotated[Path, typer.Argument(help="The plan, a TOML file.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would run, and what is there already.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(metavar="INT", min=1, help="Processes on this machine.  [default: as many as fit]")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler instead of this machine.")
    ] = None,
    tls_ca: Annotated[Path | None, typer.Option(metavar=FILE, help="Who signed the scheduler's certificate.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar=FILE, help="Your certificate.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar=FILE, help="Your certificate's key.")] = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Run a plan; what the store holds already is not computed again.

    Interrupted or killed, the same command goes on where it was. A run that fails is tried twice more, then reported;
    it stops no other. Writes forecast.parquet, the answers to the plan's questions and runs.csv to its folder of
    output. Exit code 1 if a run failed.
    """
    from lull.batch.cluster import Where
    from lull.terminal.batching import dry_run_and_print, run_and_print

    if dry_run:
        dry_run_and_print(plan, store, as_json=json)
        return
    where = Where(scheduler, tls_ca, tls_cert, tls_key, workers)
    end(good=run_and_print(plan, store, where, as_json=json))


@batch.command("status")
def status(
    plan: Annotated[Path | None, typer.Argument(help="A plan.  [default: all that the store knows]")] = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Show how far batches are; of one plan also what failed, and why."""
    from lull.terminal.batch_status import print_status

    print_status(plan, store, as_json=json)


@batch.command("forget")
def forget(
    batch_id: Annotated[str, typer.Argument(help="A batch, by its first letters.")], store: StoreFolder = None
) -> None:
    """Take a batch off the list, so that `lull runs clean` may remove its runs."""
    from lull.terminal.batch_status import forget_and_print

    forget_and_print(batch_id, store)
