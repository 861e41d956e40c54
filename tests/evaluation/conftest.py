"""Weekly counts of a few made-up series, as a file, and a forecaster that fits nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lull.data.calendar import WEEK
from lull.data.evidence import Evidence
from lull.evaluation.forecasters import participants
from lull.evaluation.forecasters.participants import Entrant, Forecast, Seen, Setting
from lull.evaluation.record import LULL, Fits, Paired, Record, Summarised
from lull.evaluation.scores.predictive import Predictive

FIRST = np.datetime64("2020-01-06")
type WriteCounts = Callable[..., Evidence]


@pytest.fixture
def write_counts(tmp_path: Path) -> WriteCounts:
    """A function that writes counts by series and returns the evidence."""

    def write(counts: dict[str, np.ndarray], name: str = "weekly.csv") -> Evidence:
        rows = [
            f"{series},{FIRST + WEEK * week},{'' if np.isnan(count) else int(count)}"
            for series, values in counts.items()
            for week, count in enumerate(values)
        ]
        path = tmp_path / name
        path.write_text("\n".join(["series,week_start,count", *rows, ""]))
        return Evidence(counts=path)

    return write


class StubModel:
    """A model that says Poisson counts around the mean, and remembers whom it was asked about."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.broken: set[str] = set()

    def __call__(self, seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> dict[str, Forecast]:
        series = seen.counts.series[0]
        self.asked.append((entrant.name, series))
        if series in self.broken:
            raise RuntimeError("a flaw that stays")
        rng = np.random.default_rng(seed)
        made = Predictive(rng.poisson(np.nanmean(seen.history), (200, setting.horizon)))
        return {entrant.name: Forecast(made)}


@pytest.fixture
def stub_model(monkeypatch: pytest.MonkeyPatch) -> StubModel:
    """What stands in for the fitted model."""
    model = StubModel()
    for kind in ("model", LULL):
        monkeypatch.setitem(participants.KINDS, kind, model)
    return model


def small_record(**changes: Any) -> Record:
    """Return a record of a backtest that was never run: better at one question, calibrated, converged."""
    lines = [
        Summarised("lull", "crps", 0.8, 0.2, 0.1, 0.3, 96),
        Summarised("climatology_52", "crps", 1.0, 0.0, 0.0, 0.0, 96),
        Summarised("all_zero", "crps", 2.0, -1.0, -1.5, -0.5, 96),
        Summarised("lull", "coverage_90", 0.91, None, None, None, 96),
        Summarised("lull", "coverage_50", 0.52, None, None, None, 96),
    ]
    content: dict[str, Any] = {
        "backtest_id": "abcd",
        "made_from": {},
        "name": "weekly.csv",
        "made_on": "2026-01-05",
        "horizon": 12,
        "history": None,
        "refit": None,
        "learn": 104,
        "seed": 1,
        "cells": 8,
        "series": 6,
        "clusters": 6,
        "silent": 3,
        "first_origin": "2019-01-07",
        "last_origin": "2022-01-03",
        "origins": 4,
        "fewer": 0,
        "unknown": 0,
        "excluded": {"no attack on record": 1},
        "models": ("lull",),
        "baselines": ("climatology_52", "all_zero"),
        "absent": (),
        "failed": (),
        "fits": (Fits("lull", 6, 2, (), 1.02),),
        "summary": tuple(lines),
        "paired": (Paired("lull", "crps", "climatology_52", -0.2, 0.004, 6),),
        "weights": {"climatology_52": 0.301, "all_zero": 0.699},
        "pit": {"lull": [0.1] * 10},
        "coverage": {"lull": {"50": [0.5] * 12, "90": [0.9] * 12}},
    }
    return Record(**content | changes)
