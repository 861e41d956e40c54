"""`lull runs`: what the store holds, asked in SQL, cleaned, checked, backed up and restored."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from lull.cli.options.arguments import DATE, Json, StoreFolder, end

runs = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@runs.callback()
def listed(
    *,
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
    if context.invoked_subcommand is not None:
        return
    import gc

    gc.disable()  # thousands of records live until the list is printed: looking for garbage among them takes longer
    try:
        _list(store, series=series, grade=grade, origin=origin, as_json=json)
    finally:
        gc.enable()


def _list(store: Path | None, *, series: str | None, grade: str | None, origin: str | None, as_json: bool) -> None:
    from lull.cli.screen.streams import print_json
    from lull.data.schema import InputError
    from lull.model.runs.store import Store
    from lull.scenarios.overview.run_rows import chosen_runs, run_rows

    known = Store(store)
    survey = known.survey()
    if survey.problems:
        typer.echo(str(InputError(survey.problems)), err=True)
    found = chosen_runs(survey.runs, series=series, grade=grade, origin=_day(origin))
    if as_json:
        print_json({"store": str(known.folder), "runs": run_rows(found)})
        return
    from lull.cli.printing.store.run_list import print_runs

    print_runs(found, known, all_asked=not (series or grade or origin))


def _day(text: str | None) -> date | None:
    """Return the day of an option. Raises `InputError`."""
    if text is None:
        return None
    from lull.data.readers.cells import parse_day

    return parse_day(text)


@runs.command("query")
def query(
    *,
    sql: Annotated[str, typer.Argument(help='Such as "select * from runs".')],
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Ask all runs and forecast tables of the store in SQL (DuckDB).

    `runs` has a row for each run, `forecast` the forecast table of each run, `forecasts` every table kept with a run,
    `answers` the answers to the questions of batches; they share `run_id`. One SELECT at a time: it reads these tables
    and no other file, and changes nothing.
    """
    from lull.cli.printing.store.query_rows import plain_rows, print_rows
    from lull.cli.screen.streams import print_json
    from lull.model.runs.query import ask_store
    from lull.model.runs.store import Store

    answer = ask_store(Store(store), sql)
    if json:
        print_json({"columns": answer.column_names, "rows": plain_rows(answer)})
    else:
        print_rows(answer)


@runs.command("clean")
def clean(
    *,
    older_than: Annotated[
        int, typer.Option("--older-than", metavar="DAYS", min=0, help="Runs made longer ago than this.")
    ] = 90,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing; show what would be removed.")] = False,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Remove old runs and forecasts of backtests, and what killed processes left behind.

    A run that a listed batch refers to stays (`lull batch status` lists them, `lull batch forget` takes one off), and
    the record of a backtest; only its next run computes those forecasts again.
    """
    from datetime import timedelta

    from lull.batch.cleanup import sweep
    from lull.cli.printing.store.cleanup import cleanup_document, print_cleanup
    from lull.cli.screen.streams import print_json
    from lull.model.runs.store import Store

    removed = sweep(Store(store), older_than=timedelta(days=older_than), dry_run=dry_run)
    if json:
        print_json(cleanup_document(removed, dry_run=dry_run))
    else:
        print_cleanup(removed, dry_run=dry_run)


@runs.command("check")
def check(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Move damaged files to .damaged of the store.")] = False,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Compare every file of the store with its checksum.

    What was set apart is rebuilt by the command that made it; nothing is deleted. Records of an earlier Lull get a
    checksum with --repair. Exit code 1 if something is damaged.
    """
    from lull.batch.store_check import check_store
    from lull.cli.printing.store.care import check_document, print_check
    from lull.cli.screen.streams import print_json
    from lull.model.runs.store import Store

    known = Store(store)
    found = check_store(known, repair=repair)
    if json:
        print_json(check_document(found, repair=repair))
    else:
        print_check(found, known.folder, repair=repair)
    end(good=not found.damaged)


@runs.command("backup")
def backup(
    *, file: Annotated[Path, typer.Argument(help="The archive to write (tar).")], store: StoreFolder = None
) -> None:
    """Write all that is finished in the store to one file: runs, their forecasts, batches, backtests and grades."""
    from lull.cli.screen.streams import output
    from lull.model.runs.backup import back_up
    from lull.model.runs.store import Store

    files = back_up(Store(store), file)
    output().print(f"Wrote {file}: {files} files, {file.stat().st_size / 1e6:.1f} MB.", soft_wrap=True)


@runs.command("restore")
def restored(
    *, file: Annotated[Path, typer.Argument(help="An archive of `lull runs backup`.")], store: StoreFolder = None
) -> None:
    """Bring back what an archive has and the store lacks; what is there already stays.

    Exit code 1 if a run is damaged in the archive: it is not restored.
    """
    from lull.cli.printing.store.care import print_restored
    from lull.model.runs.backup import restore
    from lull.model.runs.store import Store

    known = Store(store)
    done = restore(known, file)
    print_restored(done, known.folder)
    end(good=not done.damaged)
