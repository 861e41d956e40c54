"""`lull scenario tornado`: scenarios ranked by how far each moves the answer to one question."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import OutputOptions, Question, RunId, Seed, Series, end
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lull.model.forward.simulate import OriginState
    from lull.model.runs.store import Run
    from lull.scenarios.engine.questions import Answer
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

    from lull.cli.stored_run import chosen_run, found_scenarios
    from lull.model.runs.store import Store
    from lull.scenarios.engine.question_grammar import check_question

    check_question(question)
    scenarios = found_scenarios(names)
    chosen = chosen_run(Store(output.store), run)
    answers, left_out = _answers(question, scenarios, chosen, series=series, seed=seed)
    answers.sort(key=lambda each: (-abs(each.difference), each.scenario))
    end(good=_print(answers, left_out, chosen, as_json=output.as_json))


def _answers(
    question: str, named: "Sequence[Scenario]", run: "Run", *, series: str | None, seed: int
) -> "tuple[list[Answer], dict[str, str]]":
    """Return the answers under scenarios, and which of the library (if none is named) are left out, and why."""
    from lull.cli.screen.streams import progress
    from lull.cli.stored_run import naming
    from lull.model.forward.origin import state_of
    from lull.model.spec import MAX_HORIZON
    from lull.scenarios.engine.question_grammar import parse_question
    from lull.scenarios.engine.questions import ask_all
    from lull.scenarios.language.scenario_files import library
    from lull.scenarios.language.spec import BASELINE

    with naming(run), progress(waiting="load the run") as report:
        report("load the run", 0, 1)
        state = state_of(run, horizon=MAX_HORIZON)
        parsed = parse_question(question, origin=state.origin)
        only = state.series[0] if len(state.series) == 1 else ""
        scenarios = [scenario for scenario in named or library() if scenario.id != BASELINE]
        left_out: dict[str, str] = {}
        if not named:
            scenarios, left_out = _consistent(scenarios, state, seed=seed)
        answers: list[Answer] = []
        for answer in ask_all(parsed, scenarios, state, series=series or only, seed=seed):
            report("answer the question", len(answers), len(scenarios))
            answers.append(answer)
    return answers, left_out


def _print(ranked: "Sequence[Answer]", left_out: dict[str, str], run: "Run", *, as_json: bool) -> bool:
    """Print ranked answers, and return whether they may be used."""
    from lull.cli.printing.tornado_table import print_tornado
    from lull.cli.screen.streams import print_json
    from lull.scenarios.results.evidence_used import convergence, what_counts_are

    verdict, claims = convergence(run), what_counts_are(run.record)
    if as_json:
        rows = [{**asdict(answer), "rank": place} for place, answer in enumerate(ranked, start=1)]
        print_json({"levers": rows, "left_out": left_out, **verdict.grades, "claims": claims})
    else:
        print_tornado(ranked, left_out, verdict, claims)
    return verdict.usable


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
