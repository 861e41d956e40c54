"""`lull record`: how good the published forecasts were, and whether their ledger is as it was written."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lull.cli.options.arguments import FOLDER, Json, StoreFolder, end


class Format(StrEnum):
    """What the record can be written as; `ledger/record_tables.py` writes it."""

    CSV = "csv"
    PARQUET = "parquet"
    HUB = "hub"


record = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@record.callback()
def shown(
    *,
    context: typer.Context,
    json: Json = False,
    out: Annotated[Path | None, typer.Option(metavar=FOLDER, help="Write tables to this folder.")] = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Of the tables; repeatable.  [default: csv]"),
    ] = None,
    store: StoreFolder = None,
) -> None:
    """Show the record of the published forecasts: scores of the model, the readers, their pools and the baseline.

    Beside every score stands what share of the questions it knows. For example: lull record --out record --format hub
    """
    if context.invoked_subcommand is not None:
        return
    from lull.cli.opened_ledger import opened_ledger
    from lull.cli.printing.ledger.record import print_record
    from lull.cli.screen.layout import print_files
    from lull.cli.screen.streams import errors, print_json
    from lull.data.schema import InputError, Problem
    from lull.ledger.record_scores import record as record_of
    from lull.ledger.record_tables import export
    from lull.model.runs.store import Store

    if formats and out is None:
        raise InputError(Problem("--format", "--out DIR with it", "none"))
    ledger = opened_ledger(Store(store))
    made = record_of(ledger)
    if json:
        problems = [str(problem) for problem in ledger.problems()]
        print_json(made.document() | {"ledger": str(ledger.path), "problems": problems})
    else:
        print_record(made, ledger)
    if out is not None:
        print_files(export(made, out, [one.value for one in formats or [Format.CSV]]), errors())


@record.command("verify")
def verify(*, json: Json = False, store: StoreFolder = None) -> None:
    """Compare every line of the ledger with its checksum and with the line before it.

    Exit code 1 if a byte was altered or a line is missing, with the number of the line; 2 if it cannot be read.
    """
    from lull.cli.printing.ledger.record import print_verification
    from lull.ledger.journal import open_ledger
    from lull.model.runs.store import Store

    end(good=print_verification(open_ledger(Store(store)), as_json=json))
