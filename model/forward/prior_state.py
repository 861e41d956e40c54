"""The state at the origin when nothing has been observed: draws of the priors, for trying scenarios without a fit.

The benchmark of what-ifs and the tests stand on it; a forecast never does.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lull.data.arrays import Array, by_series
from lull.data.event_kinds import STATES
from lull.model.fitting.covariates import Covariates, carry_over
from lull.model.forward.state import OriginState
from lull.model.hurdle.benchmark import shipped
from lull.model.hurdle.worlds import HurdleState, divided, remembered
from lull.model.parameters import EFFECTS, GIVEN, effect_priors
from lull.model.recent.rates import RecentRates, recent_rates
from lull.model.spec import Normal, Priors

COVARIATES = ("deterrence", "pressure", "mobilisation", "ceasefire", "declared_halt")
ALL_OF_THE_LIBRARY = (*COVARIATES, "agreement")  # that its scenarios move
IN_FORCE = ("ceasefire", "declared_halt")
ORIGIN = np.datetime64("2024-12-23")
LONGEST_SILENCE = 12  # weeks, at the origin


def prior_state(
    series: Sequence[str],
    *,
    draws: int,
    horizon: int,
    seed: int,
    priors: Priors | None = None,
    covariates: Sequence[str] = COVARIATES,
) -> OriginState:
    """Return a state drawn from the priors: series silent for up to some weeks, a ceasefire for half of the horizon.

    A declared halt holds; of other states that are named as covariates none is in force.
    """
    priors = priors or Priors()
    rng = np.random.default_rng(seed)
    shape = (draws, len(series))

    def normal(prior: Normal, size: tuple[int, ...] = shape) -> Array:
        return rng.normal(prior.mean, prior.sd, size)

    def effects() -> dict[str, Any]:
        beliefs = effect_priors(priors)
        return {
            name: np.stack([normal(beliefs[name][covariate], (draws,)) for covariate in covariates], axis=1)
            for name in EFFECTS
        }

    given: dict[str, Any] = {name: np.full(draws, getattr(priors, name)) for name in GIVEN}
    half_life = np.exp(normal(priors.log_half_life, (draws, len(covariates))))
    half_life[:, [name in STATES for name in covariates]] = np.nan
    carry = np.where(np.isnan(half_life), 1.0, rng.uniform(0.0, 1.5, half_life.shape))
    carry[:, [name in STATES and name not in IN_FORCE for name in covariates]] = 0.0
    intercept, level = rng.normal(1.5, 0.5, shape), rng.normal(0.0, 0.3, shape)
    silent = np.broadcast_to(rng.integers(0, LONGEST_SILENCE, len(series)).astype(float), shape)
    return OriginState(
        intercept=intercept,
        concentration=np.exp(normal(priors.log_concentration_sparse)),
        sigma=np.exp(normal(priors.log_sigma)),
        halt_intercept=normal(priors.halt_intercept),
        halt_level=np.abs(normal(priors.halt_level)),
        resumption_intercept=normal(priors.resumption_intercept),
        resumption_aging=np.abs(normal(priors.resumption_aging)),
        level=level,
        level_residual_sd=np.full(shape, 0.1),
        last_level=level + np.where(silent > 0, rng.normal(0.0, 0.3, shape), 0.0),
        log_intensity=intercept + level,
        p_active=1.0 / (1.0 + silent * rng.uniform(0.0, 1.0, shape)),
        silent_weeks=silent,
        last_count=np.where(silent > 0, 0.0, np.round(np.exp(intercept))),
        leak=np.exp(normal(priors.log_leak, (draws,))),
        self_excitation=np.zeros(draws),
        **given,
        **effects(),
        half_life=half_life,
        carry=carry[:, None],
        future_covariate=_scheduled(carry, half_life, covariates, horizon)[:, None],
        series=tuple(series),
        covariates=tuple(covariates),
        origin=ORIGIN,
        run_id=f"prior-{seed}",
    )


def _scheduled(carry: Array, half_life: Array, covariates: Sequence[str], horizon: int) -> Array:
    """Return impulses that fade, a ceasefire that ends half-way and a halt that holds, (draw, covariate, horizon)."""
    weeks = np.arange(1, horizon + 1)
    fading = carry[..., None] * 2.0 ** (-weeks / half_life[..., None])
    ends = dict(zip(IN_FORCE, ((horizon + 1) // 2, horizon), strict=True))
    for place, name in enumerate(covariates):
        if name in STATES:
            fading[:, place] = weeks <= ends.get(name, 0)
    return fading


def with_prior_hurdle(state: OriginState, *, share: float, seed: int, recent: float = 0.0) -> OriginState:
    """Return the state with that share of its draws following the hurdle model after made-up counts of two years.

    A share `recent` follows recent rates. The last weeks are silent as the state says.
    """
    rng = np.random.default_rng(seed)
    draws, kinds = state.draws, len(state.covariates)
    silent = np.median(state.silent_weeks, axis=0).astype(int)
    counts = rng.poisson(rng.uniform(0.3, 6.0, (2, len(state.series), 1)), (2, len(state.series), 104)).astype(float)
    for row, weeks in enumerate(silent):
        counts[:, row, counts.shape[-1] - weeks :] = 0.0
    term = rng.normal((0.0, 1.0, 0.0), (0.3, 0.15, 0.3), (draws, len(state.series), 3))
    past = rng.uniform(0.0, 0.6, (kinds, counts.shape[-1]))
    memory, earlier = remembered(counts, past, shipped())
    rate, held = recent_rates(counts, past)
    shares = np.repeat([[1.0 - share - recent], [share], [recent]], len(state.series), axis=1)
    follows, of_recent, member = divided(shares, draws)
    hurdle = HurdleState(
        follows=follows,
        imputation=np.arange(draws) % 2,
        memory=memory,
        earlier=earlier,
        term=term,
        effect=rng.normal(0.0, 0.4, (draws, kinds, 3)),
        benchmark=shipped(),
        recent=RecentRates(follows=of_recent, member=member, rate=rate, held=held),
    )
    return replace(state, hurdle=hurdle)


def state_before_a_fit(
    series: Sequence[str], covariates: Covariates, *, horizon: int, draws: int, seed: int
) -> OriginState:
    """Return a state on which scenarios can be tried before there is a posterior: the calendar is right, no more.

    The covariates begin in the origin week; what came before it is left out, and nothing has an effect. Where all
    series have the same covariates it is of the first only, and knows the names of the others.
    """
    table = by_series(covariates.array.to_numpy())
    prior = prior_state(series[: len(table)], draws=draws, horizon=horizon, seed=seed)
    weeks, names = covariates.array["week"].to_numpy().astype("datetime64[D]"), covariates.names
    half_life = np.tile(np.where(covariates.carried, 4.0, np.nan), (draws, 1))
    values = carry_over(table[..., : horizon + 1], half_life[:, None])
    nothing: dict[str, Any] = dict.fromkeys(EFFECTS, np.zeros((draws, len(names))))
    return replace(
        prior,
        **nothing,
        half_life=half_life,
        carry=values[..., 0],
        future_covariate=values[..., 1:],
        covariates=names,
        origin=weeks[0],
        run_id="before a fit",
        all_series=tuple(series),
    )
