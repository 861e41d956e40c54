"""`lull publish`: a forecast entered in the ledger before its outcome can be known."""

from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.commands.ask import asked_run
from lull.cli.options.arguments import (
    DATE,
    OutputOptions,
    Question,
    RunId,
    SamplerOptions,
    Seed,
    Series,
)
from lull.cli.options.evidence import EvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.schema import Problem
    from lull.ledger.entries import Body, Published


@options(without={"out"})
def publish(
    *,
    question: Question,
    series: Series = None,
    scenario: Annotated[str, typer.Option(metavar="NAME|FILE", help="The scenario.")] = "baseline",
    run: RunId = None,
    deadline: Annotated[
        str | None, typer.Option(metavar=DATE, help="The last day asked about, if the question names none.")
    ] = None,
    resolution: Annotated[
        str, typer.Option(metavar="TEXT", help="How it is decided.  [default: by the weekly counts]")
    ] = "",
    number: Annotated[float | None, typer.Option(metavar="P", help="Your own probability, 0 to 1.")] = None,
    quantiles: Annotated[
        str, typer.Option(metavar="A,B,C", help="Your own 5, 50 and 95 % quantiles of the attacks of all days.")
    ] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason of your number.")] = "",
    comment: Annotated[str, typer.Option(metavar="TEXT", help="A comment, kept with the question.")] = "",
    reader: Annotated[str, typer.Option(metavar="NAME", help="Who publishes.")] = "me",
    evidence: EvidenceOptions,
    seed: Seed = 1,
    output: OutputOptions,
) -> None:
    """Publish a forecast: enter it in the ledger of the store, with your own number beside it.

    The questions are those of `lull ask` that weekly counts decide. What is entered is never changed: the same question
    published again is a new version of it. After the deadline, and once it is decided, nothing is entered (exit code
    2). For example: lull publish "any attack by 2027-03-01" --series israel --number .3 --reason "A ceasefire holds."
    """
    from lull.cli.options.problems import Problems
    from lull.data.schema import Problem
    from lull.model.runs.store import Store
    from lull.scenarios.language.scenario_files import find_scenario

    problems = Problems()
    plan = problems.plan(problems.evidence(evidence), sampler=SamplerOptions(), seed=seed)
    by, levels = problems.day("--deadline", deadline), _levels(quantiles, problems.found)
    if (reason and number is None and not quantiles) and not problems.found:
        problems.found.append(Problem("--reason", "a number of yours: --number or --quantiles", "none"))
    problems.stop_if_any()

    from lull.cli.opened_ledger import opened_ledger
    from lull.cli.printing.ledger.publication import print_publication
    from lull.cli.screen.streams import progress
    from lull.ledger.own_numbers import check_own
    from lull.ledger.publication import Terms, check_asked, publication, register

    store, assumed = Store(output.store), find_scenario(scenario)
    check_own(number, levels)
    check_asked(question, by)
    chosen = asked_run(run, plan, assumed, store)
    ledger = opened_ledger(store)
    with progress(waiting="load the run") as report:
        report("answer the question", 0, 1)
        body = publication(
            chosen, question, series=series or "", scenario=assumed, deadline=by, terms=Terms(resolution, reader)
        )
    others = _others(body, number=number, levels=levels, reason=reason, comment=comment)
    print_publication(register(ledger, body, *others), ledger, as_json=output.as_json)


def _levels(text: str, found: "list[Problem]") -> tuple[float, ...] | None:
    """Return the numbers of a list of quantiles, None if there are none; what is no list is added to `found`."""
    from lull.data.schema import Problem

    try:
        return tuple(float(word) for word in text.replace(",", " ").split()) if text.strip() else None
    except ValueError:
        found.append(Problem("--quantiles", "three numbers such as 0,4,15", repr(text)))
        return None


def _others(
    body: "Published", *, number: float | None, levels: tuple[float, ...] | None, reason: str, comment: str
) -> "list[Body]":
    """Return the reader's own number and comment, as far as they are given."""
    from lull.ledger.entries import Comment
    from lull.ledger.own_numbers import checked_text, own_number

    own = own_number(body, body.scenario, reader=body.reader, chance=number, quantiles=levels, reason=reason)
    others: list[Body] = [own] if own else []
    if text := checked_text("--comment", comment):
        about = {"question": body.question, "series": body.series, "deadline": body.deadline}
        others.append(Comment(**about, reader=body.reader, scenario=body.scenario, text=text))  # type: ignore[arg-type]
    return others
