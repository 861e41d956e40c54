"""A fit in words: which run it is, and its verdict."""

from typing import Any

from lull.cli.screen.layout import indented, verdict_line
from lull.cli.screen.streams import output
from lull.model.runs.store import Run
from lull.scenarios.beliefs.reader_beliefs import beliefs_sentence
from lull.scenarios.results.calibration_status import Grading
from lull.scenarios.results.evidence_used import replication_sentence


def print_fit(run: Run, verdict: dict[str, Any], graded: Grading, *, kept: bool) -> None:
    """Print a run, its verdict and its calibration."""
    console = output()
    console.print(f"Run {run.run_id} ({'from the store' if kept else 'new'}), origin {run.record['origin']}")
    if words := beliefs_sentence(run.record):
        console.print(indented(words))
    console.print(verdict_line(verdict["grade"], verdict["reasons"]))
    for words in (verdict["advice"], f"Track record: {graded.sentence}.", replication_sentence(verdict)):
        console.print(indented(str(words)))
