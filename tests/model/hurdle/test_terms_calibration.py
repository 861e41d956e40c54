"""Simulation-based calibration of the hurdle model's terms and effects (Talts et al. 2018).

True values are drawn from the priors, records are simulated from the equations, and each true value is ranked among the
draws of the Laplace approximation: if that is right, ranks are uniform. The regime model has the same in
`tests/model/test_calibration.py`; recent rates have nothing that a prior says.
"""

import numpy as np
import pytest
from scipy import stats

from lull.model.hurdle.benchmark import shipped
from lull.model.hurdle.series_terms import draw_terms
from tests.model.hurdle.test_series_terms import drivers, flat, simulated

RECORDS, WEEKS, DRAWS, BINS = 400, 156, 499, 10
MEAN = np.zeros((2, 3))
SD = np.array([[0.5, 0.7, 0.7], [0.5, 0.7, 0.7]])  # of effects that no record teaches
NAMES = ("a", "b", "d", *(f"{name} of driver {row}" for name in ("intensity", "halt", "resumption") for row in (1, 2)))


def ranks() -> np.ndarray:
    """The share of draws below each true value, (record, parameter)."""
    rng, found = np.random.default_rng(18), []
    prior, sd = np.array([0.0, 1.0, 0.0]), np.array(shipped().between)
    for seed in range(RECORDS):
        covariate = drivers(WEEKS, seed)
        terms, effects = rng.normal(prior, sd), rng.normal(MEAN, SD)
        record = simulated(tuple(terms), effects, covariate, seed)
        draws = flat(draw_terms(record[None, None], covariate, MEAN, SD, benchmark=shipped(), draws=DRAWS, seed=seed))
        found.append((draws < np.array([*terms, *effects.T.ravel()])).mean(axis=0))
    return np.array(found)


@pytest.mark.slow
def test_true_terms_and_effects_have_uniform_ranks() -> None:
    found = ranks()
    counted = np.stack([np.histogram(found[:, place], BINS, (0.0, 1.0 + 1e-9))[0] for place in range(len(NAMES))])
    p = dict(zip(NAMES, stats.chisquare(counted, axis=1).pvalue, strict=True))
    held = dict(zip(NAMES, ((found > 0.05) & (found < 0.95)).mean(axis=0), strict=True))
    assert min(p.values()) > 0.001 / len(NAMES), (p, held)
    assert stats.kstest(list(p.values()), "uniform").pvalue > 0.001, p
