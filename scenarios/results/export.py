"""A forecast in the formats of other tools, each written whole or not at all; tables scenario by scenario.

=================  ====================  ==============================================================
format             file                  what
=================  ====================  ==============================================================
hubverse-csv       forecast.csv          the forecast table
hubverse-parquet   forecast.parquet      the same
csv                weeks.csv             a row for each scenario, series and week ahead
xlsx               forecast.xlsx         a sheet for each scenario, assumptions, provenance
netcdf             posterior.nc          the posterior and every path
zarr               posterior.zarr        the same, as a folder
html               report.html           one page, charts inside
covariates         covariates.csv        the drivers in each week up to the origin, with its 90 % interval
=================  ====================  ==============================================================
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from lull.data.files import whole_file, write_whole
from lull.scenarios.beliefs.belief_file import toml_of_beliefs
from lull.scenarios.beliefs.reader_beliefs import beliefs_in
from lull.scenarios.presentation.report import report_page
from lull.scenarios.results.document import ForecastDocument
from lull.scenarios.results.forecast import Forecast
from lull.scenarios.results.posterior_tree import write_netcdf, write_zarr
from lull.scenarios.results.situation import situation
from lull.scenarios.results.tables import write_csv, write_csv_parts, write_parquet_parts
from lull.scenarios.results.workbook import write_workbook

BELIEFS = "beliefs.toml"  # beside the files, where a reader's are in them
CHANCES = {"any_attack": "any attack", "resumption": "resumption"}

type Progress = Callable[[str, int, int], None]


def export(forecast: Forecast, formats: Sequence[str], out: Path, *, progress: Progress) -> list[Path]:
    """Write a forecast in these formats to a folder and return where it is. Raises `InputError` if it cannot.

    The beliefs that it holds are written beside it.
    """
    written = []
    for done, name in enumerate(dict.fromkeys(formats)):
        progress("write the files", done, len(formats))
        file, write = FORMATS[name]
        write(forecast, out / file)
        written.append(out / file)
    if found := beliefs_in(forecast.run.record):
        write_whole(out / BELIEFS, toml_of_beliefs(found))
        written.append(out / BELIEFS)
    return written


def weeks_table(document: ForecastDocument) -> pa.Table:
    """Return a row for each scenario, series and week ahead: attacks, and chances with their paired differences."""
    rows = []
    for week in document.weeks:
        row = {"run_id": document.run_id, "origin_date": document.origin_date, **week.model_dump()}
        for name, asked in CHANCES.items():
            chance = document.chance(asked, week.scenario_id, week.series, week.horizon)  # type: ignore[arg-type]
            row |= {f"p_{name}": chance.probability, f"{name}_difference": chance.difference}
            row |= {f"{name}_difference_low": chance.difference_low, f"{name}_difference_high": chance.difference_high}
        rows.append(row)
    table = pa.Table.from_pylist(rows)
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(place, field.name, table.column(place).dictionary_encode())
    return table


def covariates_table(forecast: Forecast) -> pa.Table:
    """Return a row for each covariate and week up to the origin: the drivers, impulses carried over, 90 % intervals."""
    indices = situation(forecast.run).indices
    weeks = indices["week"].cast(pa.date32())
    table = indices.set_column(0, "week_start", weeks)
    return table.set_column(1, "covariate", table["covariate"].dictionary_encode())


def _report(forecast: Forecast, path: Path) -> None:
    """Write the report."""
    page = report_page(forecast.document())
    with whole_file(path) as scratch:
        scratch.write_text(page, encoding="utf-8")


FORMATS: dict[str, tuple[str, Callable[[Forecast, Path], None]]] = {
    "hubverse-csv": ("forecast.csv", lambda made, path: write_csv_parts(made.tables(), path)),
    "hubverse-parquet": ("forecast.parquet", lambda made, path: write_parquet_parts(made.tables(), path)),
    "csv": ("weeks.csv", lambda made, path: write_csv(weeks_table(made.document()), path)),
    "xlsx": ("forecast.xlsx", lambda made, path: write_workbook(made.document(), path)),
    "netcdf": ("posterior.nc", write_netcdf),
    "zarr": ("posterior.zarr", write_zarr),
    "html": ("report.html", _report),
    "covariates": ("covariates.csv", lambda made, path: write_csv(covariates_table(made), path)),
}
