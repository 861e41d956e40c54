"""One file of events serves many series: a fit of one has its own, and a fit of several those of each."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from lull.data.event_kinds import STATES
from lull.data.evidence import Evidence, read_evidence
from lull.data.schema import InputError
from lull.model.fitting.covariates import Covariates, with_own
from lull.model.fitting.fit import covariates_of

EVENTS = """event_id,date,end_date,kind,type,actor,series,end,coded
a,2024-01-08,2024-02-04,ceasefire,written,A and B,north,ran_out,
b,2024-01-08,,strike,,C,,,
c,2024-01-08,,leader_removed,killed,C,south,,2024-02-05
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    weeks = ("2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22", "2024-01-29", "2024-02-05")
    rows = [f"{name},{week},1" for name in ("north", "south") for week in weeks]
    (tmp_path / "counts.csv").write_text("series,week_start,count\n" + "\n".join(rows) + "\n", "utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, "utf-8")
    return tmp_path


def drivers(folder: Path, *series: str, as_of: date | None = None) -> Covariates:
    evidence = Evidence(counts=folder / "counts.csv", events=folder / "events.csv", series=series, as_of=as_of)
    known = read_evidence(evidence)
    assert known.counts is not None
    return covariates_of(known, known.counts)


def total(covariates: Covariates, name: str) -> float:
    return float(covariates.array.sel(covariate=name).sum()) if name in covariates.names else 0.0


def test_each_series_has_its_own_events_and_those_of_all(folder: Path) -> None:
    north, south = drivers(folder, "north"), drivers(folder, "south")
    assert [total(north, name) for name in ("ceasefire", "ceasefire_ran_out", "leader_removed")] == [4.0, 1.0, 0.0]
    assert [total(south, name) for name in ("ceasefire", "ceasefire_ran_out", "leader_removed")] == [0.0, 0.0, 0.6]
    assert total(north, "deterrence") == total(south, "deterrence") == 0.6


def test_an_event_that_was_coded_later_is_not_known_before(folder: Path) -> None:
    assert total(drivers(folder, "south", as_of=date(2024, 2, 4)), "leader_removed") == 0.0


def test_a_fit_of_several_series_has_the_covariates_of_each(folder: Path) -> None:
    """Each row is that of the series alone, with the drivers of the others at 0."""
    both = drivers(folder)
    assert both.array.dims == ("series", "covariate", "week")
    assert both.array["series"].to_numpy().tolist() == ["north", "south"]
    for name in ("north", "south"):
        alone, own = drivers(folder, name), both.array.sel(series=name)
        for driver in both.names:
            expected = alone.array.sel(covariate=driver) if driver in alone.names else np.zeros(own.sizes["week"])
            np.testing.assert_array_equal(own.sel(covariate=driver), expected)
    assert both.carried == tuple(name not in STATES for name in both.names)


def test_events_of_all_series_alone_are_one_table(folder: Path) -> None:
    (folder / "events.csv").write_text(EVENTS.replace("north", "").replace("south", ""), "utf-8")
    assert drivers(folder).array.dims == ("covariate", "week")


def test_what_pushes_one_series_is_seen_and_cut_by_series(folder: Path) -> None:
    both, (first, last) = drivers(folder), (np.datetime64("2024-01-01"), np.datetime64("2024-02-05"))
    seen = both.seen(first, last)
    assert set(seen.names) == {"deterrence", "ceasefire", "leader_removed", "ceasefire_ran_out"}
    assert seen.slice(first, last).shape == (2, 4, 6)


def test_own_columns_stand_in_each_row(folder: Path) -> None:
    both, first = drivers(folder), np.datetime64("2024-01-01")
    weeks = both.array["week"].to_numpy()[:6]
    own = xr.DataArray(np.arange(6.0)[None], {"covariate": ["fuel"], "week": weeks}, ("covariate", "week"))
    fuel = with_own(both, own, first).array.sel(covariate="fuel")
    assert fuel.dims == ("series", "week")
    np.testing.assert_array_equal(fuel[0], fuel[1])
    assert float(fuel[0, 5]) == float(fuel[0, -1]) > 0


def test_an_event_of_a_series_that_is_not_there_is_refused(folder: Path) -> None:
    (folder / "events.csv").write_text(EVENTS.replace("north", "nroth"), "utf-8")
    with pytest.raises(InputError, match=r"events.csv, event a: .* found 'nroth'. Did you mean 'north'"):
        drivers(folder, "south")
