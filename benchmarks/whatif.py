"""Time one new scenario, from its interventions to the numbers on the page, beside what a PyMC user would do.

Lull: `project` (interventions, simulation) and the summary of a page: weekly means and quantiles, the chances of any
attack and of a resumption by each week, and their paired differences from the baseline. Rivals: the same weeks ahead as
a generative PyMC graph (`benchmarks/rivals/whatif_pymc.py`) with the same posterior and summary, once as
`sample_posterior_predictive` runs it after `set_data` (`pymc`), once with its function compiled by hand beforehand
(`pymc_compiled`). `exact_ms` is what the chances cost when they are worked out exactly in each draw as well.

The posterior is 4,000 draws of the priors for two series: speed depends on its size, not on its data.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from shared.figures import arguments, begin

from lull.model.forward.prior_state import prior_state, with_prior_hurdle
from lull.model.forward.simulate import OriginState, Push, RandomNumbers, simulate
from lull.scenarios.engine.contrast import Contrast
from lull.scenarios.engine.projection import Projection, project
from lull.scenarios.engine.questions import first_passage
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.results.tables import quantiles

DRAWS, HORIZON, SERIES = 4000, 26, ("israel", "us_forces")
ROUNDS = 40


def scenarios(count: int) -> Iterator[Scenario]:
    """Yield scenarios that nobody asked before: a truce that ends and an event, on another day each."""
    for number in range(count):
        day = str(np.datetime64("2025-01-02") + np.timedelta64(number % 60, "D"))
        yield Scenario.model_validate(
            {
                "id": f"what-if-{number}",
                "title": "t",
                "assumptions": "a",
                "interventions": [
                    {"kind": "ceasefire", "action": "end", "date": day},
                    {"kind": "event", "dimension": "mobilisation", "salience": 5, "date": day},
                    {"kind": "resumption_hazard", "factor": {"lognormal": [1.2, 0.1]}, "start": day},
                ],
            }
        )


def summary(projection: Projection, base: Projection) -> list[Any]:
    """Return what a page shows of a scenario."""
    contrast = Contrast(projection, base)
    chances = [paired(by, contrast) for by in (attacked, resumed)]
    return [*weekly(projection.paths.count), *chances]


def weekly(counts: Any) -> tuple[Any, Any]:
    """Return weekly quantiles and means of counts (draw, ...)."""
    return quantiles(counts, ("0.05", "0.25", "0.5", "0.75", "0.95")), counts.mean(axis=0)


def attacked(projection: Projection) -> Any:
    """Return whether the path of a draw has an attack by each week."""
    return first_passage(projection.paths.count > 0)


def resumed(projection: Projection) -> Any:
    """Return whether the path of a draw is active by each week."""
    return first_passage(projection.paths.active)


def paired(by: Callable[[Projection], Any], contrast: Contrast) -> tuple[Any, Any, Any]:
    """Return the chance under the scenario, its difference from the baseline, and that difference's error."""
    one, other = by(contrast.scenario), by(contrast.baseline)
    chance, moved = one.mean(axis=0), (one != other).mean(axis=0)
    difference = chance - other.mean(axis=0)
    return chance, difference, np.sqrt((moved - difference**2) / one.shape[0])


def seconds(run: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def time_lull(state: OriginState, numbers: RandomNumbers) -> dict[str, float]:
    """Return the figures of Lull."""
    base = project(baseline(), state, numbers)
    summary(base, base)
    new = list(scenarios(ROUNDS + 3))
    taken = [seconds(lambda each=each: summary(project(each, state, numbers), base)) for each in new][3:]
    fresh = [project(each, state, numbers) for each in new[:10]]
    exact = [seconds(lambda each=each: (each.any_attack, each.resumption)) for each in fresh][1:]
    push = Push.none(covariates=len(state.covariates), horizon=HORIZON)
    simulated = [seconds(lambda: simulate(state, push, numbers)) for _ in range(ROUNDS)]
    return {
        "median_ms": 1e3 * float(np.median(taken)),
        "p95_ms": 1e3 * float(np.quantile(taken, 0.95)),
        "exact_ms": 1e3 * float(np.median(exact)),
        "ns_per_cell": 1e9 * float(np.median(simulated)) / (DRAWS * len(SERIES) * HORIZON),
    }


def beside(lull: dict[str, float], state: OriginState) -> dict[str, dict[str, float]]:
    """Return the figures of the rivals, each with how many times faster Lull is."""
    from rivals.whatif_pymc import time_pymc  # noqa: PLC0415 - takes seconds, and Lull is timed without it

    rivals = time_pymc(state, weekly, rounds=5)
    return {name: {**figures, "ratio": figures["median_ms"] / lull["median_ms"]} for name, figures in rivals.items()}


def main() -> None:
    """Print the figures."""
    measurement = begin("whatif", arguments(__doc__).parse_args())
    state = with_prior_hurdle(
        prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=1), share=1 / 3, recent=1 / 3, seed=1
    )
    state = replace(state, p_active=np.where(state.silent_weeks > 0, 0.2, 0.9))
    numbers = RandomNumbers.draw(series=SERIES, draws=DRAWS, horizon=HORIZON, seed=1)
    lull = time_lull(state, numbers)
    measurement.publish(lull, beside(lull, state))


if __name__ == "__main__":
    main()
