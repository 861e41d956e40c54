"""`lull import counts`: weekly counts of any format."""

from pathlib import Path
from typing import Annotated

import typer

from lull.cli.commands.imports.selection import Out
from lull.cli.options.arguments import Json, ReadingOptions
from lull.cli.options.expansion import options


@options()
def counts(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Parquet or XLSX.")],
    out: Out,
    fill_zeros: Annotated[bool, typer.Option("--fill-zeros", help="A week without a row is 0, not missing.")] = False,
    reading: ReadingOptions,
    json: Json = False,
) -> None:
    """Import weekly counts: series, week_start, count."""
    from lull.cli.printing.import_log import counts_document, print_import
    from lull.data.calendar import calendar_sentence
    from lull.data.counts import read_counts
    from lull.data.importers.sums import refuse_sums
    from lull.data.importers.written import COUNT_COLUMNS, COUNTS_FILE, count_rows, write_rows

    refuse_sums(file)
    notes: list[str] = []
    read = read_counts(file, fill_zeros=fill_zeros, reading=reading.reading(), notes=notes)
    write_rows(out / COUNTS_FILE, COUNT_COLUMNS, count_rows(read))
    known = int(read.array.notnull().sum())
    notes += [calendar] if (calendar := calendar_sentence(read.origin)) else []
    rows = {"series-weeks with a count": known, "series-weeks missing": read.array.size - known}
    document = {"file": str(file), "series_weeks": read.array.size, "fates": rows, **counts_document(read)}
    print_import(document | {"notes": notes, "files": [str(out / COUNTS_FILE)]}, as_json=json)
