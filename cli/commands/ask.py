"""`lull ask`: one question in words, answered for one series under one scenario."""

from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import OutputOptions, Part, Question, RunOptions, SamplerOptions, Seed, Series, end
from lull.cli.options.evidence import EvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.model.fitting.fit import FitPlan
    from lull.model.runs.store import Run, Store
    from lull.scenarios.beliefs.reader_beliefs import Beliefs
    from lull.scenarios.engine.questions import Answer
    from lull.scenarios.language.spec import Scenario
    from lull.scenarios.results.document import DifferenceParts


@options(without={"out", "only"})
def ask(
    *,
    question: Question,
    series: Series = None,
    scenario: Annotated[str, typer.Option(metavar="NAME|FILE", help="The scenario.")] = "baseline",
    named: RunOptions,
    evidence: EvidenceOptions,
    seed: Seed = 1,
    part: Part = "pool",
    output: OutputOptions,
) -> None:
    """Answer one question, and compare with the baseline.

    Questions: any attack by DATE; resumption by DATE; at least N in a week by DATE; total at least N by DATE; at
    least N in each of M weeks by DATE; share of weeks halted by DATE; time to resumption by DATE; first week above N by
    DATE. Any may say "within N weeks" (of the origin) in place of "by DATE". Asks the named run, or the one of the
    files. A named run is not fitted again for --priors but reweighted, or refused.
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    beliefs = problems.beliefs(named.priors)
    plan = problems.plan(problems.evidence(evidence), sampler=SamplerOptions(), seed=seed, beliefs=beliefs)
    problems.stop_if_any()

    from lull.model.runs.store import Store
    from lull.scenarios.engine.question_grammar import check_question
    from lull.scenarios.language.scenario_files import find_scenario

    check_question(question)
    assumed = find_scenario(scenario)
    chosen = asked_run(named.run, plan, assumed, Store(output.store), beliefs)
    answer, parts = _answer(question, assumed, chosen, series=series, seed=seed, part=part)
    end(good=_print(answer, parts, chosen, as_json=output.as_json))


def asked_run(
    run_id: str | None, plan: "FitPlan", assumed: "Scenario", store: "Store", beliefs: "Beliefs | None" = None
) -> "Run":
    """Return the named run, weighed by the beliefs; or that of a plan."""
    from lull.cli.fitted_run import fitted
    from lull.cli.stored_run import chosen_run
    from lull.scenarios.beliefs.believed_run import assuming
    from lull.scenarios.beliefs.reader_beliefs import Beliefs
    from lull.scenarios.language.standard import HORIZON

    if run_id:
        return chosen_run(store, run_id, beliefs=beliefs)
    return assuming(fitted(plan, store, scenarios=[assumed], horizon=HORIZON)[0], beliefs or Beliefs())


def _answer(
    question: str, assumed: "Scenario", run: "Run", *, series: str | None, seed: int, part: Part
) -> "tuple[Answer, DifferenceParts | None]":
    """Return the answer of a run to a question, and where its difference from the baseline comes from."""
    from lull.cli.screen.streams import progress
    from lull.scenarios.drivers.answer_parts import answered

    with progress(waiting="load the run") as report:
        report("answer the question", 0, 1)
        return answered(question, assumed, run, series=series, seed=seed, part=part)


def _print(answer: "Answer", parts: "DifferenceParts | None", run: "Run", *, as_json: bool) -> bool:
    """Print an answer, and return whether it may be used."""
    from lull.cli.printing.answer import print_answer
    from lull.cli.screen.streams import print_json
    from lull.scenarios.beliefs.reader_beliefs import beliefs_sentence
    from lull.scenarios.results.answer_table import answer_document, claims_of
    from lull.scenarios.results.evidence_used import convergence, known_to

    verdict = convergence(run)
    if as_json:
        print_json(answer_document(answer, run, parts))
    else:
        notes = f"{claims_of(run)} Known to {known_to(run.record)}. {beliefs_sentence(run.record)}"
        print_answer(answer, parts, verdict, notes.rstrip())
    return verdict.usable
