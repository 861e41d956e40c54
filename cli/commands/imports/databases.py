"""`lull import acled|ucdp`: exports of databases whose columns are known."""

from dataclasses import dataclass
from pathlib import Path

from lull.cli.commands.imports.selection import Files, Front, Out, SelectionOptions
from lull.cli.options.arguments import Json, ReadingOptions
from lull.cli.options.expansion import options


@dataclass(frozen=True)
class ExportSelection(SelectionOptions):
    """Whose events of an export count; the front is the country."""

    front: Front = "country"


@options(without={"sum_of"})
def acled(*, files: Files, out: Out, selection: ExportSelection, reading: ReadingOptions, json: Json = False) -> None:
    """Import an ACLED export; actors are looked for on both sides."""
    _import("acled", files, selection, reading, out=out, as_json=json)


@options(without={"sum_of"})
def ucdp(*, files: Files, out: Out, selection: ExportSelection, reading: ReadingOptions, json: Json = False) -> None:
    """Import an export of UCDP GED; actors are looked for on both sides."""
    _import("ucdp", files, selection, reading, out=out, as_json=json)


def _import(
    export: str, files: list[Path], selection: SelectionOptions, reading: ReadingOptions, *, out: Path, as_json: bool
) -> None:
    from lull.cli.imported_events import Source, import_into
    from lull.cli.printing.import_log import print_import
    from lull.data.importers.layouts import EXPORTS

    source = Source(export, EXPORTS[export], selection.selection(), reading.reading())
    print_import(import_into(out, files, source), as_json=as_json)
