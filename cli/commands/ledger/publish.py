"""`lull publish`: a forecast entered in the ledger before its outcome can be known."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.commands.ask import asked_run
from lull.cli.options.arguments import DATE, OutputOptions, Question, RunOptions, SamplerOptions, Series
from lull.cli.options.evidence import EvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.cli.options.problems import Problems
    from lull.ledger.entries import Body, Published

SEED = 1


@dataclass(frozen=True)
class TermsOptions:
    """How the question is decided."""

    deadline: Annotated[
        str | None, typer.Option(metavar=DATE, help="The last day asked about, if the question names none.")
    ] = None
    resolution: Annotated[
        str, typer.Option(metavar="TEXT", help="How it is decided.  [default: by the weekly counts]")
    ] = ""


@dataclass(frozen=True)
class OwnOptions:
    """What the reader says."""

    number: Annotated[float | None, typer.Option(metavar="P", help="Your own probability, 0 to 1.")] = None
    quantiles: Annotated[
        str, typer.Option(metavar="A,B,C", help="Your own 5, 50 and 95 % quantiles of the attacks of all days.")
    ] = ""
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason of your number.")] = ""
    comment: Annotated[str, typer.Option(metavar="TEXT", help="A comment, kept with the question.")] = ""
    reader: Annotated[str, typer.Option(metavar="NAME", help="Who publishes.")] = "me"


@options(without={"out", "only"})
def publish(
    *,
    question: Question,
    series: Series = None,
    scenario: Annotated[str, typer.Option(metavar="NAME|FILE", help="The scenario.")] = "baseline",
    named: RunOptions,
    terms: TermsOptions,
    own: OwnOptions,
    evidence: EvidenceOptions,
    output: OutputOptions,
) -> None:
    """Publish a forecast: enter it in the ledger of the store, with your own number beside it.

    The questions are those of `lull ask` that weekly counts decide. What is entered is never changed: the same question
    published again is a new version of it. After the deadline, and once it is decided, nothing is entered (exit code
    2). With --priors the forecast is that of your beliefs, which are entered too. For example: lull publish "any attack
    by 2027-03-01" --series israel --number .3 --reason "A ceasefire holds."
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    beliefs = problems.beliefs(named.priors)
    plan = problems.plan(problems.evidence(evidence), sampler=SamplerOptions(), seed=SEED, beliefs=beliefs)
    deadline, levels = problems.day("--deadline", terms.deadline), _levels(own, problems)
    problems.stop_if_any()

    from lull.cli.opened_ledger import opened_ledger
    from lull.cli.printing.ledger.publication import print_publication
    from lull.ledger.own_numbers import check_own
    from lull.ledger.publication import Terms, check_asked, publication, register
    from lull.model.runs.store import Store
    from lull.scenarios.language.scenario_files import find_scenario

    store, assumed = Store(output.store), find_scenario(scenario)
    check_own(own.number, levels)
    check_asked(question, deadline)
    chosen = asked_run(named.run, plan, assumed, store, beliefs)
    ledger = opened_ledger(store)
    said = Terms(terms.resolution, own.reader)
    body = publication(chosen, question, series=series or "", scenario=assumed, deadline=deadline, terms=said)
    print_publication(register(ledger, body, *_others(body, own, levels)), ledger, as_json=output.as_json)


def _levels(own: OwnOptions, problems: "Problems") -> tuple[float, ...] | None:
    """Return the quantiles that the options give, None if there are none; what does not fit is a problem."""
    if own.reason and own.number is None and not own.quantiles:
        problems.add("--reason", "a number of yours: --number or --quantiles", "none")
    try:
        return tuple(float(word) for word in own.quantiles.replace(",", " ").split()) or None
    except ValueError:
        problems.add("--quantiles", "three numbers such as 0,4,15", repr(own.quantiles))
        return None


def _others(body: "Published", own: OwnOptions, levels: tuple[float, ...] | None) -> "list[Body]":
    """Return the reader's own number and comment, as far as they are given."""
    from lull.ledger.entries import Comment
    from lull.ledger.own_numbers import checked_text, own_number

    number = own_number(body, body.scenario, reader=body.reader, chance=own.number, quantiles=levels, reason=own.reason)
    others: list[Body] = [number] if number else []
    if text := checked_text("--comment", own.comment):
        comment = Comment(
            question=body.question,
            series=body.series,
            deadline=body.deadline,
            reader=body.reader,
            scenario=body.scenario,
            text=text,
        )
        others.append(comment)
    return others
