"""`lull export`: arguments in, calls."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lull.terminal.door.shared import FOLDER, Horizon, Json, Scenarios, Seed, StoreFolder, end


class Format(StrEnum):
    """What can be written; `scenarios/results/export.py` writes it."""

    HUBVERSE_CSV = "hubverse-csv"
    HUBVERSE_PARQUET = "hubverse-parquet"
    CSV = "csv"
    XLSX = "xlsx"
    NETCDF = "netcdf"
    ZARR = "zarr"
    HTML = "html"
    COVARIATES = "covariates"


def export(
    out: Annotated[Path, typer.Option(metavar=FOLDER, help="Write the files to this folder.")],
    run: Annotated[
        str | None, typer.Argument(help="A run, by its first letters.  [default: the embedded case's]")
    ] = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Repeatable.  [default: xlsx]"),
    ] = None,
    scenarios: Scenarios = None,
    horizon: Horizon = 26,
    seed: Seed = 1,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Write a forecast in the formats of other tools; fits nothing.

    hubverse-csv and hubverse-parquet: the forecast table. csv: a row a week. xlsx: a workbook, a sheet a scenario.
    netcdf and zarr: the posterior and every path. html: the report. covariates: what pushed in each week so far.
    """
    from lull.terminal.exporting import export_and_print
    from lull.terminal.options import Wrong

    wrong = Wrong()
    wrong.horizon(horizon)
    wrong.seed(seed)
    wrong.stop_if_any()
    usable = export_and_print(
        run, formats or ["xlsx"], scenarios, store, horizon=horizon, out=out, as_json=json, seed=seed
    )
    end(good=usable)
