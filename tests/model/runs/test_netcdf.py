"""The file of a posterior tree: what xarray would write with h5netcdf, object by object."""

import io
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
import xarray as xr

from lull.model.runs.netcdf import netcdf_bytes

WEEKS = np.arange("2024-01-01", "2024-01-22", 7, dtype="datetime64[D]").astype("datetime64[ns]")


def tree_of_many_kinds() -> xr.DataTree:
    """Numbers, truths, texts and days; a dimension without a coordinate; one without an element; attributes."""
    level = xr.DataArray(np.arange(12.0).reshape(2, 3, 2), dims=("chain", "week", "mode"), attrs={"units": "attacks"})
    drawn = xr.Dataset(
        {"level": level, "sure": (("chain", "week"), np.ones((2, 3), dtype=bool)), "leak": ((), 0.5)},
        coords={"chain": [0, 1], "week": WEEKS, "front": ("chain", ["north", "süd"])},
        attrs={"library": "Lull", "chains": 2, "dims": ["chain", "week"]},
    )
    count = np.array([[1.0, np.nan, 3.0]])
    nothing = xr.DataArray(np.zeros((0, 3)), dims=("covariate", "week"))
    seen = xr.Dataset(
        {"count": (("series", "week"), count.astype(np.float32)), "impulses": nothing},
        coords={"series": ["a"], "week": WEEKS, "covariate": np.array([], dtype=str)},
    )
    return xr.DataTree.from_dict({"posterior": drawn, "observed_data": seen})


def described(file: bytes) -> dict[str, tuple[dict[str, Any], Any]]:
    """Return every group and array of an HDF5 file: its attributes, and its type, shape and values."""
    found = {}
    with h5py.File(io.BytesIO(file)) as root:

        def attributes(item: h5py.Group | h5py.Dataset) -> Iterator[tuple[str, Any]]:
            for name in item.attrs:
                kind = item.attrs.get_id(name)
                if name == "REFERENCE_LIST":
                    yield name, sorted((root[reference].name, int(at)) for reference, at in item.attrs[name])
                elif name == "DIMENSION_LIST":
                    yield name, [[root[reference].name for reference in each] for each in item.attrs[name]]
                elif name != "_NCProperties":  # which library wrote the file
                    yield name, (kind.dtype, kind.shape, repr(item.attrs[name]))

        def add(name: str, item: h5py.Group | h5py.Dataset) -> None:
            values = None
            if isinstance(item, h5py.Dataset):
                values = (item.shape, item.maxshape, item.dtype, repr(item.fillvalue), repr(item[()]))
            found[name] = dict(attributes(item)), values

        add("/", root)
        root.visititems(add)
    return found


def test_the_file_has_every_object_and_attribute_that_xarray_writes() -> None:
    tree = tree_of_many_kinds()
    ours, theirs = described(netcdf_bytes(tree)), described(bytes(tree.to_netcdf(engine="h5netcdf")))
    ours["observed_data/impulses"][0].pop("_Netcdf4Dimid")  # which h5netcdf leaves out where there is no element
    assert ours == theirs
    assert {"posterior/level", "posterior/mode", "observed_data/impulses"} < set(ours)


def test_what_was_written_is_read_back_and_the_same_tree_is_the_same_bytes() -> None:
    tree = tree_of_many_kinds()
    file = netcdf_bytes(tree)
    with xr.open_datatree(io.BytesIO(file), engine="h5netcdf") as read:
        xr.testing.assert_identical(read.load(), tree)
    assert netcdf_bytes(tree) == file
