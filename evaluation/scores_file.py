"""A scores table that is given to be graded: what `lull backtest` writes as `scores.parquet`, or the same as CSV.

The invariant: each row that the grade rests on lies in 0..1 and is the only one of its forecaster, series, origin,
horizon and metric. Anything else is refused with its row.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from lull.data.schema import InputError, Problem
from lull.evaluation.scores.calibration import LEVELS
from lull.evaluation.scores.metrics import HAPPENED, STATED

SCHEMA = pa.schema(
    {
        "model": pa.string(),
        "series": pa.string(),
        "origin_date": pa.date32(),
        "horizon": pa.int64(),
        "metric": pa.string(),
        "value": pa.float64(),
    }
)
CLUSTER = "cluster"
SHARES = {*LEVELS, STATED, HAPPENED}  # metrics that lie in 0..1
MOST = 20  # problems that are named


@dataclass(frozen=True)
class GivenScores:
    """A scores table and, where the file has the column `cluster`, which cluster each series belongs to."""

    table: pa.Table
    clusters: dict[str, str]

    @property
    def models(self) -> tuple[str, ...]:
        """The forecasters in the order of the file."""
        return tuple(dict.fromkeys(self.table["model"].to_pylist()))


def read_scores(path: Path) -> GivenScores:
    """Return the scores of a file. Raises `InputError` for what is no scores table, or has nothing to grade."""
    table = _read(path)
    if twice := [name for name, number in Counter(table.column_names).items() if number > 1]:
        raise InputError(Problem(str(path), "each column once", f"{twice[0]!r} twice", "Remove the others."))
    if missing := [name for name in SCHEMA.names if name not in table.column_names]:
        expected = f"the columns {', '.join(SCHEMA.names)}"
        raise InputError(Problem(str(path), expected, f"no {', '.join(missing)}", "docs/evaluation.md describes them."))
    clusters = _clusters(table)
    scores = _typed(table, path)
    if problems := list(_problems(scores, path)):
        raise InputError(problems[:MOST], unlisted=max(0, len(problems) - MOST))
    return GivenScores(scores, clusters)


def _read(path: Path) -> pa.Table:
    try:
        parquet = path.suffix == ".parquet"
        table: pa.Table = pa.parquet.read_table(path, partitioning=None) if parquet else pa.csv.read_csv(path)
        table.validate(full=True)
        list(table.column_names)  # raises for a name that is no UTF-8
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        expected = "a scores table, Parquet (in a file named .parquet) or CSV"
        raise InputError(Problem(str(path), expected, str(error).split("\n", maxsplit=1)[0])) from error
    return table


def _typed(table: pa.Table, path: Path) -> pa.Table:
    """Return the columns of a scores table in their own types."""
    columns, problems = {}, []
    for column in SCHEMA:
        try:
            columns[column.name] = table[column.name].cast(column.type)
        except pa.ArrowException as error:
            found = str(error).split("\n", maxsplit=1)[0]
            problems.append(Problem(f"{path}, column {column.name}", f"values of type {column.type}", found))
    if problems:
        raise InputError(problems)
    return pa.table(columns)


def _problems(scores: pa.Table, path: Path) -> Iterator[Problem]:
    """Yield what is wrong with rows; the first row of data is row 1."""
    graded = False
    seen: Counter[tuple[object, ...]] = Counter()
    for number, row in enumerate(scores.to_pylist(), start=1):
        where = f"{path}, row {number}"
        if empty := [name for name, cell in row.items() if cell is None or cell != cell]:  # noqa: PLR0124 - not a number
            yield Problem(f"{where}, column {empty[0]}", "a value", "none")
            continue
        if row["metric"] not in SHARES:
            continue
        graded = True
        if not 0 <= row["value"] <= 1:
            yield Problem(f"{where}, column value", f"a {row['metric']} of 0 to 1", repr(row["value"]))
        if row["horizon"] < 1:
            yield Problem(f"{where}, column horizon", "a week from 1 on", repr(row["horizon"]))
        key = tuple(row[name] for name in SCHEMA.names[:5])
        seen[key] += 1
        if seen[key] == 2:  # noqa: PLR2004 - the first time that it is there again
            yield Problem(where, f"one {row['metric']} of a forecast and horizon", "a second one")
    if not graded:
        yield Problem(str(path), f"rows of a metric that can be graded ({', '.join(sorted(SHARES))})", "none")


def _clusters(table: pa.Table) -> dict[str, str]:
    """Return the cluster of each series, where the file names any."""
    if CLUSTER not in table.column_names:
        return {}
    pairs = zip(table["series"].to_pylist(), table[CLUSTER].to_pylist(), strict=True)
    return {str(series): str(cluster) for series, cluster in pairs if cluster}
