"""The priors of the sampler benchmark as plain arrays, read from `Priors`: the same numbers for every rival."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lull.model.fitting.panel import Panel
from lull.model.parameters import SERIES_PARAMETERS, series_priors
from lull.model.spec import Priors

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Beliefs:
    """Means and sds of parameters, (parameter, series) and (parameter, 1), and of effects (mechanism, covariate)."""

    mean: Array
    sd: Array
    push_mean: Array
    push_sd: Array


def beliefs(panel: Panel, priors: Priors) -> Beliefs:
    """Return the beliefs about one panel."""
    by_parameter = series_priors(priors)
    mean = np.array([np.full(len(panel.series), belief.mean) for belief in by_parameter])
    mean[SERIES_PARAMETERS.index("log_concentration")] = panel.log_concentration_mean
    tables = (priors.intensity_effect, priors.halt_effect, priors.resumption_effect)
    push = [[table[name] for name in panel.covariates] for table in tables]
    return Beliefs(
        mean,
        np.array([[belief.sd] for belief in by_parameter]),
        np.array([[belief.mean for belief in row] for row in push]),
        np.array([[belief.sd for belief in row] for row in push]),
    )
