"""Whether the draws may be used: a verdict in one word, its reasons in plain ones, and what to do.

Chains of different imputations target different posteriors, so chains are compared within imputations only: each draw
is replaced by the normal score of its rank in its imputation before R-hat and the effective sample sizes are computed
(Vehtari et al., 2021, Bayesian Analysis 16, with ranks of one imputation in place of all). Ranks of all imputations
together would separate chains that never move from those that hardly do, a chance near 1 in some imputations.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Literal

import arviz_stats as azs
import numpy as np
import xarray as xr
from arviz_stats.base import array_stats
from numpy.typing import NDArray
from scipy import special, stats

from lull.data.arrays import Array
from lull.model.fitting.out_of_scale import ADVICE, sentence, set_apart
from lull.model.parameters import JUDGED

type Grade = Literal["good", "doubtful", "unusable"]
_WORSE: tuple[Grade, ...] = ("good", "doubtful", "unusable")

GOOD_RHAT, USABLE_RHAT = 1.01, 1.05
GOOD_ESS, USABLE_ESS = 400.0, 100.0
GOOD_DIVERGENCES, USABLE_DIVERGENCES = 0.001, 0.02  # share of draws
TAIL = 0.05  # share of the draws in each tail
CHANCE, DECIMALS = "p_active", 6  # to which a chance is judged
LOW_ENERGY = 0.3  # energy Bayesian fraction of missing information


@dataclass(frozen=True)
class Check:
    """One convergence figure of one parameter: R-hat and the effective sample sizes of its bulk and tails."""

    parameter: str
    rhat: float
    ess_bulk: float
    ess_tail: float


@dataclass(frozen=True)
class Verdict:
    """What the sampler's own figures say of a posterior."""

    grade: Grade
    reasons: tuple[str, ...]
    advice: str
    divergences: int
    draws: int
    energy: float
    worst: Check
    checks: tuple[Check, ...]

    @property
    def usable(self) -> bool:
        """Whether results may be shown as results."""
        return self.grade != "unusable"

    def given(self, counts: Grade, reason: str, advice: str = "") -> "Verdict":
        """Return the verdict on a fit to counts of that grade: no better than theirs; by default reconstructed ones."""
        if counts == "good":
            return self
        reasons = (reason, *(() if self.grade == "good" else self.reasons))
        grade = max(self.grade, counts, key=_WORSE.index)
        return replace(self, grade=grade, reasons=reasons, advice=advice or COUNTS_ADVICE[grade])

    def to_dict(self) -> dict[str, object]:
        """Return the verdict for a JSON file."""
        return asdict(self)


def verdict_on(tree: xr.DataTree) -> Verdict:
    """Return the verdict on a posterior tree: doubtful at best where weeks are out of scale."""
    verdict = diagnose(tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset())
    apart = set_apart(tree)
    return verdict.given("doubtful", sentence(apart), ADVICE) if apart and verdict.usable else verdict


def diagnose(posterior: xr.Dataset, sample_stats: xr.Dataset) -> Verdict:
    """Return the verdict on a named posterior whose `chain` dim may carry a coordinate `imputation`."""
    judged = posterior[[name for name in JUDGED if name in posterior]]
    if CHANCE in judged:  # ranks of what is closer to 0 or 1 would be those of rounding errors
        judged = judged.assign({CHANCE: judged[CHANCE].round(DECIMALS)})
    imputation = judged.get("imputation", xr.zeros_like(judged["chain"])).to_numpy()
    names, columns = _columns(judged)
    with np.errstate(invalid="ignore", divide="ignore"):  # what does not vary gives NaN, and is not judged
        figures = _figures(_within_imputations(columns, imputation, _normal_scores), imputation)
    checks = tuple(
        Check(name, *each)
        for name, each in zip(names, figures.tolist(), strict=True)
        if np.isfinite(each[0])  # else a constant, or the half-life of a state, which there is none of
    )
    divergences = int(sample_stats["diverging"].sum())
    draws = int(sample_stats["diverging"].size)
    energy = float(azs.bfmi(sample_stats)["energy"].min())
    worst = Check(
        max(checks, key=lambda check: check.rhat).parameter,
        max(check.rhat for check in checks),
        min(check.ess_bulk for check in checks),
        min(check.ess_tail for check in checks),
    )
    grade, reasons = _grade(checks, share=divergences / draws, energy=energy)
    return Verdict(grade, tuple(reasons), _ADVICE[grade], divergences, draws, energy, worst, checks)


_ADVICE: dict[Grade, str] = {
    "good": "Nothing to do.",
    "doubtful": "Read differences of a few points with care; more draws (--draws) settle it.",
    "unusable": "Do not use these numbers: fit again with many more draws (--draws, --tune) or a simpler model.",
}


COUNTS_ADVICE: dict[Grade, str] = {
    "doubtful": "Read the single weeks with care; reports of shorter windows settle them.",
    "unusable": "Do not use these numbers: the reports leave the weeks open. Add reports of shorter windows, or give "
    "weekly counts (--counts).",
}


def _columns(judged: xr.Dataset) -> tuple[list[str], Array]:
    """Return every single parameter, named as `name[series]`, and its draws, (parameter, chain, draw)."""
    names, draws = [], []
    for name, variable in judged.data_vars.items():
        ordered = variable.transpose(..., "chain", "draw")
        labels = [ordered[dim].to_numpy() for dim in ordered.dims[:-2]]
        each = (", ".join(map(str, one)) for one in product(*labels))
        names += [f"{name}[{label}]" if labels else str(name) for label in each]
        draws.append(ordered.to_numpy().reshape(-1, *ordered.shape[-2:]))
    return names, np.concatenate(draws)


def _figures(scores: Array, imputation: NDArray[np.int64]) -> Array:
    """Return R-hat and the effective sample sizes of bulk and tails of normal scores, (parameter, figure).

    NaN is the R-hat of what does not vary. It is the larger of that of the scores and that of their distances from the
    middle; the tails are the twentieths at both ends.
    """
    folded = _within_imputations(abs(scores), imputation, _normal_scores)
    ends = [(scores <= special.ndtri(share)).astype(float) for share in (TAIL, 1.0 - TAIL)]
    centred, folded, *ends = (_within_imputations(each, imputation, _centred) for each in (scores, folded, *ends))
    rhat = np.fmax(*(array_stats.rhat(each, method="split") for each in (centred, folded)))
    tail = np.fmin(*(array_stats.ess(each, method="mean") for each in ends))
    return np.stack([rhat, array_stats.ess(centred, method="mean"), tail], axis=-1)


def _within_imputations(draws: Array, imputation: NDArray[np.int64], change: Callable[[Array], Array]) -> Array:
    """Return draws (parameter, chain, draw) with those of each imputation, one a chain, changed alone."""
    changed = np.empty(draws.shape)
    for value in np.unique(imputation):
        changed[:, imputation == value] = change(draws[:, imputation == value])
    return changed


def _centred(draws: Array) -> Array:
    """Return draws less their mean: tied draws share a rank, which moves the mean of an imputation but no draw."""
    centred: Array = draws - draws.mean(axis=(1, 2), keepdims=True)
    return centred


def _normal_scores(draws: Array) -> Array:
    """Return draws (parameter, chain, draw) as the normal quantiles of their ranks (Blom's positions); NaN stays."""
    ranks = stats.rankdata(draws.reshape(len(draws), -1), axis=1)  # a row with a NaN is all NaN
    scores: Array = special.ndtri((ranks - 0.375) / (ranks.shape[1] + 0.25))
    return scores.reshape(draws.shape)


def _grade(checks: tuple[Check, ...], *, share: float, energy: float) -> tuple[Grade, list[str]]:
    """Return the grade and why: each figure is held against a good and a usable bound."""
    rhat, ess = (
        max(check.rhat for check in checks),
        min(min(check.ess_bulk, check.ess_tail) for check in checks),
    )
    worst = max(checks, key=lambda check: check.rhat).parameter
    judged = (
        (
            rhat <= GOOD_RHAT,
            rhat <= USABLE_RHAT,
            f"the chains disagree on {worst} (R-hat {rhat:.3f}, good is up to {GOOD_RHAT})",
        ),
        (
            ess >= GOOD_ESS,
            ess >= USABLE_ESS,
            f"few independent draws (effective {ess:.0f}, good is from {GOOD_ESS:.0f})",
        ),
        (
            share <= GOOD_DIVERGENCES,
            share <= USABLE_DIVERGENCES,
            f"{share:.1%} of the steps diverged (good is up to {GOOD_DIVERGENCES:.1%})",
        ),
        (
            energy >= LOW_ENERGY,
            True,
            f"the sampler explores slowly (energy {energy:.2f}, good is from {LOW_ENERGY})",
        ),
    )
    reasons = [reason for good, _, reason in judged if not good]
    if not all(usable for _, usable, _ in judged):
        return "unusable", reasons
    if reasons:
        return "doubtful", reasons
    return "good", [
        f"R-hat at most {rhat:.3f}, at least {ess:.0f} effective draws, no divergences"
        if share == 0
        else f"R-hat at most {rhat:.3f}, at least {ess:.0f} effective draws"
    ]
