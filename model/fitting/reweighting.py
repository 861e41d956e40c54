"""A fitted run under other beliefs about drivers, without a fit: draws weighed by the ratio of the two priors.

The posterior under other priors is the old one times the ratio of the prior densities, so each draw of the regime model
is weighed by that ratio of its effects (Pareto-smoothed, Vehtari, Simpson, Gelman, Yao & Gabry 2024). Draws are then
taken again in proportion, systematically: one that stays keeps its place, and so its random numbers, and what falls out
is replaced by copies of what counts for more. So every scenario still sees the same draws, and one that no belief
touches is what it was.

The hurdle model is not weighed. Its posterior is a normal around a mode that is found in a fraction of a second, so it
is found again under the new priors, and each draw goes where the same deviation lies around the new mode
(`model.hurdle.fitted.with_other_beliefs`).

The invariants: counts that were reconstructed are equally likely panels, so draws are weighed within an imputation and
each keeps its share, as in a fit; where the weights hang on a few draws (k above its limit) nothing is answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.schema import InputError, Problem
from lull.model.fitting.fit import DRAWN
from lull.model.parameters import EFFECTS, effect_priors
from lull.model.runs.store import Run, content_id
from lull.model.spec import Normal, Priors

if TYPE_CHECKING:
    import xarray as xr

LARGEST_K = 0.7  # of Pareto's shape, above which smoothed weights are not to be trusted
FEWEST = 100  # effective draws, as of an update
BELIEFS, FROM = "beliefs", "reweighted_from"  # of the record of a run
SHARE = "effective_share"  # of a posterior's attributes
HURDLE = "hurdle"


@dataclass(frozen=True)
class Weighing:
    """What weighing draws by other beliefs came to: `places` (draw,) says whose values each place of a draw takes."""

    places: NDArray[np.int64]
    k: float
    effective: float  # draws

    @property
    def limit(self) -> float:
        """The largest k that this many draws allow."""
        return min(1.0 - 1.0 / np.log10(max(self.places.size, 11)), LARGEST_K)

    @property
    def usable(self) -> bool:
        """Whether the weighed draws may be used."""
        return self.k < self.limit and self.effective >= FEWEST

    @property
    def words(self) -> str:
        """The figures in words."""
        return f"Pareto k {self.k:.2f} (limit {self.limit:.2f}), {self.effective:.0f} effective draws"


@dataclass(frozen=True)
class Reweighted:
    """A run under other beliefs, in memory alone, and how far its draws carry it; `run` is None where they do not."""

    run: Run | None
    weighing: Weighing


def weighed(log_ratio: Array, imputation: NDArray[np.int64]) -> Weighing:
    """Return draws weighed by the log ratio of new and old prior densities (draw,), each within its imputation."""
    if np.ptp(log_ratio) == 0.0:
        return Weighing(np.arange(log_ratio.size), 0.0, float(log_ratio.size))
    from arviz_stats.base import array_stats  # noqa: PLC0415 - a second; only weighing needs it

    groups = [np.flatnonzero(imputation == each) for each in np.unique(imputation)]
    centred = log_ratio.copy()
    for mine in groups:
        centred[mine] -= np.logaddexp.reduce(log_ratio[mine])
    smoothed, k = array_stats.psislw(-centred)  # it takes log likelihoods left out, whose inverse is the weight
    weight = np.exp(np.asarray(smoothed))
    places = np.arange(log_ratio.size)
    for mine in groups:
        weight[mine] *= mine.size / weight[mine].sum()
        places[mine] = mine[_taken(weight[mine])]
    effective = log_ratio.size**2 / float((weight**2).sum())
    return Weighing(places, float(k) if np.isfinite(k) else np.inf, effective)


def _taken(weight: Array) -> NDArray[np.int64]:
    """Return which draw takes each place, systematically; one that stays keeps its place. `weight` has the mean 1."""
    passed = np.floor(np.cumsum(weight) + 0.5)
    passed[-1] = weight.size
    copies = np.diff(passed, prepend=0.0).astype(np.int64)
    places = np.arange(weight.size)
    places[copies == 0] = np.repeat(places, np.maximum(copies - 1, 0))
    return places


def log_prior_ratio(effects: Mapping[str, Array], covariates: tuple[str, ...], old: Priors, new: Priors) -> Array:
    """Return log new less log old prior density of the effects of each draw, (draw,).

    `effects` (draw, covariate) by the names of `model.parameters.EFFECTS`.
    """
    total = np.zeros(next(iter(effects.values())).shape[0])
    for name in EFFECTS:
        before, after = effect_priors(old)[name], effect_priors(new)[name]
        for column, covariate in enumerate(covariates):
            was, now = before.get(covariate, old.other_effect), after.get(covariate, new.other_effect)
            if was != now:
                total += _log_density(effects[name][:, column], now) - _log_density(effects[name][:, column], was)
    return total


def _log_density(values: Array, belief: Normal) -> Array:
    return -0.5 * ((values - belief.mean) / belief.sd) ** 2 - np.log(belief.sd)


def priors_of(record: Mapping[str, Any]) -> Priors:
    """Return the priors that a run was fitted under. Raises `InputError` for a run that does not say them."""
    stated = record.get("plan", {}).get("priors")
    if stated is None:
        remedy = "Fit again: it was made by another version."
        raise InputError(Problem(f"run {record.get('run_id', '')}", "a record of the priors", "none", remedy))
    return Priors(**{each.name: _stated(stated[each.name]) for each in fields(Priors) if each.name in stated})


def _stated(value: Any) -> Any:
    """Return the value of a field of `Priors` as a record has it."""
    if not isinstance(value, Mapping):
        return value
    return Normal(**value) if value.keys() == {"mean", "sd"} else {name: Normal(**one) for name, one in value.items()}


def reweighted(run: Run, priors: Priors, beliefs: Mapping[str, Any]) -> Reweighted:
    """Return a run under other priors of the effects of drivers; `beliefs` are what its record says of them.

    Only the effects may differ from the priors of the run. Past weeks stay as the run shows them, and so does the
    verdict on its draws but for the weighing. Raises `InputError` for a run that does not say its priors.
    """
    old, tree = priors_of(run.record), run.posterior()
    posterior = tree["posterior"].to_dataset()
    names = tuple(str(name) for name in posterior["covariate"].to_numpy())
    drawn = {name: posterior[name].to_numpy().reshape(-1, len(names)) for name in EFFECTS}
    imputation = np.repeat(posterior["imputation"].to_numpy(), posterior.sizes["draw"])
    weighing = weighed(log_prior_ratio(drawn, names, old, priors), imputation)
    if not weighing.usable:
        return Reweighted(None, weighing)
    made = _tree(tree, weighing, old, priors)
    run_id = f"{run.run_id}+{content_id(dict(beliefs))[:8]}"
    said = {BELIEFS: dict(beliefs), FROM: run.run_id, "pareto_k": weighing.k, "effective_draws": weighing.effective}
    verdict = _verdict(run, made, weighing, old, priors)
    record = run.record | said | {"grade": verdict["grade"]}
    return Reweighted(replace(run, run_id=run_id, record=record, made=made, judged=verdict), weighing)


def _tree(tree: "xr.DataTree", weighing: Weighing, old: Priors, new: Priors) -> "xr.DataTree":
    """Return the tree with each place of a draw filled as the weighing says, and the hurdle model's draws moved."""
    import xarray as xr  # noqa: PLC0415 - as above

    from lull.model.hurdle.fitted import with_other_beliefs  # noqa: PLC0415 - compiles; only a run needs it

    groups = {name: node.to_dataset(inherit=False) for name, node in tree.children.items()}
    placed = {name: _placed(groups[name], weighing.places) for name in DRAWN if name in groups and name != HURDLE}
    placed["posterior"].attrs[SHARE] = weighing.effective / weighing.places.size
    if HURDLE in groups:
        placed[HURDLE] = with_other_beliefs(tree, old, new)
    return xr.DataTree.from_dict(groups | placed)


def _placed(group: "xr.Dataset", places: NDArray[np.int64]) -> "xr.Dataset":
    """Return a group with other draws in its places, chains laid end to end."""
    shape = group.sizes["chain"], group.sizes["draw"]
    chain, draw = (at.reshape(shape) for at in np.unravel_index(places, shape))
    return group.copy(
        data={
            name: values.to_numpy()[chain, draw] if values.dims[:2] == ("chain", "draw") else values.to_numpy()
            for name, values in group.data_vars.items()
        }
    )


def _verdict(run: Run, tree: "xr.DataTree", weighing: Weighing, old: Priors, new: Priors) -> dict[str, Any]:
    """Return the verdict on the fit with what the weighing adds, and the effects of drivers under the new beliefs."""
    from lull.model.inspection.diagnostics import GOOD_ESS  # noqa: PLC0415 - as above

    verdict = run.diagnostics()
    reason = f"reweighted from {run.run_id} to other beliefs without a fit, {weighing.words}"
    few = verdict["grade"] == "good" and weighing.effective < GOOD_ESS
    graded = {"grade": "doubtful", "advice": "Fit with these beliefs: few draws carry them."} if few else {}
    rows = [_moved(row, tree, old, new) for row in verdict.get("levers", ())]
    return verdict | graded | {"reasons": [*verdict["reasons"], reason], "levers": rows}


def _moved(row: dict[str, Any], tree: "xr.DataTree", old: Priors, new: Priors) -> dict[str, Any]:
    """Return what is said of the effect of a driver, as it is under the new beliefs where they changed it."""
    from lull.model.inspection.sensitivity import reweighted_effect  # noqa: PLC0415 - as above

    name = next((name for name, one in EFFECTS.items() if one.mechanism == row["on"]), "")
    was, now = ((effect_priors(each).get(name, {}).get(row["covariate"])) for each in (old, new))
    if now is None or was == now or row["covariate"] not in tree["posterior"]["covariate"]:
        return row
    return row | reweighted_effect(tree["posterior"][name].sel(covariate=row["covariate"]).to_numpy(), now)
