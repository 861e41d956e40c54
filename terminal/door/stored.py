"""`lull runs`: what the store holds; arguments in, calls."""

from typing import Annotated, Literal

import typer

from lull.terminal.door.shared import DATE, Json, StoreFolder

runs = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@runs.callback()
def listed(
    context: typer.Context,
    series: Annotated[str | None, typer.Option(metavar="NAME", help="Only runs of this series or faction.")] = None,
    grade: Annotated[
        Literal["good", "doubtful", "unusable"] | None, typer.Option(help="Only runs of this grade.")
    ] = None,
    origin: Annotated[str | None, typer.Option(metavar=DATE, help="Only runs up to the week of this day.")] = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """List the runs of the store, the newest first."""
    if context.invoked_subcommand is None:
        from lull.terminal.listing import print_runs

        print_runs(store, series=series, grade=grade, origin=origin, as_json=json)


@runs.command("query")
def query(
    sql: Annotated[str, typer.Argument(help='Such as "select * from runs".')],
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Ask all runs and forecast tables of the store in SQL (DuckDB).

    `runs` has a row for each run, `forecast` the forecast table of each run, `forecasts` every table kept with a run,
    `answers` the answers to the questions of batches; they share `run_id`.
    """
    from lull.terminal.storing import query_and_print

    query_and_print(sql, store, as_json=json)


@runs.command("clean")
def clean(
    older_than: Annotated[
        int, typer.Option("--older-than", metavar="DAYS", min=0, help="Runs made longer ago than this.")
    ] = 90,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing, tell what would be.")] = False,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Remove old runs and forecasts of backtests, and what killed processes left behind.

    A run that a listed batch refers to stays (`lull batch status` lists them, `lull batch forget` takes one off), and
    the record of a backtest; only its next run makes those forecasts again.
    """
    from lull.terminal.storing import clean_and_print

    clean_and_print(store, older_than=older_than, dry_run=dry_run, as_json=json)
