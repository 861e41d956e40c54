"""The state that paths start from: what the forward simulation needs to know of a posterior, one row a draw.

Draw d of the state is draw d of the posterior with chains laid end to end, in every scenario and every export: that
identity is what makes a contrast a difference of like with like.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lull.data.arrays import Array, by_series
from lull.data.calendar import Week, Weeks
from lull.data.events import Event
from lull.data.learned.pause_record import attacks_before
from lull.data.learned.pool import shares_of
from lull.data.schema import InputError, Problem
from lull.model.fitting.covariates import carry_over
from lull.model.fitting.level import residual_sd_by_week
from lull.model.fitting.panel import ObservedWeeks, last_known_count, log_completeness_of, settled
from lull.model.forward.history import in_last_week
from lull.model.forward.past_weeks import past_weeks
from lull.model.forward.state import OriginState
from lull.model.hurdle.benchmark import in_use
from lull.model.hurdle.fitted import GROUP, TERMS, carried_over, counts_of, with_hurdle
from lull.model.hurdle.worlds import HurdleState, divided, remembered
from lull.model.parameters import AT_ORIGIN, EFFECTS, FORWARD
from lull.model.parts import PARTS, Part
from lull.model.recent.rates import RecentRates, recent_rates
from lull.model.runs.store import Run
from lull.model.spec import MAX_HORIZON, Priors

DRAWN = tuple(row.name for row in FORWARD if row.stored and not row.at_origin)


def state_of(run: Run, *, horizon: int, part: Part = "pool", tree: xr.DataTree | None = None) -> OriginState:
    """Return the state at the origin of a run: draws that did not converge leave the pool.

    `tree` is the posterior of the run, if it is at hand.
    """
    usable = run.record["grade"] != "unusable"
    tree = run.posterior() if tree is None else tree
    return origin_state(tree, horizon=horizon, run_id=run.run_id, part=part, usable=usable)


def origin_state(
    tree: xr.DataTree, *, horizon: int, run_id: str, part: Part = "pool", usable: bool = True
) -> OriginState:
    """Return the state at the origin of every draw of a posterior tree, for horizons 1..`horizon`.

    Of each series a share of the draws follows the regime model, another the hurdle model, the rest recent rates; none
    the regime model where its draws are not `usable`.
    """
    posterior, constant = tree["posterior"].to_dataset(), tree["constant_data"].to_dataset()
    imputation = np.repeat(posterior["imputation"].to_numpy(), posterior.sizes["draw"])
    observed = {name: constant[name].to_numpy()[imputation] for name in ("silent_weeks", "last_count")}
    there = {name: _flat(posterior[name].to_numpy()) for name in AT_ORIGIN}
    origin = _weeks(constant)[-1]
    state = _state(tree, origin, horizon=horizon, run_id=run_id, **there, **observed)
    return _with_hurdle(state, tree, seen=constant.sizes["week"], part=part, usable=usable)


def past_state(
    tree: xr.DataTree,
    *,
    week: Week,
    horizon: int,
    freeze_after: int,
    events: Sequence[Event] = (),
    run_id: str,
    usable: bool = True,
) -> OriginState:
    """Return the state of every draw in a past week, from which the weeks after it can be projected again.

    * The regime is drawn with P(active | counts up to that week) of the draw; of the last week that is the filtered and
      the smoothed probability alike. Counts of later weeks are left out: the paths are held against them, and paths
      that start from them would know how they end.
    * The level is that of the week in the draw, the parameters are the draw's: of the one posterior there is, given all
      counts. They have seen the outcome, which is why such a projection is never scored.
    * Silence and last count are those observed up to the week. Covariates of later weeks are those that really came, as
      far as the run knew; `events` are the events that made them.

    `freeze_after` is that of the run's `ModelSpec`. Raises `InputError` for a week that is not within the counts.
    """
    constant = tree["constant_data"].to_dataset()
    seen = _weeks_until(week, _weeks(constant))
    posterior = tree["posterior"].to_dataset()
    chains = posterior["imputation"].to_numpy()
    parts: dict[str, Array] = {}
    for imputation in range(tree["observed_data"].sizes["imputation"]):
        mine = np.flatnonzero(chains == imputation)
        past = past_weeks(tree, imputation, weeks=seen)
        whole = past_weeks(tree, imputation).settled
        left_out = residual_sd_by_week(whole, modes=past.basis.shape[-1], freeze_after=freeze_after)[:, seen - 1]
        for name, values in _in_last_week(posterior.isel(chain=mine), past, left_out).items():
            shape = (chains.size, posterior.sizes["draw"], posterior.sizes["series"])
            parts.setdefault(name, np.empty(shape))[mine] = values
    flat = {name: _flat(values) for name, values in parts.items()}
    state = _state(tree, np.datetime64(week, "D"), horizon=horizon, run_id=run_id, events=tuple(events), **flat)
    return _with_hurdle(state, tree, seen=seen, part="pool", usable=usable)


def _with_hurdle(state: OriginState, tree: xr.DataTree, *, seen: int, part: Part, usable: bool) -> OriginState:
    """Return the state with its draws divided among the models that are pooled, from the first `seen` weeks."""
    if part == "regimes":
        return state
    fitted = tree if GROUP in tree.children else with_hurdle(tree, Priors(), seed=1)
    group, posterior = fitted[GROUP].to_dataset(), tree["posterior"].to_dataset()
    counts = counts_of(tree)[..., :seen]
    past = carried_over(tree)[..., :seen]
    memory, earlier = remembered(counts, past, in_use())
    rate, held = recent_rates(counts, past)
    follows, recent, member = divided(_shares(state, part=part, usable=usable), state.draws)
    hurdle = HurdleState(
        follows=follows,
        imputation=np.repeat(posterior["imputation"].to_numpy(), posterior.sizes["draw"]),
        memory=memory,
        earlier=earlier,
        term=np.stack([_flat(group[name].to_numpy()) for name in TERMS], axis=-1),
        effect=np.stack([_flat(group[name].to_numpy()) for name in EFFECTS], axis=-1),
        benchmark=in_use(),
        recent=RecentRates(follows=recent, member=member, rate=rate, held=held),
    )
    return replace(state, hurdle=hurdle)


def _shares(state: OriginState, *, part: Part, usable: bool) -> Array:
    """Return the shares of the draws that follow each model, (regimes hurdle recent, series)."""
    if part != "pool":
        alone = np.array([[part == name] for name in PARTS[1:]], dtype=float)
        return np.repeat(alone, len(state.series), axis=1)
    shares = shares_of(np.median(state.silent_weeks, axis=0), np.array(state.attacks_before))
    if not usable:
        shares[0] = 0.0
        shares /= shares.sum(axis=0)
    return shares


def covariates_so_far(tree: xr.DataTree) -> Array:
    """Return what pushed in each week up to the origin, carried over: 5, 50 and 95 % of the posterior.

    Dims (quantile, series, covariate, week), a single row for all series; 1 is what an event of salience 5 adds in its
    week, or a state in force all week.
    """
    constant = tree["constant_data"].to_dataset()
    schedule = by_series(constant["schedule"].to_numpy())[..., : constant.sizes["week"]]
    values = carry_over(schedule, _flat(tree["posterior"]["half_life"].to_numpy())[:, None])
    so_far: Array = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
    return so_far


def _in_last_week(posterior: xr.Dataset, past: ObservedWeeks, left_out: Array) -> dict[str, Array]:
    """Return what a draw says of the last of some past weeks, each (chain, draw, series) or (series,)."""
    there, _ = in_last_week(posterior, past, left_out)
    return there | {"silent_weeks": past.silence[:, -1], "last_count": last_known_count(past.settled)}


def _state(tree: xr.DataTree, origin: Week, *, horizon: int, run_id: str, **known: Any) -> OriginState:
    """Return the state in a week: parameters of every draw, covariates from that week on, and what is `known` of it."""
    if not 1 <= horizon <= MAX_HORIZON:
        remedy = "Choose --horizon within it."
        raise InputError(Problem("--horizon", f"weeks from 1 to {MAX_HORIZON}", str(horizon), remedy))
    posterior, constant = tree["posterior"].to_dataset(), tree["constant_data"].to_dataset()
    parameters: dict[str, Any] = {name: _flat(posterior[name].to_numpy()) for name in DRAWN}
    seen = int(np.flatnonzero(_weeks(constant) == origin)[0]) + 1
    schedule = by_series(constant["schedule"].to_numpy())[..., : seen + horizon]
    covariate = carry_over(schedule, parameters["half_life"][:, None], since=seen - 1)
    return OriginState(
        **parameters,
        **known,
        carry=covariate[..., 0],
        future_covariate=np.ascontiguousarray(covariate[..., 1:]),  # as kernels read it: else each would copy it
        series=tuple(str(name) for name in posterior["series"].to_numpy()),
        covariates=tuple(str(name) for name in posterior["covariate"].to_numpy()),
        origin=origin,
        attacks_before=_attacks_before(tree["observed_data"].to_dataset()["count"], seen),
        run_id=run_id,
        drift_correction=bool(constant.attrs["drift_correction"]),
        chains=posterior.sizes["chain"],
        effective_share=float(posterior.attrs.get("effective_share", 1.0)),
    )


def _attacks_before(count: xr.DataArray, seen: int) -> tuple[float, ...]:
    """Return the attacks before each series' silence as counted in its first `seen` weeks, the median imputation's."""
    known = settled(count.to_numpy(), log_completeness_of(count))[..., :seen]
    return tuple(float(rate) for rate in np.median(attacks_before(known), axis=0))


def _weeks(constant: xr.Dataset) -> Weeks:
    """Return the observed weeks, each by its first day."""
    return constant["week"].to_numpy().astype("datetime64[D]")


def _weeks_until(week: Week, weeks: Weeks) -> int:
    """Return how many observed weeks there are up to a past one; not the first of them."""
    if not weeks[0] < week <= weeks[-1]:
        raise InputError(Problem("--from", f"a week from {weeks[1]} to {weeks[-1]}", str(week)))
    return int(np.flatnonzero(weeks == week)[0]) + 1


def _flat(values: NDArray[Any]) -> Array:
    """Return draws (chain, draw, ...) with the chains laid end to end, (draw, ...)."""
    return np.ascontiguousarray(values.reshape(-1, *values.shape[2:]), dtype=np.float64)
