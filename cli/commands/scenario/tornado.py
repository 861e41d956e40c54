"""`lull scenario tornado`: scenarios ranked by how far each moves the answer to one question."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import OutputOptions, Question, RunId, Seed, Series, end
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lull.model.forward.simulate import OriginState
    from lull.scenarios.language.spec import Scenario


@options(without={"out"})
def tornado(
    *,
    question: Question,
    names: Annotated[list[str] | None, typer.Argument(help="Names of the library or files.  [default: all]")] = None,
    series: Series = None,
    run: RunId = None,
    seed: Seed = 1,
    output: OutputOptions,
) -> None:
    """Rank scenarios by how far they move the answer to a question.

    The questions are those of `lull ask`. Asks a run of the store; fits nothing.
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    problems.seed(seed)
    problems.stop_if_any()

    from lull.cli.printing.tornado_table import print_tornado
    from lull.cli.screen.streams import print_json, progress
    from lull.cli.stored_run import chosen_run, found_scenarios, naming
    from lull.model.forward.origin import origin_state
    from lull.model.runs.store import Store
    from lull.model.spec import MAX_HORIZON
    from lull.scenarios.engine.question_grammar import check_question, parse_question
    from lull.scenarios.engine.questions import Answer, ask_all
    from lull.scenarios.language.scenario_files import library
    from lull.scenarios.language.spec import BASELINE
    from lull.scenarios.results.evidence_used import convergence, what_counts_are

    check_question(question)
    scenarios = found_scenarios(names) or library()
    chosen = chosen_run(Store(output.store), run)
    with naming(chosen), progress(waiting="load the run") as report:
        report("load the run", 0, 1)
        state = origin_state(chosen.posterior(), horizon=MAX_HORIZON, run_id=chosen.run_id)
        parsed = parse_question(question, origin=state.origin)
        only = state.series[0] if len(state.series) == 1 else ""
        ranked = [scenario for scenario in scenarios if scenario.id != BASELINE]
        left_out: dict[str, str] = {}
        if not names:
            ranked, left_out = _consistent(ranked, state, seed=seed)
        answers: list[Answer] = []
        for answer in ask_all(parsed, ranked, state, series=series or only, seed=seed):
            report("answer the question", len(answers), len(ranked))
            answers.append(answer)
    answers.sort(key=lambda each: (-abs(each.difference), each.scenario))
    verdict, claims = convergence(chosen), what_counts_are(chosen.record)
    if output.as_json:
        rows = [{**asdict(answer), "rank": place} for place, answer in enumerate(answers, start=1)]
        print_json({"levers": rows, "left_out": left_out, **verdict.grades, "claims": claims})
    else:
        print_tornado(answers, left_out, verdict, claims)
    end(good=verdict.usable)


def _consistent(
    scenarios: "Iterable[Scenario]", state: "OriginState", *, seed: int
) -> "tuple[list[Scenario], dict[str, str]]":
    """Return the scenarios that a state allows, and the reasons against the others."""
    from lull.data.schema import InputError
    from lull.model.forward.simulate import RandomNumbers
    from lull.scenarios.engine.projection import compile_push

    near = state.up_to(1)
    numbers = RandomNumbers.draw(series=near.series, draws=near.draws, horizon=1, seed=seed)
    consistent, left_out = [], {}
    for scenario in scenarios:
        try:
            compile_push(scenario, state, numbers)
            consistent.append(scenario)
        except InputError as error:
            left_out[scenario.id] = str(error.problems[0])
    return consistent, left_out
