"""What a stored posterior tree was fitted to, up to a week."""

import xarray as xr

from lull.data.arrays import by_series
from lull.model.fitting.panel import ObservedWeeks, log_completeness_of, settled
from lull.model.regimes.filter import silent_weeks


def past_weeks(
    tree: xr.DataTree, imputation: int, *, weeks: int | None = None, series: slice = slice(None)
) -> ObservedWeeks:
    """Return the first `weeks` observed weeks (all, if none is given) of some series in one imputation."""
    observed, constant = tree["observed_data"].to_dataset()["count"], tree["constant_data"].to_dataset()
    weeks = observed.sizes["week"] if weeks is None else weeks
    count, share = observed.to_numpy()[imputation, series], log_completeness_of(observed)[series]
    impulses = by_series(constant["schedule"].to_numpy())[..., :weeks]
    return ObservedWeeks(
        count=count[:, :weeks],
        log_completeness=share[:, :weeks],
        silence=silent_weeks(settled(count, share)[:, :weeks]),
        impulses=impulses[series] if len(impulses) > 1 else impulses,
        basis=constant["basis"].to_numpy()[imputation, series, :weeks],
    )
