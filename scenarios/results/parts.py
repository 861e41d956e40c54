"""The two models that the forecast pools, side by side: what each says alone of the baseline of one series."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lull.model.forward.origin import state_of
from lull.model.forward.random_numbers import RandomNumbers
from lull.model.parts import PARTS, Part
from lull.model.runs.store import Run
from lull.scenarios.engine.projection import project
from lull.scenarios.language.spec import baseline
from lull.scenarios.results.document import HEADLINE_HORIZONS

TOTAL = 12  # weeks whose attacks are summed


@dataclass(frozen=True)
class PartForecast:
    """What the forecast, or a model of it alone, says of one series.

    `any_attack` is the chance of an attack within each of `HEADLINE_HORIZONS` weeks; of the attacks of `TOTAL` weeks
    the median and the 90 % interval.
    """

    part: Part
    share: float
    any_attack: tuple[float, ...]
    median: float
    low_90: float
    high_90: float


def part_forecasts(run: Run, series: str, *, seed: int) -> Iterator[PartForecast]:
    """Yield the forecast of one series, and what each of its models says alone."""
    for part in PARTS:
        state = state_of(run, horizon=max(HEADLINE_HORIZONS), part=part).select([series])
        numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=state.horizon, seed=seed)
        made = project(baseline(), state, numbers)
        if part == "pool":
            of_hurdle = float(state.hurdle.share[0]) if state.hurdle else 0.0
            shares = {"pool": 1.0, "regimes": 1.0 - of_hurdle, "hurdle": of_hurdle}
        chances = made.any_attack[:, 0].mean(axis=0)
        low, median, high = np.quantile(made.paths.cumulated[:, 0, TOTAL - 1], (0.05, 0.5, 0.95), method="inverted_cdf")
        some = tuple(float(chances[horizon - 1]) for horizon in HEADLINE_HORIZONS)
        yield PartForecast(part, shares[part], some, float(median), float(low), float(high))
