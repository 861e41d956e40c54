"""The three tables of a reconstruction: weekly summaries, joint imputations, tension. A missing week is empty."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lull.data.counts import WeeklyCounts
from lull.data.files import spreadsheet_safe
from lull.model.reconstruction.reconstruct import Reconstruction
from lull.model.reconstruction.tension import TensionRow

WEEKLY, IMPUTATIONS, TENSION = FILES = ("weekly.csv", "imputations.parquet", "tension.csv")
QUANTILES = ("q05", "q50", "q95")


def write_reconstruction(made: Reconstruction, folder: Path) -> None:
    """Write the three files to a folder that is there."""
    _write_csv(folder / WEEKLY, ("series", "week_start", "mean", *QUANTILES), weekly_rows(made))
    pq.write_table(imputation_table(made.counts), folder / IMPUTATIONS)
    names = [field.name for field in fields(TensionRow)]
    _write_csv(folder / TENSION, names, (list(asdict(row).values()) for row in made.tension))


def weekly_rows(made: Reconstruction) -> list[list[object]]:
    """Return a row for each series and week: mean and 5, 50, 95 % quantiles of attacks; None where missing."""
    summary = made.summary()
    columns = [summary[name].transpose("series", "week").to_numpy() for name in ("mean", *QUANTILES)]
    weeks = summary["week"].to_numpy().astype("datetime64[D]")
    return [
        [str(series), str(week), *(_known(column[row, at]) for column in columns)]
        for row, series in enumerate(summary["series"].to_numpy())
        for at, week in enumerate(weeks)
    ]


def imputation_table(counts: WeeklyCounts) -> pa.Table:
    """Return `imputation, series, week_start, count`: whole numbers, null where missing."""
    imputations, series, weeks = counts.array.shape
    values = counts.array.to_numpy().ravel()
    return pa.table(
        {
            "imputation": pa.array(np.repeat(np.arange(imputations), series * weeks), pa.int32()),
            "series": pa.array(np.tile(np.repeat(np.array(counts.series, dtype=object), weeks), imputations)),
            "week_start": pa.array(np.tile(counts.weeks, imputations * series), pa.date32()),
            "count": pa.array(values, pa.int32(), mask=np.isnan(values), safe=False),
        }
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)


def _write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_safe(cell) for cell in row] for row in rows)


def _safe(cell: object) -> object:
    """Return a cell that a spreadsheet takes for text."""
    return spreadsheet_safe(cell) if isinstance(cell, str) else cell
