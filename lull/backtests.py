"""A backtest for a modeller in Python."""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from lull.data.evidence import Evidence
from lull.fits import quiet
from lull.model.runs.store import Store
from lull.sources import Source, evidence_file


@dataclass(frozen=True)
class Backtest:
    """Forecasts of past weeks from what was known then, scored.

    Both tables are pyarrow tables: `.to_pandas()`, `polars.from_arrow`.
    """

    summary: pa.Table
    """`model, metric, mean, skill_vs_best_baseline, ci_low, ci_high, n_scored`; lower means are better."""
    scores: pa.Table
    """`model, series, origin_date, horizon, metric, value`, a row for each score."""


def backtest(
    counts: Source,
    *,
    origins: int = 4,
    horizon: int = 12,
    learn: int = 104,
    draws: int = 1000,
    tune: int = 500,
    seed: int = 1,
) -> Backtest:
    """Return the scores of past forecasts of weekly counts, of Lull and of the baselines.

    Parameters
    ----------
    counts
        A file, what `read_counts` returns, or a data frame with its columns.
    origins
        Past weeks to forecast from, of each series, evenly spread.
    horizon
        Weeks ahead.
    learn
        Weeks from the first attack of a series to its first origin, at least.
    draws, tune
        Draws of each chain of the fits.
    seed
        The random seed.

    Returns
    -------
    Backtest
        A fit for each series and origin, so it takes minutes; `lull backtest` does the same on all cores.

    Raises
    ------
    InputError
        If no series is long enough.

    Examples
    --------
    >>> import lull
    >>> scored = lull.backtest("weekly.csv", origins=1, horizon=4, learn=40, draws=100, tune=100)
    >>> {"lull", "naive_pool"} <= set(scored.summary["model"].to_pylist())
    True
    """
    from lull.evaluation.backtest import plan_backtest  # noqa: PLC0415 - seconds; only a backtest needs them
    from lull.evaluation.cells import Rule  # noqa: PLC0415 - the same
    from lull.evaluation.forecasters.participants import Setting, line_up  # noqa: PLC0415 - the same
    from lull.evaluation.results import gather, results_of  # noqa: PLC0415 - the same
    from lull.evaluation.trials import kept_trial  # noqa: PLC0415 - the same

    with tempfile.TemporaryDirectory(prefix="lull.") as folder:
        evidence = Evidence(counts=evidence_file(counts, Path(folder) / "counts.csv"))
        setting = Setting(horizon=horizon, draws=draws, tune=tune)
        planned = plan_backtest(
            evidence, Rule(origins=origins, learn=learn), line_up({}), setting, progress=quiet, seed=seed
        )
        store = Store(Path(folder) / "runs")
        for trial in planned.trials:
            kept_trial(trial, store)
        gathered = gather(planned, store)
        found = results_of(planned, gathered, (), made_on=date.today())  # noqa: DTZ011 - the user's own day
        return Backtest(found.summary, gathered.scores)
