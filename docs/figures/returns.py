"""Prints how forecasts made in pauses come back, beside what came: the tables of returns in `docs/model.md`.

    .venv/bin/python docs/figures/returns.py
    .venv/bin/python docs/figures/returns.py --store results/store --counts ucdp.csv --silent 5 --horizon 26

Without options it is what the priors say of an actor of some attacks a week in a pause, and what they would say if the
level stood still through it. With the store of a backtest it is the check of each forecaster on the forecasts of that
horizon whose silence had that many weeks: the trials keep 400 paths each.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from lull.data.arrays import Array
from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts, read_counts
from lull.evaluation.record import FOLDER
from lull.evaluation.trials import TRIALS
from lull.model.forward.prior_state import prior_state
from lull.model.forward.simulate import Push, RandomNumbers, simulate
from lull.model.forward.state import OriginState
from lull.model.inspection.return_checks import FIGURES, check_returns, return_figures

BUSY, SILENT, WEEKS, DRAWS, SEED = 5.0, 5, 26, 20_000, 1  # attacks a week before the pause; weeks; weeks; draws; seed
NEVER = 1e9  # weeks: a half-life of a level that stands still


def prior_in_a_pause() -> OriginState:
    """Return what is believed of an actor in a pause before any of its counts."""
    drawn = prior_state(("a",), draws=DRAWS, horizon=WEEKS, seed=SEED)
    nothing, one = np.zeros_like(drawn.effect), np.ones((DRAWS, 1))
    return replace(
        drawn,
        effect=nothing,
        halt_effect=nothing,
        resumption_effect=nothing,
        intercept=np.log(BUSY) * one,
        level=0.0 * one,
        last_level=0.0 * one,
        p_active=0.0 * one,
        silent_weeks=float(SILENT) * one,
    )


def paths_of(state: OriginState) -> Array:
    """Return paths of a state, (draw, week)."""
    numbers = RandomNumbers.draw(series=state.series, draws=DRAWS, horizon=WEEKS, seed=SEED)
    paths = simulate(state, Push.none(covariates=len(state.covariates), horizon=WEEKS), numbers)
    return np.asarray(paths.count[:, 0], dtype=float)


def print_priors() -> None:
    """Print the figures of returns under the priors, and with a level that stands still."""
    state = prior_in_a_pause()
    for name, each in (
        ("priors", state),
        ("level stands still", replace(state, return_half_life=np.full(DRAWS, NEVER))),
    ):
        single, after, largest = return_figures(paths_of(each))
        level = np.nanquantile(after, (0.05, 0.5, 0.95)).round(2)
        print(f"{name}: returns {1 - np.isnan(single).mean():.2f}, with one attack {np.nanmean(single):.2f}")
        print(
            f"  four weeks after {level}, mean {np.nanmean(after):.2f}; largest week", np.quantile(largest, (0.5, 0.95))
        )


def forecasts_of(store: Path, counts: WeeklyCounts, silent: int, horizon: int) -> Iterator[tuple[str, Array, Array]]:
    """Yield forecaster, paths (draw, week) and what came (week,) of the forecasts of a store made in such pauses."""
    columns = ["model", "series", "origin_date", "silent_weeks", "paths", "any_attack"]
    for file in sorted((store / FOLDER / TRIALS).glob("*.parquet")):
        for row in pq.read_table(file, columns=columns, partitioning=None).to_pylist():
            if row["silent_weeks"] != silent or len(row["any_attack"]) != horizon or not row["paths"]:
                continue
            history = counts.array.to_numpy()[0, counts.series.index(row["series"])]
            ends = int((np.datetime64(row["origin_date"], "D") - counts.weeks[0]) // WEEK)
            came = history[ends + 1 : ends + 1 + horizon]
            if came.size == horizon and not np.isnan(came).any():
                yield row["model"], np.reshape(row["paths"], (-1, horizon)), came


def print_checks(store: Path, counts: WeeklyCounts, silent: int, horizon: int) -> None:
    """Print the check of each forecaster."""
    made: dict[str, list[tuple[Array, Array]]] = defaultdict(list)
    for name, paths, came in forecasts_of(store, counts, silent, horizon):
        made[name].append((paths, came))
    for name, forecasts in made.items():
        found = {one.figure: one for one in check_returns(*zip(*forecasts, strict=True), seed=SEED)}
        for figure in FIGURES:
            one = found[figure]
            print(
                f"{name}, {len(forecasts)} forecasts: {figure} came {one.observed:.2f} ({one.forecasts} of them), "
                f"forecast {one.middle:.2f} [{one.low:.2f}, {one.high:.2f}], p {one.p:.3f}"
            )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--counts", type=Path)
    parser.add_argument("--silent", type=int, default=SILENT)
    parser.add_argument("--horizon", type=int, default=WEEKS)
    asked = parser.parse_args()
    if asked.store is None or asked.counts is None:
        print_priors()
    else:
        print_checks(asked.store, read_counts(asked.counts), asked.silent, asked.horizon)


if __name__ == "__main__":
    main()
