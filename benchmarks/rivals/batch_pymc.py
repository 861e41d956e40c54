"""One separate fit as a PyMC user would do it, in a process of its own: prints the seconds from start to draws.

`python benchmarks/rivals/batch_pymc.py COUNTS SERIES ORIGIN DRAWS TUNE CHAINS`. The same priors, level basis and
number of draws as Lull's fit; the regimes are summed out by a `scan`; PyMC's own NUTS, chains one after another.
"""

import sys
import time

BEGUN = time.perf_counter()

from datetime import date  # noqa: E402 - the clock runs from before the imports
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import pymc as pm  # noqa: E402
import pytensor.tensor as pt  # noqa: E402
from rivals.sampler_priors import beliefs  # noqa: E402
from rivals.sampler_pymc import _emissions, _log_likelihood  # noqa: E402

from lull.data.evidence import Evidence, read_evidence  # noqa: E402
from lull.model.fitting.covariates import from_events  # noqa: E402
from lull.model.fitting.panel import Panel, make_panel  # noqa: E402
from lull.model.parameters import SERIES_PARAMETERS  # noqa: E402
from lull.model.spec import ModelSpec, Priors  # noqa: E402

PRIORS = Priors()


def panel_of(counts: Path, series: str, origin: str) -> Panel:
    """Return the panel of one series, without padding and without covariates."""
    known = read_evidence(Evidence(counts=counts, series=(series,), origin=date.fromisoformat(origin)))
    assert known.counts is not None
    array = known.counts
    covariates = from_events((), array.weeks[0], array.origin).seen(array.weeks[0], array.origin)
    return make_panel(array.array.isel(imputation=0), covariates, spec=ModelSpec(), priors=PRIORS)


def user_model(panel: Panel) -> pm.Model:
    """Return the model of one series by itself."""
    with pm.Model() as graph:
        believed = beliefs(panel, PRIORS)
        value = believed.mean + believed.sd * pm.Normal("offset", shape=believed.mean.shape)
        parameter = {name: value[row] for row, name in enumerate(SERIES_PARAMETERS)}
        intercept = pm.Normal("intercept", panel.intercept_mean, PRIORS.intercept_sd, shape=1)
        mode = pm.Normal("level_mode", shape=(1, panel.basis.shape[2]))
        log_leak = pm.Normal("log_leak", PRIORS.log_leak.mean, PRIORS.log_leak.sd)
        initial = pm.Normal("initial_logit", PRIORS.initial_logit.mean, PRIORS.initial_logit.sd, shape=1)
        level = pt.exp(parameter["log_sigma"])[:, None] * (panel.basis * mode[:, None, :]).sum(axis=-1)
        log_intensity = intercept[:, None] + level
        slope, aging = (pt.exp(parameter[name])[:, None] for name in ("log_halt_level", "log_resumption_aging"))
        halt = parameter["halt_intercept"][:, None] - slope * log_intensity[:, :-1]
        resumption = parameter["resumption_intercept"][:, None] - aging * np.log1p(panel.silence[:, :-1])
        active, halted = _emissions(panel.count, log_intensity, parameter["log_concentration"], log_leak)
        pm.Potential("count", _log_likelihood(active, halted, halt, resumption, initial).sum())
    return graph


def main() -> None:
    """Fit, and print how long it took."""
    counts, series, origin, draws, tune, chains = sys.argv[1:]
    with user_model(panel_of(Path(counts), series, origin)):
        pm.sample(
            draws=int(draws),
            tune=int(tune),
            chains=int(chains),
            cores=1,
            nuts_sampler="pymc",
            random_seed=1,
            progressbar=False,
            compute_convergence_checks=False,
        )
    print(time.perf_counter() - BEGUN)


if __name__ == "__main__":
    main()
