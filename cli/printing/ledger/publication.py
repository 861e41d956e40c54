"""What was published, in words or as one object."""

from lull.cli.screen.streams import output, print_json
from lull.ledger.entries import Entry, OwnNumber, Published, document
from lull.ledger.journal import Ledger
from lull.ledger.standing import published
from lull.scenarios.beliefs.reader_beliefs import beliefs_sentence
from lull.scenarios.presentation.wording import percent


def print_publication(entries: tuple[Entry, ...], ledger: Ledger, *, as_json: bool) -> None:
    """Print what was entered; the first entry is the publication."""
    first, *others = entries
    body = first.body
    assert isinstance(body, Published)
    standing = next(one for one in published(ledger) if one.key == body.key)
    version = len(standing.versions)
    if as_json:
        rows = [document(one) for one in others]
        print_json(document(first) | {"version": version, "others": rows, "ledger": str(ledger.path)})
        return
    console = output()
    again = f", version {version}" if version > 1 else ""
    console.print(f"Published as entry {first.number}{again}: {body.question} ({body.series})", style="bold")
    console.print(f"Under {body.scenario}: {percent(body.chance)}. {_baseline(body)}Known to {body.known_to}.")
    if words := beliefs_sentence({"beliefs": body.beliefs}):
        console.print(words)
    for one in others:
        if isinstance(one.body, OwnNumber):
            console.print(f"{one.body.reader}: {number_words(one.body)}.")
    console.print(f"{body.rule}")
    console.print(f"Kept in {ledger.path}.", soft_wrap=True)


def number_words(number: OwnNumber) -> str:
    """Return a reader's own number."""
    parts = [percent(number.chance)] if number.chance is not None else []
    if number.quantiles is not None:
        low, median, high = number.quantiles
        parts.append(f"{median:g} attacks, 90 % interval {low:g} to {high:g}")
    return ", ".join(parts)


def _baseline(body: Published) -> str:
    return f"Without the model ({body.baseline.name}): {percent(body.baseline.chance)}. " if body.baseline else ""
