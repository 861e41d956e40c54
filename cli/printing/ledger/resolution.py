"""What newer data decided, in words or as one object."""

from lull.cli.screen.layout import plain_table
from lull.cli.screen.streams import output, print_json
from lull.ledger.entries import Decided, Entry, document
from lull.ledger.journal import Ledger
from lull.ledger.outcomes import Newer
from lull.ledger.standing import open_questions

WIDEST = 44


def print_resolution(entries: tuple[Entry, ...], ledger: Ledger, newer: Newer, *, as_json: bool) -> None:
    """Print what was decided by newer data, and how much is still open."""
    still = len(open_questions(ledger))
    if as_json:
        rows = [document(one) for one in entries]
        print_json({"as_of": newer.as_of, "source": newer.source, "entries": rows, "open": still})
        return
    console = output()
    if entries:
        table = plain_table("question", "series", "decided", "why", words=4, widest=WIDEST)
        table.columns[3].no_wrap = False
        for one in entries:
            if isinstance(one.body, Decided):
                outcome = f"{one.body.outcome} (correction)" if one.body.kind == "correction" else one.body.outcome
                table.add_row(one.body.question, one.body.series, outcome, one.body.reason)
        console.print(table)
    else:
        console.print("These data decide nothing new.")
    console.print(f"Open: {still} questions. As known on {newer.as_of}.")
