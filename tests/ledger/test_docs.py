"""docs/record.md explains every key of every entry, and every score."""

from dataclasses import fields
from pathlib import Path

import pytest

from lull.ledger.entries import Baseline, Comment, Correction, Counts, OwnNumber, Published, Resolution, Void
from lull.ledger.record_scores import METRICS
from lull.ledger.record_words import METRIC_WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "record.md").read_text("utf-8")


@pytest.mark.parametrize("kind", [Published, OwnNumber, Comment, Resolution, Void, Correction, Counts, Baseline])
def test_every_key_of_an_entry_is_explained(kind: type) -> None:
    section = PAGE.split("## The ledger")[1]
    assert [one.name for one in fields(kind) if f"`{one.name}`" not in section] == []


def test_every_score_is_explained_and_has_words() -> None:
    assert [name for name in METRICS if f"| `{name}` |" not in PAGE] == []
    assert set(METRIC_WORDS) == set(METRICS)
