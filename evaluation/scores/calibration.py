"""The calibration gate: whether the intervals of past forecasts kept their word, as far as so many can tell.

The invariant: no figure is called wrong that sampling error explains, and none is called kept that could not have been
found wrong. Weeks of one forecast hang together, so the error is that of the number of forecasts (a series from one
origin), not of weeks: Jeffreys' interval of a binomial share, and Kolmogorov's law for the PIT. The expected coverage
of counts varies less than a binomial share, so the gate errs on the side of keeping.
"""

from pathlib import Path

import numpy as np
from scipy.stats import beta, kstwo

from lull.data.files import whole_file
from lull.evaluation.record import REGIMES, Record
from lull.model.runs.store import Store
from lull.scenarios.results.calibration_status import FOLDER, KEPT, TOO_FEW, Figure, name_of, write_figures

SURE = 0.95
NOMINAL = {"coverage_50": 0.5, "coverage_90": 0.9}
AIM = {"coverage_50": 0.03, "coverage_90": 0.02, "pit": 0.03}  # off the level by less is as good as kept
TELLING = 0.1  # half the interval of a 90 % coverage: a wider one can not tell 90 % from 80 %


def calibration(record: Record, model: str) -> tuple[Figure, ...]:
    """Return the figures of a model in a backtest: both coverages and the PIT, those that were scored."""
    few = interval(0.9, record.cells)[0] < NOMINAL["coverage_90"] - TELLING
    figures = []
    for name, nominal in NOMINAL.items():
        line = record.line(model, name)
        if line is not None:
            low, high = interval(line.mean, record.cells)
            verdict = TOO_FEW if few else _covered(line.mean, nominal, low, high, aim=AIM[name])
            figures.append(Figure(name, nominal, line.mean, low, high, record.cells, record.series, verdict))
    if shares := record.pit.get(model):
        away, bound = pit_distance(shares), float(kstwo.ppf(SURE, record.cells))
        bent = KEPT if abs(away) <= bound + AIM["pit"] else ("too high" if away > 0 else "too low")
        verdict = TOO_FEW if few else bent
        figures.append(Figure("pit", 0.0, abs(away), 0.0, bound, record.cells, record.series, verdict))
    return tuple(figures)


def interval(share: float, forecasts: int) -> tuple[float, float]:
    """Return the 95 % interval (Jeffreys) of a share of so many forecasts."""
    tails = np.array([(1 - SURE) / 2, (1 + SURE) / 2])
    held = share * forecasts
    low, high = beta.ppf(tails, held + 0.5, forecasts - held + 0.5)
    return float(low), float(high)


def pit_distance(shares: list[float]) -> float:
    """Return the largest distance of a PIT histogram from the uniform; above 0 where what came lay below forecasts."""
    away = np.cumsum(shares) - np.arange(1, len(shares) + 1) / len(shares)
    return float(away[np.argmax(np.abs(away))])


def keep_calibration(record: Record, store: Store) -> Path | None:
    """Keep the figures of what projections are made of beside the runs of the same data; None if it was not scored."""
    if REGIMES not in record.models:
        return None
    path = store.folder / FOLDER / name_of(record.made_from)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as scratch:
        write_figures(calibration(record, REGIMES), scratch)
    return path


def _covered(held: float, nominal: float, low: float, high: float, *, aim: float) -> str:
    if low <= nominal + aim and high >= nominal - aim:
        return KEPT
    return "too narrow" if held < nominal else "too wide"
