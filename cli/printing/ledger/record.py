"""The record of published forecasts as a page, and the check of its ledger."""

from collections.abc import Iterable

from lull.cli.screen.layout import heading, plain_table
from lull.cli.screen.streams import output, print_json
from lull.data.schema import Problem
from lull.ledger.journal import Ledger
from lull.ledger.record_scores import ALL, Record, Score
from lull.ledger.record_words import METRIC_WORDS, coverage_sentence, early_sentence, group_words
from lull.scenarios.presentation.wording import percent

WIDEST = 44


def print_record(record: Record, ledger: Ledger) -> None:
    """Print the record, or how to begin one."""
    console = output()
    if not record.questions:
        console.print(
            f"Nothing is published in {ledger.path}. `lull publish` enters the first forecast.", soft_wrap=True
        )
        return
    console.print(coverage_sentence(record), style="bold")
    for words in filter(None, (early_sentence(record),)):
        console.print(words)
    groups = [one for one in record.scores if one.group == ALL], [one for one in record.scores if one.group != ALL]
    for title, scores in zip(("Scores", "Brier score by group"), groups, strict=True):
        shown = scores if title == "Scores" else [one for one in scores if one.metric == "brier"]
        if shown:
            console.print(heading(title))
            _print_scores(shown, with_group=title != "Scores")
    for one in record.scenarios:
        states = f"{one.confirmed} came true, {one.overtaken} overtaken, {one.open} open"
        console.print(f"Under {one.scenario}: {one.published} forecasts; of their premises {states}.")
    _print_questions(record)


def _print_scores(scores: Iterable[Score], *, with_group: bool) -> None:
    columns = ("group",) if with_group else ("score",)
    table = plain_table(*columns, "of", "mean", "model, same", "baseline, same", "scored", "resolved", words=2)
    for one in scores:
        first = group_words(one) if with_group else METRIC_WORDS[one.metric]
        same = ["" if value is None else f"{value:.3f}" for value in (one.model, one.baseline)]
        share = f"{one.resolved} of {one.published}"
        table.add_row(first, one.forecaster, f"{one.mean:.3f}", *same, str(one.scored), share)
    output().print(table)


def _print_questions(record: Record) -> None:
    console = output()
    console.print(heading("Questions"))
    table = plain_table("question", "series", "published", "outcome", words=4, widest=WIDEST)
    for one in record.standings:
        table.add_row(one.key.question, one.key.series, percent(one.latest.body.chance), one.outcome)
    console.print(table)


def print_verification(ledger: Ledger, *, as_json: bool) -> bool:
    """Print whether every line of a ledger is as it was written, and return it."""
    chain = ledger.chain()
    parts = [str(path) for path in ledger.parts]
    if as_json:
        rows = [_problem(one) for one in chain.problems]
        whole = {"ledger": str(ledger.path), "entries": len(chain.entries), "whole": not rows, "problems": rows}
        print_json(whole | {"parts_set_aside": parts})
        return not chain.problems
    console = output()
    for problem in chain.problems:
        console.print(str(problem), soft_wrap=True)
    for path in parts:
        console.print(f"Part of a line that was cut off was set aside: {path}", soft_wrap=True)
    verdict = "is not whole" if chain.problems else "is whole"
    console.print(f"The ledger {ledger.path} {verdict}: {len(chain.entries)} entries.", soft_wrap=True)
    return not chain.problems


def _problem(problem: Problem) -> dict[str, object]:
    """Return a problem, with the number of its line where it has one."""
    _, mark, line = problem.where.rpartition(":line ")
    number = int(line) if mark else None
    return {"line": number, "expected": problem.expected, "found": problem.found, "remedy": problem.remedy}
