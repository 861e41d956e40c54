"""The posterior and the paths of every scenario as one labelled tree: NetCDF, or Zarr written scenario by scenario.

The group `predictions` has dims (chain, draw, scenario, series, week): a place along chain and draw is the same draw
of the posterior, with the same luck, under every scenario.
"""

import shutil
from pathlib import Path

import numpy as np
import xarray as xr

from scenarios.forecast import Forecast
from scenarios.outputs import unwritable, whole_file
from scenarios.project import Projection

PREDICTIONS = "predictions"
LONGEST_ID = 80  # characters of a scenario's id


def write_netcdf(forecast: Forecast, path: Path) -> None:
    """Write posterior and paths as one NetCDF file, whole or not at all."""
    tree = forecast.run.posterior()
    parts = [_predictions(one, tree["posterior"].sizes["chain"]) for one in forecast.projections]
    tree[PREDICTIONS] = xr.DataTree(xr.concat(parts, dim="scenario", combine_attrs="override"))
    content = bytes(tree.to_netcdf(engine="h5netcdf"))  # in memory first: HDF5 crashes where a disk is full
    with whole_file(path) as scratch:
        scratch.write_bytes(content)


def write_zarr(forecast: Forecast, path: Path) -> None:
    """Write posterior and paths as a Zarr folder, one scenario in memory at a time; whole or not at all."""
    scratch = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(scratch, ignore_errors=True)
        tree = forecast.run.posterior()
        tree.to_zarr(scratch, mode="w", zarr_format=2, consolidated=False)
        for place, projection in enumerate(forecast.projections):
            part = _predictions(projection, tree["posterior"].sizes["chain"])
            along = "scenario" if place else None
            part.to_zarr(scratch, group=PREDICTIONS, mode="a", append_dim=along, zarr_format=2, consolidated=False)
        shutil.rmtree(path, ignore_errors=True)
        scratch.rename(path)
    except OSError as error:
        raise unwritable(path.parent, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _predictions(projection: Projection, chains: int) -> xr.Dataset:
    """Return the paths of a scenario, dims (chain, draw, scenario, series, week)."""
    paths = projection.paths.to_dataset()
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
    return xr.Dataset(values, coords=coords, attrs=paths.attrs)
