"""`lull ask`: one question in words, answered for one series under one scenario, beside the baseline."""

from dataclasses import asdict
from pathlib import Path

from lull.model.fitting.fit import FitPlan
from lull.model.forward.origin import origin_state
from lull.model.runs.store import Store
from lull.model.spec import MAX_HORIZON
from lull.scenarios.engine.question_grammar import check_question, parse_question
from lull.scenarios.engine.questions import Answer, ask
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.standard import HORIZON
from lull.scenarios.presentation.wording import NO_CHANGE, apart_words, in_points, percent
from lull.scenarios.results.document import Convergence
from lull.scenarios.results.evidence_used import convergence, evidence_used, thin_sentence, what_counts_are
from lull.terminal.fitting import fitted
from lull.terminal.forecasting import chosen_run
from lull.terminal.screen import output, print_json, progress


def ask_and_print(
    text: str,
    plan: FitPlan,
    folder: Path | None,
    *,
    run_id: str | None,
    series: str | None,
    scenario: str,
    as_json: bool,
) -> bool:
    """Answer a question from a named run, or from the run of a plan; print, and return whether it may be used."""
    check_question(text)
    assumed = find_scenario(scenario)
    store = Store(folder)
    run = chosen_run(store, run_id) if run_id else fitted(plan, store, trying=[assumed], horizon=HORIZON)[0]
    with progress(waiting="load the run") as told:
        told("load the run", 0, 1)
        state = origin_state(run.posterior(), horizon=MAX_HORIZON, run_id=run.run_id)
        told("answer the question", 0, 1)
        question = parse_question(text, origin=state.origin)
        only = state.series[0] if len(state.series) == 1 else ""
        answer = ask(question, assumed, state, series=series or only, seed=plan.seed)
    verdict, thin = convergence(run), thin_sentence(evidence_used(run.record))
    claims = f"{thin} {what_counts_are(run.record)}".strip()
    if as_json:
        print_json(asdict(answer) | verdict.grades | {"claims": claims})
    else:
        _print(answer, verdict, claims)
    return verdict.usable


def _print(answer: Answer, verdict: Convergence, claims: str) -> None:
    console = output()
    console.print(
        f"{answer.asked} ({answer.series}), under {answer.scenario}: {percent(answer.probability)}", style="bold"
    )
    if answer.scenario != "baseline":
        interval = f"{in_points(answer.difference_low)} to {in_points(answer.difference_high)}"
        moved = f"{in_points(answer.difference)} points, 90 % interval {interval}"
        told = NO_CHANGE if answer.unchanged else f"Difference: {moved}."
        console.print(f"Baseline: {percent(answer.baseline)}. {told}")
    if answer.reference_rate is not None:
        console.print(f"Recorded silences of that age ended within that time: {percent(answer.reference_rate)}.")
        if apart := apart_words(answer.baseline, answer.reference_rate):
            console.print(apart)
    for part in answer.distribution or ():
        ends = f"in the week up to {part.week_end}" if part.week_end else "not by then"
        console.print(f"  {ends:28} {percent(part.probability):>5}   baseline {percent(part.baseline):>5}")
    console.print(f"Monte Carlo error of the probability: {100 * answer.mc_error:.1f} points.")
    usable = "" if verdict.usable else " These numbers may not be used."
    console.print(f"Convergence: {verdict.grade}.{usable} Track record: {verdict.calibrated}.")
    console.print(f"{claims} Run {answer.run_id}.")
