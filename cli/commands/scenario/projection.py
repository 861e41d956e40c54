"""`lull scenario run`: scenarios projected from a run of the store."""

from lull.cli.commands.forecast import deliver
from lull.cli.options.arguments import Horizon, OutputOptions, Part, Priors, RunId, ScenarioNames, Seed, end
from lull.cli.options.expansion import options


@options()
def run(
    *,
    names: ScenarioNames,
    run: RunId = None,
    priors: Priors = None,
    horizon: Horizon = 26,
    seed: Seed = 1,
    part: Part = "pool",
    output: OutputOptions,
) -> None:
    """Project scenarios from a run of the store, and compare with the baseline; fits nothing."""
    from lull.cli.options.problems import Problems

    problems = Problems()
    problems.horizon(horizon)
    problems.seed(seed)
    beliefs = problems.beliefs(priors)
    problems.stop_if_any()

    from lull.cli.stored_run import chosen_run, found_scenarios, naming
    from lull.model.runs.store import Store
    from lull.scenarios.results.forecast_cache import Request
    from lull.scenarios.results.outputs import check_out

    scenarios = found_scenarios(names)
    if output.out is not None:
        check_out(output.out)
    chosen = chosen_run(Store(output.store), run, beliefs=beliefs)
    request = Request.of(scenarios, horizon=horizon, seed=seed, part=part)
    with naming(chosen):
        usable = deliver(chosen, request, output, kept=True)
    end(good=usable)
