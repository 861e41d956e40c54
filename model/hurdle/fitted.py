"""The hurdle model fitted beside the regime model: a group `hurdle` of the posterior tree, one row for each draw.

Draw d of the regime model and draw d of the hurdle model are of the same imputation; otherwise they are independent.
"""

from dataclasses import asdict, fields

import numpy as np
import xarray as xr

from lull.data.arrays import Array
from lull.model.fitting.covariates import carry_over
from lull.model.fitting.panel import SETTLED
from lull.model.hurdle.benchmark import in_use
from lull.model.hurdle.series_terms import SeriesTerms, draw_terms, move_terms
from lull.model.parameters import EFFECTS, effect_moments
from lull.model.spec import Priors

GROUP = "hurdle"
TERMS = tuple(each.name for each in fields(SeriesTerms) if each.name not in EFFECTS)
SPAWN_KEY = 211


def with_hurdle(tree: xr.DataTree, priors: Priors, *, seed: int) -> xr.DataTree:
    """Return a posterior tree with the hurdle model fitted to the same counts, under the same beliefs."""
    posterior = tree["posterior"].to_dataset()
    shape = posterior.sizes["chain"], posterior.sizes["draw"]
    dims = {"series": ("chain", "draw", "series"), "covariate": ("chain", "draw", "covariate")}
    group = xr.Dataset(coords={name: posterior[name] for name in ("chain", "draw", "series", "covariate")})
    for name, values in asdict(_terms(tree, priors, seed=seed)).items():
        along = dims["covariate" if name in EFFECTS else "series"]
        group[name] = (along, values.reshape(*shape, values.shape[-1]))
    whole = tree.copy()
    whole[GROUP] = xr.DataTree(group.assign_coords(imputation=("chain", posterior["imputation"].to_numpy())))
    return whole


def with_other_beliefs(tree: xr.DataTree, old: Priors, new: Priors) -> xr.Dataset:
    """Return the group of the hurdle model in a tree, fitted under old beliefs about drivers, under new ones.

    The mode is found again and each draw keeps its deviation from it, in units of the curvature there.
    """
    group = tree[GROUP].to_dataset()
    names = [each.name for each in fields(SeriesTerms)]
    flat = {name: group[name].to_numpy().reshape(-1, group[name].shape[-1]) for name in names}
    beliefs = _beliefs(tree, old), _beliefs(tree, new)
    moved = move_terms(counts_of(tree), carried_over(tree), SeriesTerms(**flat), *beliefs, benchmark=in_use())
    return group.copy(data={n: getattr(moved, n).reshape(group[n].shape) for n in names})


def _beliefs(tree: xr.DataTree, priors: Priors) -> tuple[Array, Array]:
    """Return mean and sd of what is believed of the effects, each (covariate, 3)."""
    names = [str(name) for name in tree["posterior"]["covariate"].to_numpy()]
    mean, sd = effect_moments(priors, names)
    return np.ascontiguousarray(mean.T), np.ascontiguousarray(sd.T)


def _terms(tree: xr.DataTree, priors: Priors, *, seed: int) -> SeriesTerms:
    """Return draws of the terms, in the order of the tree's draws with the chains laid end to end."""
    posterior = tree["posterior"].to_dataset()
    return draw_terms(
        counts_of(tree),
        carried_over(tree),
        *_beliefs(tree, priors),
        benchmark=in_use(),
        draws=posterior.sizes["chain"] * posterior.sizes["draw"],
        seed=np.random.SeedSequence(seed, spawn_key=(SPAWN_KEY,)),
    )


def carried_over(tree: xr.DataTree) -> Array:
    """Return the covariates of past weeks, carried over with the median half-lives, (covariate, week)."""
    constant = tree["constant_data"].to_dataset()
    half_life = tree["posterior"]["half_life"].to_numpy()
    median = np.median(half_life.reshape(-1, half_life.shape[-1]), axis=0)
    return carry_over(constant["schedule"].to_numpy()[:, : constant.sizes["week"]], median[None])[0]


def counts_of(tree: xr.DataTree) -> Array:
    """Return the counts that the hurdle model reads, (imputation, series, week), NaN where missing or reported late."""
    count = tree["observed_data"].to_dataset()["count"]
    if "completeness" in count.coords:
        count = count.where(count["completeness"] >= SETTLED)
    return np.ascontiguousarray(count.transpose("imputation", "series", "week").to_numpy(), dtype=float)
