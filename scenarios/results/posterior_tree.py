"""The posterior and the paths of every scenario as one labelled tree, NetCDF or Zarr, written scenario by scenario.

The group `predictions` has dims (chain, draw, scenario, series, week): a place along chain and draw is the same draw
of the posterior, with the same random numbers, under every scenario.
"""

import io
import shutil
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import xarray as xr

from lull.data.files import unwritable, whole_file
from lull.model.inspection.arviz_layout import imputations_of, labelled, unstacked
from lull.scenarios.beliefs.reader_beliefs import beliefs_sentence
from lull.scenarios.engine.projection import Projection
from lull.scenarios.results.forecast import Forecast

PREDICTIONS = "predictions"
DIMS = ("chain", "draw", "imputation", "scenario", "series", "week")
LONGEST_ID = 80  # characters of a scenario's id


def write_netcdf(forecast: Forecast, path: Path) -> None:
    """Write posterior and paths as one NetCDF file, one scenario in memory at a time; whole or not at all."""
    tree = forecast.run.posterior()
    with whole_file(path) as scratch, _LateErrors(scratch) as file:
        for place, projection in enumerate(forecast.one_by_one()):
            part = _predictions(projection, tree, beliefs_sentence(forecast.run.record))
            if place:
                _append(part, place, file)
            else:
                whole = labelled(tree)
                whole[PREDICTIONS] = xr.DataTree(part)
                encoding = {f"/{PREDICTIONS}": _packed(part)}
                growing = {f"/{PREDICTIONS}": ["scenario"]}
                whole.to_netcdf(file, engine="h5netcdf", encoding=encoding, unlimited_dims=growing)
            file.tell_error()


def write_zarr(forecast: Forecast, path: Path) -> None:
    """Write posterior and paths as a Zarr folder, one scenario in memory at a time; whole or not at all."""
    scratch = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(scratch, ignore_errors=True)
        tree = forecast.run.posterior()
        labelled(tree).to_zarr(scratch, mode="w", zarr_format=2, consolidated=False)
        for place, projection in enumerate(forecast.one_by_one()):
            part = _predictions(projection, tree, beliefs_sentence(forecast.run.record))
            along = "scenario" if place else None
            part.to_zarr(scratch, group=PREDICTIONS, mode="a", append_dim=along, zarr_format=2, consolidated=False)
        shutil.rmtree(path, ignore_errors=True)
        scratch.rename(path)
    except OSError as error:
        raise unwritable(path.parent, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _predictions(projection: Projection, tree: xr.DataTree, beliefs: str) -> xr.Dataset:
    """Return the paths of a scenario, dims as in `DIMS`, without the imputation where there is one.

    `beliefs` says whose they are, where a reader's are in them.
    """
    paths, chains = projection.paths.to_dataset(), tree["posterior"].sizes["chain"]
    draws = paths.sizes["draw"] // chains
    values = {
        name: (
            ("chain", "draw", "scenario", "series", "week"),
            paths[name].to_numpy().reshape(chains, draws, 1, *paths[name].shape[1:]),
            paths[name].attrs,
        )
        for name in ("count", "attacks", "active")
    }
    coords = {
        "chain": np.arange(chains),
        "draw": np.arange(draws),
        "scenario": np.array([projection.scenario_id], dtype=f"<U{LONGEST_ID}"),
        "series": paths["series"],
        "week": paths["week"],
        "horizon": paths["horizon"],
    }
    coords["imputation"] = ("chain", tree["posterior"]["imputation"].to_numpy())
    attrs = paths.attrs | ({"beliefs": beliefs} if beliefs else {})
    return unstacked(xr.Dataset(values, coords=coords, attrs=attrs), imputations_of(tree))


def _packed(part: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Return how the paths of a scenario lie in NetCDF: a piece for each chain and series, compressed."""
    dims = [name for name in DIMS if name in part.dims]
    pieces = tuple(1 if name in {"chain", "imputation", "series"} else part.sizes[name] for name in dims)
    packed = {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": pieces}
    return {str(name): packed for name in part.data_vars}


def _append(part: xr.Dataset, place: int, file: io.FileIO) -> None:
    """Write the paths of one more scenario into a NetCDF file that holds those before it."""
    with h5netcdf.File(file, "r+") as whole:
        group = whole[PREDICTIONS]
        group.resize_dimension("scenario", place + 1)
        group["scenario"][place] = str(part["scenario"].to_numpy()[0])
        for name in part.data_vars:
            values, axis = part[name].to_numpy(), part[name].dims.index("scenario")
            group[name][(slice(None),) * axis + (place,)] = values.take(0, axis=axis).astype(group[name].dtype)


class _LateErrors(io.FileIO):
    """A new file that takes everything that is written and says afterwards what went wrong.

    HDF5 ends the process where a write fails, as on a full disk, and where it reads back other bytes than it wrote:
    what the disk does not take stays in memory until the error is raised, at the latest after one scenario.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")
        self._error: OSError | None = None
        self._kept: list[tuple[int, bytes]] = []  # where, and what the disk did not take, in the order of writing

    def __exit__(self, *raised: object) -> None:
        """Close the file and raise the first error there was."""
        self.close()
        self.tell_error()

    def tell_error(self) -> None:
        """Raise the first error there was."""
        if self._error:
            raise self._error

    def write(self, data: Any) -> int:
        """Write bytes, all of them; after an error, into memory."""
        content, start = memoryview(data).cast("B"), self.tell()
        try:
            done = 0 if self._error is None else len(content)
            while done < len(content):
                done += super().write(content[done:])
        except OSError as error:
            self._error = error
        if self._error:
            self._kept.append((start, bytes(content)))
            self.seek(start + len(content))
        return len(content)

    def readinto(self, buffer: Any) -> int:
        """Read what was written, wherever it is; zeros where nothing was."""
        room, start = memoryview(buffer).cast("B"), self.tell()
        found = super().readinto(room) or 0
        if not self._error:
            return found
        room[found:] = bytes(len(room) - found)
        for place, content in self._kept:
            first, end = max(place, start), min(place + len(content), start + len(room))
            if first < end:
                room[first - start : end - start] = content[first - place : end - place]
        self.seek(start + len(room))
        return len(room)

    def truncate(self, size: int | None = None) -> int:
        """Set the size of the file."""
        try:
            return super().truncate(size)
        except OSError as error:
            self._error = self._error or error
            return size or 0
