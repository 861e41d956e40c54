"""`lull fit`: a run without a forecast."""

import typer

from lull.cli.options.arguments import OutputOptions, Priors, SamplerOptions, Seed, end
from lull.cli.options.evidence import EvidenceOptions
from lull.cli.options.expansion import options

ASSUMED = "A fit holds what the file says of drivers; chances of branches and saliences belong to questions."


@options(without={"out"})
def fit(
    *, evidence: EvidenceOptions, priors: Priors = None, seed: Seed = 1, sampler: SamplerOptions, output: OutputOptions
) -> None:
    """Fit the model and keep the run, without a forecast."""
    from lull.cli.options.problems import Problems

    problems = Problems()
    beliefs = problems.beliefs(priors)
    plan = problems.plan(problems.evidence(evidence), sampler=sampler, seed=seed, beliefs=beliefs)
    problems.stop_if_any()

    from lull.cli.fitted_run import fitted
    from lull.cli.printing.fit import print_fit
    from lull.cli.screen.streams import print_json
    from lull.model.runs.store import Store
    from lull.scenarios.beliefs.reader_beliefs import beliefs_object
    from lull.scenarios.results.calibration_status import grading_of

    run, kept = fitted(plan, Store(output.store))
    if beliefs.forks or beliefs.salience:
        typer.echo(f"{ASSUMED} Ask this run with --priors to have them in an answer.", err=True)
    verdict, graded = run.diagnostics(), grading_of(run)
    if output.as_json:
        where = {"run_id": run.run_id, "from_store": kept, "folder": str(run.folder), "convergence": verdict}
        print_json(
            where | {"calibration": graded.grade, "calibration_reason": graded.reason} | beliefs_object(run.record)
        )
    else:
        print_fit(run, verdict, graded, kept=kept)
    end(good=verdict["grade"] != "unusable")
