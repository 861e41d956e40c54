"""What is chosen, what is believed, and how it is computed: three containers that never hold each other's things."""

import math
from dataclasses import dataclass, field
from typing import Literal

from lull.data.learned.effects import AFTER_END, ENDING, SOON, WHOLE, Effect, recorded_effects
from lull.data.learned.returns import recorded_returns

TRANSFER = 1.5  # the spread between recorded actors is widened so much for an actor, and counts, of another kind
RECORDS = {
    "deterrence": ("threat", "", WHOLE),
    "pressure": ("pressure", "", WHOLE),
    "mobilisation": ("mobilisation", "", WHOLE),
    "leader_removed": ("leader_removed", "killed", SOON),
    "patron": ("patron", "", WHOLE),
    "ceasefire": ("ceasefire", "written", WHOLE),
    "ceasefire_verbal": ("ceasefire", "verbal", WHOLE),
    "ceasefire_partial": ("ceasefire", "partial", WHOLE),
    "ceasefire_holiday": ("ceasefire", "holiday", WHOLE),
    "ceasefire_humanitarian": ("ceasefire", "humanitarian", WHOLE),
    "ceasefire_other_side": ("ceasefire", "other_side", WHOLE),
    "agreement": ("agreement", "", WHOLE),
    "agreement_process": ("agreement", "process", WHOLE),
    "declared_halt": ("declared_halt", "", WHOLE),
    "ceasefire_ran_out": (ENDING, "ran_out", AFTER_END),
    "ceasefire_broken_off": (ENDING, "broken_off", AFTER_END),
    "ceasefire_replaced": (ENDING, "replaced", AFTER_END),
}  # the recorded events that each driver's effects are believed to be like: kind, type, weeks


@dataclass(frozen=True)
class ModelSpec:
    """The choices that make the model: which pieces of `docs/model.md` are in it."""

    regimes: bool = True
    duration_dependence: bool = True  # the resumption hazard falls with the age of the silence
    level: bool = True  # the slow part of the log intensity moves
    level_modes: int = 16  # Karhunen-Loeve modes of the level, at most
    level_dependent_halting: bool = True  # the halt hazard falls with the log intensity
    drift_correction: bool = True  # the level drifts by -sigma^2 / 2, so that the mean does not inflate
    self_excitation: bool = False  # log intensity rises with log1p(last week's count)
    freeze_after: int = 8  # silences of at least this many weeks do not move the level
    pooling: Literal["pooled", "separate"] = "pooled"


@dataclass(frozen=True)
class Normal:
    """A normal belief: mean and standard deviation, on the parameter's own scale."""

    mean: float
    sd: float


def record_of(driver: str, mechanism: str) -> Effect | None:
    """Return what the record says of a driver on a mechanism, None where there is no such record."""
    return recorded_effects().of(RECORDS[driver][0], RECORDS[driver][1], mechanism, RECORDS[driver][2])


def recorded_beliefs(mechanism: str) -> dict[str, Normal]:
    """Return what is believed of each driver on a mechanism: the effects of recorded actors, for a new one."""
    records = {driver: record_of(driver, mechanism) for driver in RECORDS}
    return {
        driver: Normal(one.mean, round(math.hypot(one.se, TRANSFER * one.spread if one.cases else one.spread), 4))
        for driver, one in records.items()
        if one is not None
    }


def beliefs_by_hand() -> "Priors":
    """Return the beliefs of effects before any were learned: their direction believed, their size not."""
    against = ("deterrence", "pressure", "ceasefire")
    size = {"intensity_effect": (-0.3, 0.5), "halt_effect": (0.3, 0.7), "resumption_effect": (-0.3, 0.7)}
    tables = {
        name: {driver: Normal(mean, sd) for driver in against} | {"mobilisation": Normal(-mean, sd)}
        for name, (mean, sd) in size.items()
    }
    return Priors(**tables)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Priors:
    """What is believed before the data; units and reasons in `docs/model.md`.

    The mean of a population and the sd between its series; a separate series is one draw of the population.
    """

    halt_intercept: Normal = Normal(-3.0, 1.0)  # logit of the weekly halt hazard
    halt_level: Normal = Normal(0.65, 0.35)  # fall of the halt logit per unit of log intensity, above 0
    resumption_intercept: Normal = Normal(-0.1, 0.7)  # logit of the weekly resumption hazard of a new pause
    resumption_aging: Normal = Normal(0.85, 0.30)  # fall of that logit per log(1 + silent weeks), above 0
    log_sigma: Normal = Normal(-1.7, 0.7)  # log of the level's weekly sd
    log_concentration_sparse: Normal = Normal(1.2, 1.2)  # series below `dense_from` attacks a week
    log_concentration_dense: Normal = Normal(2.7, 1.2)
    dense_from: float = 3.0  # attacks a week while active
    intercept: Normal | None = None  # log attacks a week; None centres on the data's own active weeks
    intercept_sd: float = 1.5  # used with the centring
    log_leak: Normal = Normal(
        -5.0, 0.7
    )  # log of the false-positive (background) statements a week during a pause (about .007)
    initial_logit: Normal = Normal(1.0, 1.5)  # logit of being active in the first week
    return_rate: float = field(default_factory=lambda: recorded_returns().rate)  # attacks a week after a long pause
    return_half_life: float = field(default_factory=lambda: recorded_returns().half_life)  # weeks: half way there, log
    return_sd: float = field(default_factory=lambda: recorded_returns().sd)  # of the rate after a long pause, log scale
    self_excitation: Normal = Normal(0.10, 0.12)
    log_half_life: Normal = Normal(1.386, 0.72)  # weeks: median 4, 90 % within 1.2 to 13
    intensity_effect: dict[str, Normal] = field(default_factory=lambda: recorded_beliefs("intensity"))
    halt_effect: dict[str, Normal] = field(default_factory=lambda: recorded_beliefs("halting"))
    resumption_effect: dict[str, Normal] = field(default_factory=lambda: recorded_beliefs("resumption"))
    other_effect: Normal = Normal(0.0, 0.5)  # a covariate of the user's own, scaled to unit sd


@dataclass(frozen=True)
class SamplerConfig:
    """How the posterior is computed."""

    chains: int = 2  # for each imputation
    tune: int = 300
    draws: int = 500  # for each chain, all of them judged
    thin: int = 4  # every n-th draw is kept: neighbours carry little that is new
    target_accept: float = 0.8  # of .9 the steps are shorter, and the draws less independent
    imputations: int = 16
    metric: Literal["low_rank", "diagonal"] = "low_rank"  # with the correlations that matter, or of variances alone
    sampler: Literal["nutpie", "pymc"] = "nutpie"


# 16 imputations share the 4,000 draws that are kept. Each is a short fit, which does not repay a metric that takes
# longer to find (benchmarks/README.md).
FROM_REPORTS = SamplerConfig(tune=200, metric="diagonal")
FROM_COUNTS = SamplerConfig(chains=4, draws=1000, thin=1, imputations=1)  # all from the one panel there is


MAX_HORIZON = 520  # weeks ahead for which a run keeps the schedule
MOST_NEW_WEEKS = 26  # that a fit is moved on by without a new one
