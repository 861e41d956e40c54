"""Weekly counts of a few made-up series, as a file, and a forecaster that fits nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.calendar import WEEK
from data.evidence import Evidence
from evaluation import forecasters
from evaluation.forecasters import Entrant, Forecast, Seen, Setting
from evaluation.predictive import Predictive

FIRST = np.datetime64("2020-01-06")
type WriteCounts = Callable[[dict[str, np.ndarray]], Evidence]


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

    def __call__(self, seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> Forecast:
        series = seen.counts.series[0]
        self.asked.append((entrant.name, series))
        if series in self.broken:
            raise RuntimeError("a flaw that stays")
        rng = np.random.default_rng(seed)
        return Forecast(Predictive(rng.poisson(np.nanmean(seen.history), (200, setting.horizon))))


@pytest.fixture
def stub_model(monkeypatch: pytest.MonkeyPatch) -> StubModel:
    """What stands in for the fitted model."""
    model = StubModel()
    monkeypatch.setitem(forecasters.KINDS, "model", model)
    return model
