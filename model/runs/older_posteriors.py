"""Posteriors that an older Lull stored, completed with what has been added since: nothing is sampled again."""

import numpy as np
import xarray as xr

from lull.model.fitting.panel import last_attack
from lull.model.forward.past_weeks import past_weeks
from lull.model.parameters import GIVEN
from lull.model.spec import Priors


def completed(tree: xr.DataTree) -> xr.DataTree:
    """Return a tree with the quantities of a return from a pause: those given for all actors, and the last level."""
    posterior = tree["posterior"].to_dataset()
    if "last_level" in posterior:
        return tree
    shape, priors = (posterior.sizes["chain"], posterior.sizes["draw"]), Priors()
    for name in GIVEN:
        posterior[name] = (("chain", "draw"), np.full(shape, getattr(priors, name)))
    sigma, mode = posterior["sigma"].to_numpy(), posterior["level_mode"].to_numpy()
    last = np.empty(sigma.shape)
    for chain, imputation in enumerate(posterior["imputation"].to_numpy()):
        past = past_weeks(tree, int(imputation))
        there = past.basis[np.arange(len(past.basis)), last_attack(past.settled)]
        last[chain] = sigma[chain] * np.einsum("dsm,sm->ds", mode[chain], there)
    posterior["last_level"] = (("chain", "draw", "series"), last)
    whole = tree.copy()
    whole["posterior"] = xr.DataTree(posterior)
    return whole
