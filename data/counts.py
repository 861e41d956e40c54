"""Weekly counts: one labelled array in which missing is missing and zero is zero."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from data.calendar import WEEK, Week


@dataclass(frozen=True)
class WeeklyCounts:
    """Attacks per week by series, in one or more imputations.

    `array` has dims (imputation, series, week), float64, NaN where no evidence reaches; coords `series`, `faction`
    and `front` along series, and `week`, consecutive Mondays (datetime64). Observed counts are one imputation.
    """

    array: xr.DataArray

    def __post_init__(self) -> None:
        """Refuse an array that is not weekly counts."""
        if self.array.dims != ("imputation", "series", "week"):
            raise ValueError(f"weekly counts have dims (imputation, series, week), found {self.array.dims}")
        values = self.array.to_numpy()
        known = values[~np.isnan(values)]
        if (known < 0).any() or (known % 1 != 0).any():
            raise ValueError("weekly counts are whole numbers from 0 up, or NaN where missing")
        steps = np.diff(self.weeks)
        if self.weeks.size == 0 or (steps != WEEK).any():
            raise ValueError("the weeks of weekly counts follow each other without a gap")

    @property
    def weeks(self) -> np.ndarray:
        """The observed Mondays, (week,)."""
        return self.array["week"].to_numpy().astype("datetime64[D]")

    @property
    def series(self) -> tuple[str, ...]:
        """The names of the series."""
        return tuple(str(name) for name in self.array["series"].to_numpy())

    @property
    def origin(self) -> Week:
        """The last observed week, which every horizon is counted from."""
        return self.weeks[-1]
