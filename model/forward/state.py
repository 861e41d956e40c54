"""What a simulation starts from, what pushes it and the paths that it gives: three containers of draws."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.calendar import Week, weeks_ahead
from lull.data.events import Event
from lull.model.hurdle.worlds import HurdleState
from lull.model.parameters import FORWARD, forward_names

FREE, HALTED, ACTIVE = -1, 0, 1  # values of `Push.forced_regime`


@dataclass(frozen=True)
class OriginState:
    """What the forward simulation needs to know of a posterior: one row a draw, chains laid end to end.

    Dims D draw, S series, K covariate, H horizon. `level_residual_sd` is the sd of the part of the level that its
    modes leave out; `carry` is the carried-over impulse in the origin week, its own decay included;
    `future_covariate` are the covariates of horizons 1..H as scheduled: both have one row of all series, or one of each
    where events bear on single series; `half_life` is NaN for lasting states.
    """

    intercept: Array  # (D, S), and so on to `last_count`
    concentration: Array
    sigma: Array
    halt_intercept: Array
    halt_level: Array
    resumption_intercept: Array
    resumption_aging: Array
    level: Array
    level_residual_sd: Array
    last_level: Array  # in the last week with an attack
    log_intensity: Array  # at the origin
    p_active: Array  # given the counts up to the origin
    silent_weeks: Array
    last_count: Array
    leak: Array  # (D,)
    self_excitation: Array
    return_rate: Array
    return_half_life: Array
    return_sd: Array
    effect: Array  # (D, K), and so on to `half_life`
    halt_effect: Array
    resumption_effect: Array
    half_life: Array
    carry: Array  # (D, S or 1, K)
    future_covariate: Array  # (D, S or 1, K, H)
    series: tuple[str, ...]
    covariates: tuple[str, ...]
    origin: Week
    run_id: str
    drift_correction: bool = True
    all_series: tuple[str, ...] = ()  # of the run, where the state is of some of them
    attacks_before: tuple[float, ...] = ()  # by series, in the 26 weeks before its silence; NaN where not known
    chains: int = 1  # of equal length, that the draws are laid end to end of
    events: tuple[Event, ...] = ()  # on record, that made the covariates; at hand only where one may be taken away
    effective_share: float = 1.0  # of the draws, where they were weighed by other beliefs
    hurdle: HurdleState | None = None  # draws that follow the hurdle model or recent rates; without, all the regimes

    def __post_init__(self) -> None:
        """Refuse arrays whose shapes do not agree: the loops would read beyond them."""
        draws, sizes = self.draws, {"series": len(self.series), "covariate": len(self.covariates)}
        shapes = {
            **{row.name: (draws, *(sizes[dim] for dim in row.dims)) for row in FORWARD},
            "future_covariate": (draws, self.rows, sizes["covariate"], self.horizon),
            "carry": (draws, self.rows, sizes["covariate"]),
        }
        for name, shape in shapes.items():
            if np.shape(getattr(self, name)) != shape:
                raise ValueError(f"{name} has the shape {shape}, found {np.shape(getattr(self, name))}")

        if self.rows not in {1, sizes["series"]}:
            raise ValueError(f"covariates of all series or of each of {sizes['series']}, found {self.rows} rows")
        if self.hurdle is not None:
            expected, found = (draws, sizes["series"], sizes["covariate"]), self.hurdle.sizes
            if found != expected:
                raise ValueError(f"hurdle worlds of the sizes {expected} expected, found {found}")
        if (self.silent_weeks % 1 != 0).any():
            raise ValueError("silent_weeks are whole weeks")

    @property
    def draws(self) -> int:
        """How many posterior draws there are."""
        return self.intercept.shape[0]

    @property
    def horizon(self) -> int:
        """How many weeks ahead the schedule is known."""
        return self.future_covariate.shape[-1]

    @property
    def rows(self) -> int:
        """How many rows of covariates there are: one of each series, or 1 of all."""
        return np.shape(self.future_covariate)[1]

    @property
    def weeks(self) -> NDArray[np.datetime64]:
        """The weeks of horizons 1..H, each by its first day."""
        return weeks_ahead(self.origin, self.horizon)

    def select(self, series: Sequence[str]) -> Self:
        """Return the state of the named series, in that order. Their paths are the same as among all series."""
        places = [self.series.index(name) for name in series]
        apart = ("carry", "future_covariate") if self.rows > 1 else ()
        chosen = {name: getattr(self, name)[:, places] for name in (*forward_names("series"), *apart)}
        before = tuple(self.attacks_before[place] for place in places) if self.attacks_before else ()
        whole, hurdle = self.all_series or self.series, self.hurdle and self.hurdle.select(places)
        return replace(self, series=tuple(series), all_series=whole, attacks_before=before, hurdle=hurdle, **chosen)

    def up_to(self, horizon: int) -> Self:
        """Return the state for horizons 1..`horizon` only."""
        if horizon == self.horizon:
            return self
        return replace(self, future_covariate=np.ascontiguousarray(self.future_covariate[..., :horizon]))

    def thinned(self, most: int) -> Self:
        """Return the state of every n-th draw of each chain: at most `most` draws, but one of each chain at least."""
        step = -(-self.draws // max(most, self.chains))
        if step == 1:
            return self
        length = self.draws // self.chains
        kept = np.arange(self.draws).reshape(self.chains, length)[:, : length // step * step : step].ravel()
        arrays = (*(row.name for row in FORWARD), "carry", "future_covariate")
        hurdle = self.hurdle and self.hurdle.kept(kept)
        return replace(self, hurdle=hurdle, **{name: getattr(self, name)[kept] for name in arrays})


@dataclass(frozen=True)
class Push:
    """What a scenario adds to the baseline; draws and series may be 1, which means all.

    `covariate` (D|1, S|1, K, H) is added to the covariates; `log_intensity`, `halt_logit` and `resumption_logit`
    (D|1, S|1, H) are added where their names say; `forced_regime` int8 (D|1, S|1, H) is `FREE`, `HALTED` or `ACTIVE`;
    `reporting` (D|1, S|1, H) is the probability that an attack is reported, relative to the past.
    """

    covariate: Array
    log_intensity: Array
    halt_logit: Array
    resumption_logit: Array
    forced_regime: NDArray[np.int8]
    reporting: Array

    @classmethod
    def none(cls, *, covariates: int, horizon: int) -> Self:
        """Return the push that changes nothing: the baseline's."""
        offset = np.zeros((1, 1, horizon))
        free = np.full((1, 1, horizon), FREE, dtype=np.int8)
        return cls(np.zeros((1, 1, covariates, horizon)), offset, offset, offset, free, np.ones((1, 1, horizon)))

    def up_to(self, horizon: int) -> Self:
        """Return the push of horizons 1..`horizon` only."""
        if horizon == self.reporting.shape[-1]:
            return self
        parts = {part.name: getattr(self, part.name)[..., :horizon] for part in fields(self)}
        return type(self)(**{name: np.ascontiguousarray(values) for name, values in parts.items()})


@dataclass(frozen=True)
class Paths:
    """Simulated trajectories: `attacks` as they happen, `count` as they are reported, `active` the regime.

    Each (draw, series, horizon), in attacks per week, stored with draws contiguous; where reporting is unchanged
    `count` is `attacks`. `run_id` and `seed` say which draws and random numbers these are: only paths that share both
    may be subtracted.
    """

    attacks: NDArray[np.int32]
    count: NDArray[np.int32]
    active: NDArray[np.bool_]
    series: tuple[str, ...]
    origin: Week
    run_id: str
    seed: int

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return self.attacks.shape[0]

    @property
    def horizon(self) -> int:
        """How many weeks ahead the paths run."""
        return self.attacks.shape[-1]

    @cached_property
    def cumulated(self) -> NDArray[np.int64]:
        """Reported attacks of weeks 1..h, (draw, series, horizon)."""
        total = self.count.astype(np.int64, order="K")  # draws stay contiguous: week by week is faster than `cumsum`
        for week in range(1, self.horizon):
            total[..., week] += total[..., week - 1]
        return total

    def up_to(self, horizon: int) -> Self:
        """Return the paths of horizons 1..`horizon` only."""
        shorter = {name: getattr(self, name)[..., :horizon] for name in ("attacks", "count", "active")}
        return replace(self, **shorter)

    def to_dataset(self) -> xr.Dataset:
        """Return the paths with labels: dims (draw, series, week), `horizon` along week."""
        weeks = weeks_ahead(self.origin, self.horizon)
        coords = {
            "draw": np.arange(self.draws),
            "series": np.array(self.series, dtype=str),
            "week": weeks.astype("datetime64[ns]"),
            "horizon": ("week", np.arange(1, self.horizon + 1)),
        }
        dims = ("draw", "series", "week")
        units = {"units": "attacks per week"}
        values = {"attacks": (dims, self.attacks, units), "count": (dims, self.count, units)}
        attrs = {"run_id": self.run_id, "seed": self.seed}
        return xr.Dataset(values | {"active": (dims, self.active)}, coords=coords, attrs=attrs)
