"""Plans of small synthetic counts, and fits that only write a run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster

from lull.data.calendar import WEEK
from lull.data.synthetic import Truth, simulate_counts

FIRST = np.datetime64("2022-01-03")
WEEKS = 56
SERIES = ("Aurochs", "Bison", "Camel", "Dingo")
ORIGINS = ("2022-12-26", "2023-01-16")

PLAN = """\
[data]
counts = "weekly.csv"
series = {series}

[fit]
mode = "separate"
draws = 60
tune = 60

[origins]
dates = {origins}

[run]
horizon = 6
scenarios = ["baseline", "{scenario}"]
seed = 3

[output]
dir = "{out}"
"""
WhichPlan = Callable[..., Path]


@pytest.fixture
def weekly(tmp_path: Path) -> Path:
    """A file of the weekly counts of four synthetic series."""
    rng = np.random.default_rng(5)
    counts, _ = simulate_counts({name: Truth() for name in SERIES}, np.zeros((0, WEEKS)), first_week=FIRST, rng=rng)
    rows = [
        f"{name},{FIRST + WEEK * week},{int(count)}"
        for name in SERIES
        for week, count in enumerate(counts.array.sel(series=name).to_numpy()[0])
    ]
    path = tmp_path / "weekly.csv"
    path.write_text("\n".join(["series,week_start,count", *rows, ""]))
    return path


@pytest.fixture
def write_plan(weekly: Path) -> WhichPlan:
    """A function that writes a plan next to the counts: write_plan(series=[...], origins=[...], out="...")."""

    def write(
        *,
        name: str = "plan.toml",
        series: tuple[str, ...] = SERIES,
        origins: tuple[str, ...] = ORIGINS,
        scenario: str = "resumption-forced",
        out: str = "out",
        change: Callable[[str], str] = str,
    ) -> Path:
        (weekly.parent / f"{scenario}.toml").write_text(SCENARIO.format(scenario=scenario))
        text = PLAN.format(series=list(series), origins=list(origins), scenario=f"{scenario}.toml", out=out).replace(
            "'", '"'
        )
        path = weekly.with_name(name)
        path.write_text(change(text))
        return path

    return write


SCENARIO = """\
id = "{scenario}"
title = "They resume"
assumptions = "All are active for three weeks."

[[interventions]]
kind = "regime"
regime = "active"
start = "2023-02-01"
until = "2023-02-20"
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of a cluster of one thread in this process."""
    with (
        LocalCluster(1, processes=False, threads_per_worker=1, dashboard_address=":0", protocol="inproc") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client
