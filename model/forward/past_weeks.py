"""What a stored posterior tree was fitted to, cut at a week: the one container that looking back stands on."""

from dataclasses import dataclass

import xarray as xr

from lull.data.arrays import Array
from lull.model.fitting.panel import log_completeness_of, settled
from lull.model.regimes.filter import silent_weeks


@dataclass(frozen=True)
class PastWeeks:
    """The observed weeks of some series in one imputation, as `model.forward.history.Observed` asks for them.

    `count`, `log_completeness` and `silence` are (series, week), `impulses` (covariate, week), `basis` (series, week,
    mode); `sure` are the counts of weeks that are whole, NaN elsewhere.
    """

    weeks: int
    count: Array
    log_completeness: Array
    silence: Array
    impulses: Array
    basis: Array
    sure: Array


def past_weeks(
    tree: xr.DataTree, imputation: int, *, weeks: int | None = None, series: slice = slice(None)
) -> PastWeeks:
    """Return the first `weeks` observed weeks (all, if none is given) of some series in one imputation."""
    observed, constant = tree["observed_data"].to_dataset()["count"], tree["constant_data"].to_dataset()
    weeks = observed.sizes["week"] if weeks is None else weeks
    count, share = observed.to_numpy()[imputation, series], log_completeness_of(observed)[series]
    sure = settled(count, share)[:, :weeks]
    return PastWeeks(
        weeks=weeks,
        count=count[:, :weeks],
        log_completeness=share[:, :weeks],
        silence=silent_weeks(sure),
        impulses=constant["schedule"].to_numpy()[:, :weeks],
        basis=constant["basis"].to_numpy()[imputation, series, :weeks],
        sure=sure,
    )
