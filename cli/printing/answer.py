"""The answer to one question in words, next to the baseline's."""

from lull.cli.screen.streams import output
from lull.scenarios.engine.questions import Answer
from lull.scenarios.presentation.verdicts import verdict_sentence
from lull.scenarios.presentation.wording import (
    NO_CHANGE,
    apart_words,
    moved_points,
    parts_sentence,
    percent,
    points_interval,
)
from lull.scenarios.results.document import Convergence, DifferenceParts


def print_answer(answer: Answer, parts: DifferenceParts | None, verdict: Convergence, claims: str) -> None:
    """Print an answer, how sure it is, and what its counts are."""
    console = output()
    console.print(
        f"{answer.asked} ({answer.series}), under {answer.scenario}: {percent(answer.probability)}", style="bold"
    )
    if answer.scenario != "baseline":
        interval = points_interval(answer.difference_low, answer.difference_high)
        moved = f"{moved_points(answer.probability, answer.difference)} points, 90 % interval {interval}"
        difference = NO_CHANGE if answer.unchanged else f"Difference: {moved}."
        console.print(f"Baseline: {percent(answer.baseline)}. {difference}")
    if parts is not None and not answer.unchanged:
        console.print(parts_sentence(parts))
    if answer.reference_rate is not None:
        console.print(f"Recorded silences of that age ended within that time: {percent(answer.reference_rate)}.")
        if apart := apart_words(answer.baseline, answer.reference_rate):
            console.print(apart)
    for part in answer.distribution or ():
        ends = f"in the week up to {part.week_end}" if part.week_end else "not by then"
        console.print(f"  {ends:28} {percent(part.probability):>5}   baseline {percent(part.baseline):>5}")
    console.print(f"Monte Carlo error of the probability: {100 * answer.mc_error:.1f} points.")
    console.print(verdict_sentence(verdict))
    console.print(f"{claims} Run {answer.run_id}.")
