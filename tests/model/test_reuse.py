"""A process that has fitted before changes nothing: the draws are those of a series fitted alone."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from lull.data.calendar import WEEK
from lull.data.evidence import Evidence
from lull.model.fitting.fit import FitPlan, find_or_fit
from lull.model.runs.store import Store, content_id
from lull.model.spec import ModelSpec, SamplerConfig

SHORT = SamplerConfig(chains=2, tune=20, draws=20, thin=1, imputations=1)
FIRST = np.datetime64("2023-01-02")


@pytest.fixture
def weekly(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    counts = {"busy": rng.poisson(9.0, 30), "quiet": rng.poisson(0.5, 30), "late": rng.poisson(3.0, 20)}
    rows = [
        f"{name},{FIRST + WEEK * (30 - len(column) + week)},{count}"
        for name, column in counts.items()
        for week, count in enumerate(column)
    ]
    path = tmp_path / "weekly.csv"
    path.write_text("\n".join(["series,week_start,count", *rows, ""]))
    return path


def plan(weekly: Path, *series: str) -> FitPlan:
    evidence = Evidence(counts=weekly, series=series)
    return FitPlan(evidence, spec=ModelSpec(pooling="separate"), config=SHORT)


def quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody about progress."""


@pytest.mark.integration
def test_a_series_has_the_same_draws_alone_and_after_another(weekly: Path, tmp_path: Path) -> None:
    alone, after = Store(tmp_path / "alone"), Store(tmp_path / "after")
    first = find_or_fit(plan(weekly, "quiet"), alone, progress=quiet)
    find_or_fit(plan(weekly, "busy"), after, progress=quiet)
    again = find_or_fit(plan(weekly, "quiet"), after, progress=quiet)
    assert first.run_id == again.run_id
    assert first.posterior()["posterior"].to_dataset().identical(again.posterior()["posterior"].to_dataset())


def test_the_id_of_named_series_is_that_of_their_own_counts(weekly: Path) -> None:
    before = content_id(plan(weekly, "busy").identity()), content_id(plan(weekly, "late").identity())
    weekly.write_text(weekly.read_text().replace("busy,2023-01-02,", "busy,2023-01-02,1"))
    after = content_id(plan(weekly, "busy").identity()), content_id(plan(weekly, "late").identity())
    assert (before[0] != after[0], before[1]) == (True, after[1])


@pytest.mark.integration
def test_a_named_series_begins_with_its_first_count(weekly: Path, tmp_path: Path) -> None:
    run = find_or_fit(plan(weekly, "late"), Store(tmp_path / "store"), progress=quiet)
    assert run.posterior()["observed_data"].sizes["week"] == 20
    assert run.record["plan"]["evidence"]["series"] == ["late"]
    assert run.record["seconds"] > 0


@pytest.mark.integration
def test_what_this_process_made_is_what_another_reads(weekly: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    made = find_or_fit(plan(weekly, "quiet"), store, progress=quiet)
    stored = store.find(made.run_id)
    assert stored == made
    assert stored.made is None
    assert stored.posterior().identical(made.posterior())
    made.posterior()["posterior"] = xr.DataTree()  # a reader's own tree, whatever becomes of it
    assert stored.posterior().identical(made.posterior())
