"""What is chosen, what is believed, and how it is computed: three containers that never hold each other's things."""

from dataclasses import dataclass, field
from typing import Literal


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
    return_rate: float = 0.35  # attacks a week that busier actors return at after a long pause; learned from the record
    return_half_life: float = 5.0  # weeks of a pause that take half of the way to it, on the log scale
    return_sd: float = 0.8  # sd of the rate at a return after a long pause, log scale
    self_excitation: Normal = Normal(0.10, 0.12)
    log_half_life: Normal = Normal(1.386, 0.72)  # weeks: median 4, 90 % within 1.2 to 13
    intensity_effect: dict[str, Normal] = field(
        default_factory=lambda: {
            "deterrence": Normal(-0.3, 0.5),
            "pressure": Normal(-0.3, 0.5),
            "mobilisation": Normal(0.3, 0.5),
            "ceasefire": Normal(-0.3, 0.5),
        }
    )
    halt_effect: dict[str, Normal] = field(
        default_factory=lambda: {
            "deterrence": Normal(0.3, 0.7),
            "pressure": Normal(0.3, 0.7),
            "mobilisation": Normal(-0.3, 0.7),
            "ceasefire": Normal(0.3, 0.7),
        }
    )
    resumption_effect: dict[str, Normal] = field(
        default_factory=lambda: {
            "deterrence": Normal(-0.3, 0.7),
            "pressure": Normal(-0.3, 0.7),
            "mobilisation": Normal(0.3, 0.7),
            "ceasefire": Normal(-0.3, 0.7),
        }
    )
    other_effect: Normal = Normal(0.0, 0.5)  # a covariate of the user's own, scaled to unit sd


@dataclass(frozen=True)
class SamplerConfig:
    """How the posterior is computed."""

    chains: int = 2  # for each imputation
    tune: int = 300
    draws: int = 500  # for each chain, all of them judged
    thin: int = 4  # every n-th draw is kept: neighbours carry little that is new
    target_accept: float = 0.9
    imputations: int = 16
    sampler: Literal["nutpie", "pymc"] = "nutpie"


FROM_REPORTS = SamplerConfig()  # 16 imputations share the 4,000 draws that are kept
FROM_COUNTS = SamplerConfig(chains=4, tune=500, draws=1000, thin=1, imputations=1)  # all from the one panel there is


MAX_HORIZON = 520  # weeks ahead for which a run keeps the schedule
MOST_NEW_WEEKS = 26  # that a fit is moved on by without a new one
