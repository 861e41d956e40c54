"""Lull in Python: weekly counts of attacks in, forecasts of pauses and resumptions out.

A fit in memory, its forecast, and what a scenario changes::

    import lull

    counts = lull.read_counts("weekly.csv")  # or lull.counts_from_frame(frame)
    fit = lull.fit(counts, seed=1)
    fit.grade, fit.forecast(horizon=12).table, fit.ask("any attack within 8 weeks")

`docs/api.md` shows each of these names with an executed example.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lull.backtests import Backtest, backtest
    from lull.data.counts import WeeklyCounts
    from lull.data.schema import InputError
    from lull.fits import Fit, fit, open_run
    from lull.forecasts import Forecast, scenario
    from lull.sources import counts_from_frame, import_acled, import_ucdp, read_counts, read_reports, reconstruct

__all__ = [
    "Backtest",
    "Fit",
    "Forecast",
    "InputError",
    "WeeklyCounts",
    "backtest",
    "counts_from_frame",
    "fit",
    "import_acled",
    "import_ucdp",
    "open_run",
    "read_counts",
    "read_reports",
    "reconstruct",
    "scenario",
]


_HOMES = {
    "backtests": ("Backtest", "backtest"),
    "data.counts": ("WeeklyCounts",),
    "data.schema": ("InputError",),
    "fits": ("Fit", "fit", "open_run"),
    "forecasts": ("Forecast", "scenario"),
}


def __getattr__(name: str) -> Any:
    """Return a public name, imported when it is first used: `lull --help` waits for none of them."""
    if name not in __all__:
        raise AttributeError(f"module 'lull' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the same

    home = next((module for module, names in _HOMES.items() if name in names), "sources")
    return getattr(import_module(f"lull.{home}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
