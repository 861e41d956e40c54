"""Scenarios ranked by their effect on the answer to one question, as a table with bars."""

from collections.abc import Iterator, Sequence

from lull.cli.screen.layout import plain_table
from lull.cli.screen.streams import output
from lull.scenarios.engine.questions import Answer
from lull.scenarios.presentation.verdicts import verdict_sentence
from lull.scenarios.presentation.wording import moved_points, percent, points_interval
from lull.scenarios.results.document import Convergence

HALF = 12  # characters to each side of a bar's middle
WIDEST_ID = 26


def print_tornado(ranked: Sequence[Answer], left_out: dict[str, str], verdict: Convergence, claims: str) -> None:
    """Print the answers, the largest difference first, and the scenarios that are contradictory in this run."""
    console = output()
    if ranked:
        first = ranked[0]
        console.print(f"{first.asked} ({first.series})", style="bold")
        console.print(f"Baseline: {percent(first.baseline)}. Differences in points, with their 90 % intervals.\n")
        table = plain_table("scenario", "answer", "difference", "90 % interval", "", widest=WIDEST_ID)
        table.columns[-1].justify = "left"
        for answer, bar in zip(ranked, _bars(ranked), strict=True):
            ends = points_interval(answer.difference_low, answer.difference_high)
            points = moved_points(answer.probability, answer.difference)
            moved = ("no change", "") if answer.unchanged else (points, ends)
            table.add_row(answer.scenario, percent(answer.probability), *moved, bar)
        console.print(table)
    for scenario, reason in left_out.items():
        console.print(f"Left out: {scenario}. {reason}", soft_wrap=True)
    run = f" Run {ranked[0].run_id}." if ranked else ""
    console.print("\nThe effect of a driver is belief where the data taught little: `lull forecast` says how much.")
    console.print(f"{verdict_sentence(verdict)}\n{claims}{run}")


def _bars(ranked: Sequence[Answer]) -> Iterator[str]:
    """Yield for each answer a bar to the left or the right of the baseline, the longest to the largest difference."""
    widest = max(abs(answer.difference) for answer in ranked) or 1.0
    for answer in ranked:
        bar = "█" * round(HALF * abs(answer.difference) / widest)
        yield f"{bar:>{HALF}}│" if answer.difference < 0 else f"{'':{HALF}}│{bar}"
