"""Every parameter of the model, one row each: what else names parameters derives its names from this table.

A row is a quantity of the field, on its natural scale, one value a draw. Most are stored in a posterior; the last ones
complete the state that a simulation starts from. The order is that of a posterior's variables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lull.data.arrays import Array
from lull.model.spec import Normal, Priors

type Dim = Literal["series", "covariate", "mode"]
type Scale = Literal["identity", "log", "logit"]


@dataclass(frozen=True)
class Parameter:
    """One quantity of each draw.

    `dims` come after those of the draws. `scale` is the one on which it is unbounded. `by_series` parameters are
    sampled together, as offsets from a population of series. A quantity `at_origin` describes the last observed week
    and follows from the parameters and the counts. `stored` ones are variables of a posterior, `judged` ones decide
    the grade of a fit, `forward` ones are carried into the forward simulation. A `given` one was learned from many
    actors and is not learned again: its value is the field of `Priors` of its name. An effect names its `mechanism` and
    the field of `Priors` that holds its beliefs.
    """

    name: str
    dims: tuple[Dim, ...]
    unit: str
    scale: Scale = "identity"
    by_series: bool = False
    at_origin: bool = False
    stored: bool = True
    judged: bool = False
    forward: bool = True
    given: bool = False
    mechanism: str = ""
    prior: str = ""

    @property
    def sampled(self) -> str:
        """The name on the scale that it is sampled on."""
        return self.name if self.scale == "identity" else f"{self.scale}_{self.name}"


SERIES: tuple[Dim, ...] = ("series",)
COVARIATE: tuple[Dim, ...] = ("covariate",)

TABLE = (
    Parameter("intercept", SERIES, "log attacks per week while active, at the mean level", judged=True),
    Parameter(
        "concentration", SERIES, "negative-binomial size (larger = closer to Poisson)",
        scale="log", by_series=True, judged=True,
    ),
    Parameter("sigma", SERIES, "weekly sd of the level, log scale", scale="log", by_series=True, judged=True),
    Parameter(
        "halt_intercept", SERIES, "logit of the weekly halt hazard at one attack a week", by_series=True, judged=True
    ),
    Parameter(
        "halt_level", SERIES, "fall of the halt logit per unit of log intensity",
        scale="log", by_series=True, judged=True,
    ),
    Parameter(
        "resumption_intercept", SERIES, "logit of the weekly resumption hazard of a new pause",
        by_series=True, judged=True,
    ),
    Parameter(
        "resumption_aging", SERIES, "fall of the resumption logit per log(1 + silent weeks)",
        scale="log", by_series=True, judged=True,
    ),
    Parameter("leak", (), "false-positive (background) statements per week during a pause", scale="log", judged=True),
    Parameter(
        "initial_active", SERIES, "probability of being active in the first week",
        scale="logit", judged=True, forward=False,
    ),
    Parameter("self_excitation", (), "rise of log intensity per log(1 + last week's count)"),
    Parameter("return_rate", (), "attacks per week that busier actors return at after a long pause", given=True),
    Parameter(
        "return_half_life", (), "weeks of a pause that take half of the way to the return rate, log scale", given=True
    ),
    Parameter("return_sd", (), "sd of the rate at a return after a long pause, log scale", given=True),
    Parameter(
        "effect", COVARIATE, "change of log intensity per unit of the covariate",
        judged=True, mechanism="intensity", prior="intensity_effect",
    ),
    Parameter(
        "halt_effect", COVARIATE, "change of the halt logit per unit of the covariate",
        judged=True, mechanism="halting", prior="halt_effect",
    ),
    Parameter(
        "resumption_effect", COVARIATE, "change of the resumption logit per unit of the covariate",
        judged=True, mechanism="resumption", prior="resumption_effect",
    ),
    Parameter(
        "half_life", COVARIATE, "weeks until half of an impulse is left (missing for a state)", scale="log", judged=True
    ),
    Parameter("level_mode", ("series", "mode"), "standardised mode of the level", forward=False),
    Parameter("level", SERIES, "level in the origin week, log scale", at_origin=True),
    Parameter(
        "level_residual_sd", SERIES, "sd of the level's last week that the modes leave out, log scale", at_origin=True
    ),
    Parameter("last_level", SERIES, "level in the last week with an attack, log scale", at_origin=True),
    Parameter(
        "log_intensity", SERIES, "log attacks per week while active, in the origin week", at_origin=True, judged=True
    ),
    Parameter(
        "p_active", SERIES, "probability of being active in the origin week given the counts up to it",
        scale="logit", at_origin=True, judged=True,
    ),
    Parameter(
        "log_likelihood", SERIES, "log likelihood of the series' counts, all regime paths summed",
        at_origin=True, forward=False,
    ),
    Parameter("silent_weeks", SERIES, "weeks without an attack up to the origin", at_origin=True, stored=False),
    Parameter("last_count", SERIES, "last known count, attacks per week", at_origin=True, stored=False),
)  # fmt: skip

UNITS = {row.name: row.unit for row in TABLE if row.stored}
JUDGED = tuple(row.name for row in TABLE if row.judged)
BY_SERIES = tuple(row for row in TABLE if row.by_series)  # in the order of the sampler's `series_offset`
EFFECTS = {row.name: row for row in TABLE if row.mechanism}  # in the order of the sampler's `push`
GIVEN = tuple(row.name for row in TABLE if row.given)
FORWARD = tuple(row for row in TABLE if row.forward)  # the draws of an `OriginState`
SERIES_PARAMETERS = tuple(row.sampled for row in BY_SERIES)
MECHANISMS = ("intensity", "halt", "resumption")  # what covariates push, in the order of the sampler's `push`
SHARED = np.sqrt(0.5)  # when pooled, half of a parameter's prior variance lies between populations, half between series
SPREAD_SD = 0.4  # prior sd of the log of the spread between series, around that half
AT_ORIGIN = tuple(row.name for row in FORWARD if row.at_origin and row.stored)


def forward_names(*dims: Dim) -> tuple[str, ...]:
    """Return the names of what is carried into the forward simulation with just these dims after that of the draws."""
    return tuple(row.name for row in FORWARD if row.dims == dims)


def effect_priors(priors: Priors) -> Mapping[str, Mapping[str, Normal]]:
    """Return by the name of each effect what is believed of it by covariate."""
    return {row.name: getattr(priors, row.prior) for row in EFFECTS.values()}


def effect_moments(priors: Priors, covariates: Sequence[str]) -> tuple[Array, Array]:
    """Return mean and sd of what is believed of each effect, (effect, covariate), in the order of `EFFECTS`."""
    tables = effect_priors(priors).values()
    beliefs = [[table.get(name, priors.other_effect) for name in covariates] for table in tables]
    mean, sd = (np.array([[getattr(one, part) for one in row] for row in beliefs]) for part in ("mean", "sd"))
    return mean, sd


def log_scale(belief: Normal) -> Normal:
    """Return the normal of log x for a positive x of the believed mean and sd (x is then lognormal)."""
    variance = np.log1p((belief.sd / belief.mean) ** 2)
    return Normal(float(np.log(belief.mean) - variance / 2), float(np.sqrt(variance)))


def series_priors(priors: Priors) -> tuple[Normal, ...]:
    """Return the prior of each of `SERIES_PARAMETERS`, on its own scale; the concentration's mean comes as data."""
    return (
        Normal(0.0, priors.log_concentration_sparse.sd),
        priors.log_sigma,
        priors.halt_intercept,
        log_scale(priors.halt_level),
        priors.resumption_intercept,
        log_scale(priors.resumption_aging),
    )
