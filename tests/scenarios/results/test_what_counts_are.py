"""What a count is called: the group's claim, what the embedded reports say, or what the reader's source recorded."""

import pytest

from lull.data.evidence import embedded_evidence
from lull.scenarios.results.document import CLAIMS, RECORDED, REPORTED
from lull.scenarios.results.evidence_used import what_counts_are

EMBEDDED = embedded_evidence().identity()["reports"]


@pytest.mark.parametrize(
    ("kind", "claimed", "reports", "words"),
    [
        ("reports", True, EMBEDDED, CLAIMS),
        ("reports", True, "another file", CLAIMS),
        ("reports", False, EMBEDDED, REPORTED),
        ("reports", False, "another file", RECORDED),
        ("counts", False, None, RECORDED),
    ],
)
def test_the_embedded_reports_are_not_called_the_readers_own(
    kind: str, *, claimed: bool, reports: str | None, words: str
) -> None:
    record = {"evidence": {"kind": kind, "claimed": claimed}, "plan": {"evidence": {"reports": reports}}}
    assert what_counts_are(record) == words
