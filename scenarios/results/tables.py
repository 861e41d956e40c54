"""The forecast table: hubverse model output (schema v6), built column by column and written whole or not at all.

One row is one number: of a scenario, target, series and horizon, an `output_type` and its `output_type_id`. The sample
rows of two scenarios with the same id are the same draw with the same random numbers, so contrasts survive the export.

=====================  ==================================================  =========================================
target                 output types                                        output_type_id
=====================  ==================================================  =========================================
``wk inc attacks``     mean, median, quantile, sample                      empty; empty; the level; the draw
``cum attacks``        mean, median, quantile: weeks 1..horizon            empty; empty; the level
``any attack by date`` pmf: at least one attack in weeks 1..horizon        ``yes``, ``no``
``resumption week``    pmf, cdf: first active week up to the last horizon  the day that ends it, or not by horizon
``wk inc impacts``     mean, median, quantile                              empty; empty; the level
``cum impacts``        mean, median, quantile: weeks 1..horizon            empty; empty; the level
=====================  ==================================================  =========================================

Impacts are the attacks that hit. They are derived, not fitted, and are there for the series only of which two reports
say how many of how many claims hit (`scenarios/engine/hits.py`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.calendar import Week, target_end_date, week_end
from lull.data.files import spreadsheet_safe, whole_file
from lull.data.hit_shares import HitShare
from lull.scenarios.engine.hits import hits_of
from lull.scenarios.engine.projection import Projection

LEVELS = ("0.01", "0.025", *(f"{percent / 100:.2f}".rstrip("0") for percent in range(5, 100, 5)), "0.975", "0.99")
WEEKLY, CUMULATED, ANY_ATTACK, RESUMPTION = "wk inc attacks", "cum attacks", "any attack by date", "resumption week"
WEEKLY_HITS, CUMULATED_HITS = "wk inc impacts", "cum impacts"
NOT_BY_HORIZON = "not by horizon"
SAMPLES = 500  # trajectories of each scenario and series that a table holds, spread over all draws
ROWS = 100_000  # of a CSV file, whose texts are in memory at once
COLUMNS = (
    "origin_date", "scenario_id", "target", "series", "horizon", "target_end_date", "output_type", "output_type_id",
    "value",
)  # fmt: skip


@dataclass(frozen=True)
class _Block:
    """The numbers of one scenario, target and output type: `value` (series, horizon, id), all three by name."""

    scenario_id: str
    target: str
    output_type: str
    ids: Sequence[str | None]
    value: Array
    horizons: Sequence[int]
    series: Sequence[str]


def forecast_table(
    projections: Sequence[Projection], *, shares: Mapping[str, HitShare] | None = None, samples: int = SAMPLES
) -> pa.Table:
    """Return the forecast table of projections of one run, in the order given; the columns are `COLUMNS`.

    `samples` trajectories of each are in it, evenly spaced over the draws; an id is the number of its draw. `shares`
    are those of attacks that hit, by series.
    """
    paths = projections[0].paths
    blocks = [block for projection in projections for block in _blocks(projection, samples)]
    blocks += [block for projection in projections for block in _hit_blocks(projection, shares or {})]
    return _table(blocks, paths.origin, paths.horizon, paths.series)


def scenario_table(
    parts: Iterable[Projection], *, shares: Mapping[str, HitShare] | None = None, samples: int = SAMPLES
) -> pa.Table:
    """Return what `forecast_table` does of one scenario that is projected a few series at a time, at least one part.

    `parts` are the projections of all series in their order; of each only what the table says is kept.
    """
    order = list(shares or {})
    counted: list[list[_Block]] = []
    hit: list[_Block] = []
    names: list[str] = []
    for part in parts:
        counted.append(list(_blocks(part, samples)))
        hit += _hit_blocks(part, shares or {})
        names += part.paths.series
        origin, weeks = part.paths.origin, part.paths.horizon
    blocks = [_joined(block) for block in zip(*counted, strict=True)]
    blocks += sorted(hit, key=lambda block: order.index(block.series[0]))
    return _table(blocks, origin, weeks, names)


def _joined(parts: Sequence[_Block]) -> _Block:
    """Return the block of all series from those of a few each."""
    names = [name for part in parts for name in part.series]
    return replace(parts[0], value=np.concatenate([part.value for part in parts]), series=names)


def _table(blocks: Sequence[_Block], origin: Week, weeks: int, names: Sequence[str]) -> pa.Table:
    """Return the rows of blocks, in their order; names of series as CSV has them, so that all formats agree."""
    ends = pa.array([target_end_date(origin, h) for h in range(weeks + 1)], pa.date32())
    horizon = np.concatenate([_spread(block, block.horizons, axis=1) for block in blocks])
    total = horizon.size
    place = {name: at for at, name in enumerate(names)}
    places = ([place[name] for name in block.series] for block in blocks)
    series = np.concatenate([_spread(block, at, axis=0) for block, at in zip(blocks, places, strict=True)])
    sizes = [block.value.size for block in blocks]
    columns = (
        pa.array(np.full(total, np.datetime64(week_end(origin), "D"))),
        _labels([block.scenario_id for block in blocks], sizes),
        _labels([block.target for block in blocks], sizes),
        pa.DictionaryArray.from_arrays(pa.array(series), pa.array(map(spreadsheet_safe, names), pa.string())),
        pa.array(horizon),
        ends.take(pa.array(horizon)),
        _labels([block.output_type for block in blocks], sizes),
        _ids(blocks),
        pa.array(np.concatenate([block.value.ravel() for block in blocks])),
    )
    return pa.table(dict(zip(COLUMNS, columns, strict=True)))


FEW, HANDFUL, NEVER_CAPPED = 20, 0.01, 10  # of `steady`: paths, their share, attacks


def quantiles(counts: NDArray[np.integer], levels: Sequence[str] = LEVELS) -> Array:
    """Return quantiles of counts (draw, ...), (level, ...): the smallest count that holds a level, a whole number."""
    draws = counts.shape[0]
    place = [max(0, int(np.ceil(float(level) * draws - 1e-9)) - 1) for level in levels]
    ordered = np.sort(np.moveaxis(counts, 0, -1), axis=-1)
    return np.moveaxis(ordered[..., place], -1, 0).astype(float)


def steady[Count: np.integer](counts: NDArray[Count]) -> NDArray[Count]:
    """Return counts (draw, ...) whose means no handful of paths decides.

    Where the `FEW` paths with the most attacks (or a share of `HANDFUL` of all paths, if that is fewer) hold more than
    half of all attacks, none counts for more than the last of these does; counts up to `NEVER_CAPPED` stay. Elsewhere
    nothing is changed.
    """
    few = min(FEW, int(counts.shape[0] * HANDFUL))
    if not few:
        return counts
    most = np.partition(counts, counts.shape[0] - few, axis=0)[-few:]
    decided = 2 * most.sum(axis=0, dtype=np.int64) > counts.sum(axis=0, dtype=np.int64)
    cap = np.where(decided, np.maximum(most[0], NEVER_CAPPED), most.max(axis=0))
    capped: NDArray[Count] = np.minimum(counts, cap.astype(counts.dtype))
    return capped


def write_parquet(table: pa.Table, path: Path, *, seal: bool = False) -> None:
    """Write a table as Parquet, whole or not at all; with `seal` its checksum beside it.

    Raises `InputError` if the file cannot be written.
    """
    write_parquet_parts([table], path, seal=seal)


def write_parquet_parts(tables: Iterable[pa.Table], path: Path, *, seal: bool = False) -> None:
    """Write tables of one schema as one Parquet file, one of them in memory at a time; whole or not at all."""
    with whole_file(path, seal=seal) as scratch, ExitStack() as open_files:
        writer: pa.parquet.ParquetWriter | None = None
        for table in tables:
            writer = writer or open_files.enter_context(
                pa.parquet.ParquetWriter(str(scratch), table.schema, compression="zstd", store_schema=False)
            )
            writer.write_table(table)


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as CSV, whole or not at all; texts that a spreadsheet would run are made harmless by a quote.

    Raises `InputError` if the file cannot be written.
    """
    write_csv_parts([table], path)


def write_csv_parts(tables: Iterable[pa.Table], path: Path) -> None:
    """Write tables of one schema as one CSV file, one of them in memory at a time; whole or not at all."""
    options = pa.csv.WriteOptions(quoting_style="needed")
    with whole_file(path) as scratch, ExitStack() as open_files:
        writer: pa.csv.CSVWriter | None = None
        for rows in _sliced(tables):
            safe = pa.table({name: _harmless(rows.column(name)) for name in rows.column_names})
            writer = writer or open_files.enter_context(
                pa.csv.CSVWriter(str(scratch), safe.schema, write_options=options)
            )
            writer.write_table(safe)


def _sliced(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of tables, `ROWS` at a time: of all rows at once the texts would be larger than the table."""
    for table in tables:
        for first in range(0, max(1, table.num_rows), ROWS):
            yield table.slice(first, ROWS)


def _blocks(projection: Projection, samples: int) -> Iterator[_Block]:
    """Yield all that the table says of one scenario."""
    paths, name = projection.paths, projection.scenario_id
    horizons, series = range(1, paths.horizon + 1), paths.series
    *counted, trajectories = _count_blocks(projection, samples)
    yield from counted
    by = projection.resumption.mean(axis=0)
    first = np.diff(by, axis=-1, prepend=0.0, append=1.0)[:, None]
    weeks = [str(target_end_date(paths.origin, h)) for h in horizons]
    classes = (*weeks, NOT_BY_HORIZON)
    yield _Block(name, RESUMPTION, "pmf", classes, np.maximum(first, 0.0), (paths.horizon,), series)
    up_to = np.append(by, np.ones_like(by[:, :1]), axis=-1)[:, None]
    yield _Block(name, RESUMPTION, "cdf", classes, up_to, (paths.horizon,), series)
    yield trajectories


def _count_blocks(projection: Projection, samples: int) -> Iterator[_Block]:
    """Yield what the table says of counts and the chance of some attack; samples last."""
    name, counts, series = projection.scenario_id, projection.paths.count, projection.paths.series
    draws, _, weeks = counts.shape
    horizons, some = range(1, weeks + 1), projection.any_attack.mean(axis=0)
    for target, values in ((WEEKLY, counts), (CUMULATED, projection.paths.cumulated)):
        yield from _counted(name, target, values, series)
    yield _Block(name, ANY_ATTACK, "pmf", ("yes", "no"), np.stack([some, 1.0 - some], axis=-1), horizons, series)
    kept = np.unique(np.linspace(0, draws - 1, min(samples, draws)).round().astype(int))
    trajectories = np.moveaxis(counts[kept], 0, -1).astype(float)
    yield _Block(name, WEEKLY, "sample", [str(draw) for draw in kept], trajectories, horizons, series)


def _counted(name: str, target: str, counts: NDArray[np.integer], series: Sequence[str]) -> Iterator[_Block]:
    """Yield what the table says of counts (draw, series, horizon)."""
    horizons = range(1, counts.shape[-1] + 1)
    yield _Block(name, target, "mean", (None,), steady(counts).mean(axis=0)[..., None], horizons, series)
    levels = quantiles(counts)
    yield _Block(name, target, "median", (None,), levels[LEVELS.index("0.5"), ..., None], horizons, series)
    yield _Block(name, target, "quantile", LEVELS, np.moveaxis(levels, 0, -1), horizons, series)


def _hit_blocks(projection: Projection, shares: Mapping[str, HitShare]) -> Iterator[_Block]:
    """Yield what the table says of attacks that hit, of the series of a projection."""
    for series, share in shares.items():
        if series in projection.paths.series:
            hits = hits_of(projection, series, share)[:, None]
            yield from _counted(projection.scenario_id, WEEKLY_HITS, hits, (series,))
            yield from _counted(projection.scenario_id, CUMULATED_HITS, hits.cumsum(axis=-1), (series,))


def _spread(block: _Block, values: Sequence[int], *, axis: int) -> NDArray[np.int32]:
    """Return values along one axis of a block, in the order of its rows."""
    shape = [1, 1, 1]
    shape[axis] = len(values)
    return np.broadcast_to(np.array(values, dtype=np.int32).reshape(shape), block.value.shape).ravel()


def _labels(names: Sequence[str], sizes: Sequence[int]) -> pa.DictionaryArray:
    """Return a text column in which each name stands `sizes` times."""
    known = {name: place for place, name in enumerate(dict.fromkeys(names))}
    codes = np.repeat(np.array([known[name] for name in names], dtype=np.int32), sizes)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(known), pa.string()))


def _ids(blocks: Sequence[_Block]) -> pa.DictionaryArray:
    """Return the column output_type_id; empty where the type has none."""
    known = {name: place for place, name in enumerate(dict.fromkeys(name for block in blocks for name in block.ids))}
    codes = [_spread(block, [known[name] for name in block.ids], axis=2) for block in blocks]
    empty = known.get(None, -1)
    whole = np.concatenate(codes)
    names = pa.array([name or "" for name in known], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(whole, mask=whole == empty), names)


def _harmless(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """Return a column as CSV can hold it: texts harmless, the rest as it is."""
    if not pa.types.is_dictionary(column.type):
        return column
    whole = column.combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    return pc.take(
        pa.array([spreadsheet_safe(text) for text in whole.dictionary.to_pylist()], pa.string()), whole.indices
    )
