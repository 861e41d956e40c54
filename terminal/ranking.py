"""`lull scenario tornado`: scenarios ranked by how far each moves the answer to one question."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from lull.data.schema import InputError
from lull.model.forward.origin import origin_state
from lull.model.forward.simulate import OriginState
from lull.model.runs.store import Store
from lull.model.spec import MAX_HORIZON
from lull.scenarios.engine.question_grammar import check_question, parse_question
from lull.scenarios.engine.questions import Answer, ask_all
from lull.scenarios.language.scenario_files import library
from lull.scenarios.language.spec import BASELINE, Scenario
from lull.scenarios.presentation.wording import in_points, percent
from lull.scenarios.results.document import Convergence
from lull.scenarios.results.evidence_used import convergence, what_counts_are
from lull.terminal.forecasting import asking_of, chosen_run, found
from lull.terminal.page import plain_table
from lull.terminal.screen import output, print_json, progress

HALF = 12  # characters to each side of a bar's middle
WIDEST_ID = 26


def rank_and_print(
    text: str,
    names: Sequence[str],
    folder: Path | None,
    *,
    run_id: str | None,
    series: str | None,
    as_json: bool,
    seed: int,
) -> bool:
    """Answer one question under many scenarios, print them by their effect, and return whether they may be used.

    Scenarios of the library that cannot be meant here are told with the reason; one that is named is refused.
    """
    check_question(text)
    scenarios = found(names) or library()
    run = chosen_run(Store(folder), run_id)
    with asking_of(run), progress(waiting="load the run") as told:
        told("load the run", 0, 1)
        state = origin_state(run.posterior(), horizon=MAX_HORIZON, run_id=run.run_id)
        question = parse_question(text, origin=state.origin)
        only = state.series[0] if len(state.series) == 1 else ""
        asked = [scenario for scenario in scenarios if scenario.id != BASELINE]
        left_out: dict[str, str] = {}
        if not names:
            asked, left_out = _possible(asked, state, seed=seed)
        answers: list[Answer] = []
        for answer in ask_all(question, asked, state, series=series or only, seed=seed):
            told("answer the question", len(answers), len(asked))
            answers.append(answer)
    ranked = sorted(answers, key=lambda each: (-abs(each.difference), each.scenario))
    verdict, claims = convergence(run), what_counts_are(run.record)
    if as_json:
        rows = [{**asdict(answer), "rank": place} for place, answer in enumerate(ranked, start=1)]
        print_json({"levers": rows, "left_out": left_out, **verdict.grades, "claims": claims})
    else:
        _print(ranked, left_out, verdict, claims)
    return verdict.usable


def _possible(scenarios: Iterable[Scenario], state: OriginState, *, seed: int) -> tuple[list[Scenario], dict[str, str]]:
    """Return the scenarios that a state allows, and the reasons against the others."""
    from lull.model.forward.simulate import RandomNumbers  # noqa: PLC0415 - compiled code
    from lull.scenarios.engine.projection import compile_push  # noqa: PLC0415 - the same

    near = state.up_to(1)
    numbers = RandomNumbers.draw(series=near.series, draws=near.draws, horizon=1, seed=seed)
    possible, left_out = [], {}
    for scenario in scenarios:
        try:
            compile_push(scenario, state, numbers)
            possible.append(scenario)
        except InputError as error:
            left_out[scenario.id] = str(error.problems[0])
    return possible, left_out


def _print(ranked: Sequence[Answer], left_out: dict[str, str], verdict: Convergence, claims: str) -> None:
    console = output()
    if ranked:
        first = ranked[0]
        console.print(f"{first.asked} ({first.series})", style="bold")
        console.print(f"Baseline: {percent(first.baseline)}. Differences in points, with their 90 % intervals.\n")
        table = plain_table("scenario", "answer", "difference", "90 % interval", "", widest=WIDEST_ID)
        table.columns[-1].justify = "left"
        for answer, bar in zip(ranked, _bars(ranked), strict=True):
            ends = f"{in_points(answer.difference_low)} to {in_points(answer.difference_high)}"
            moved = ("no change", "") if answer.unchanged else (in_points(answer.difference), ends)
            table.add_row(answer.scenario, percent(answer.probability), *moved, bar)
        console.print(table)
    for scenario, reason in left_out.items():
        console.print(f"Left out: {scenario}. {reason}", soft_wrap=True)
    usable = "" if verdict.usable else " These numbers may not be used."
    run = f" Run {ranked[0].run_id}." if ranked else ""
    console.print("\nThe effect of a lever is belief where the data taught little: `lull forecast` says how much.")
    console.print(f"Convergence: {verdict.grade}.{usable} Track record: {verdict.calibrated}.\n{claims}{run}")


def _bars(ranked: Sequence[Answer]) -> Iterator[str]:
    """Yield for each answer a bar to the left or the right of the baseline, the longest to the largest difference."""
    widest = max(abs(answer.difference) for answer in ranked) or 1.0
    for answer in ranked:
        bar = "█" * round(HALF * abs(answer.difference) / widest)
        yield f"{bar:>{HALF}}│" if answer.difference < 0 else f"{'':{HALF}}│{bar}"
