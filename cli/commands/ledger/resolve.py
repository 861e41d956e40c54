"""`lull resolve`: published questions held against newer data."""

from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import Json, Seed, StoreFolder
from lull.cli.options.evidence import NewerEvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from datetime import date

    from lull.data.evidence import Evidence
    from lull.ledger.outcomes import Newer


@options(without={"covariates", "origin", "only"})
def resolve(
    *,
    evidence: NewerEvidenceOptions,
    wait: Annotated[
        int, typer.Option(metavar="DAYS", min=0, help="Days after a deadline to wait for a source before it is void.")
    ] = 0,
    seed: Seed = 1,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Decide the published questions by newer data: yes, no, or void with the reason.

    What has happened is yes before the deadline. No needs every day known up to the deadline; where the source ends
    before it, or weeks that are missing decide, it is void. Later data correct what was decided: both stay in the
    ledger. --events settle the premises of scenarios. For example: lull resolve --counts newer.csv
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    given = problems.newer(evidence)
    if given is None or (given.counts is None and given.reports is None):
        problems.add("resolve", "newer data: --counts or --reports", "none")
    problems.seed(seed)
    problems.stop_if_any()
    assert given is not None

    from lull.cli.opened_ledger import opened_ledger
    from lull.cli.printing.ledger.resolution import print_resolution
    from lull.data import calendar
    from lull.data.schema import InputError, Problem
    from lull.ledger.resolution import resolve as decide
    from lull.model.runs.store import Store

    today = calendar.today()
    if given.as_of is not None and given.as_of > today:
        raise InputError(Problem("--as-of", f"a day up to today, {today}", str(given.as_of)))
    ledger = opened_ledger(Store(store))
    newer = _newer(given, given.as_of or today, wait=wait, seed=seed)
    print_resolution(decide(ledger, newer), ledger, newer, as_json=json)


def _newer(evidence: "Evidence", as_of: "date", *, wait: int, seed: int) -> "Newer":
    """Return the newer data of the files, as known on the evening of `as_of`."""
    from dataclasses import replace

    from lull.cli.newer_data import newer_data
    from lull.data.events import known_at, read_events
    from lull.data.evidence import read_evidence
    from lull.data.files import file_checksum
    from lull.ledger.outcomes import Newer

    path = evidence.counts or evidence.reports
    assert path is not None
    events = known_at(read_events(evidence.events), as_of) if evidence.events else None
    if evidence.counts:
        known = read_evidence(replace(evidence, events=None))
        assert known.counts is not None
        counts = known.counts.with_completeness(known.completeness)
    else:
        found = newer_data(evidence, seed=seed).counts
        assert found is not None
        counts = found
    return Newer(counts, file_checksum(path), as_of, events, wait)
