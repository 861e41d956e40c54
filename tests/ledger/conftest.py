"""What the tests of the ledger stand on: an empty ledger, a clock that they set, and a forecast to publish."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lull.data import calendar
from lull.data.counts import WeeklyCounts
from lull.ledger import journal
from lull.ledger.entries import Baseline, Counts, Published
from lull.ledger.journal import Ledger
from lull.ledger.outcomes import Newer
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.results.tables import LEVELS

START = date(2031, 1, 6)  # a Monday, ahead of any real clock


@dataclass
class Clock:
    """The day that it is, and the time of day of the next entry."""

    day: date = START
    seconds: int = 0

    def now(self) -> datetime:
        self.seconds += 1
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def to(self, day: date) -> None:
        self.day, self.seconds = day, 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    own = Clock()
    monkeypatch.setattr(calendar, "today", lambda: own.day)
    monkeypatch.setattr(journal, "now", own.now)
    return own


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "store")


def totals(mean: float, most: int = 60) -> Counts:
    """A geometric distribution of a total."""
    mass = (1 / (1 + mean)) * (mean / (1 + mean)) ** np.arange(most + 1)
    mass /= mass.sum()
    below = np.cumsum(mass)
    quantiles = {level: float(np.searchsorted(below, float(level) - 1e-9)) for level in LEVELS}
    return Counts(quantiles, tuple(mass.tolist()), 0.0)


def forecast(question: str, *, chance: float = 0.6, since: date = START, **changes: Any) -> Published:
    """A forecast of series a, as the model would publish it."""
    asked = parse_question(question)
    values: dict[str, Any] = {
        "question": question,
        "series": "a",
        "deadline": asked.by,
        "asked": asked.kind,
        "since": since,
        "rule": "as usual",
        "chance": chance,
        "scheduled": chance,
        "counts": totals(4 * chance) if asked.kind in ("any attack", "in total") else None,
        "baseline": Baseline("climatology_26", 0.5, totals(2.0)),
        "run_id": "0123456789abcdef",
        "evidence": {"counts": "c0ffee"},
        "known_to": since - timedelta(days=1),
        "grade": "good",
    }
    return Published(**(values | changes))


def counts(rows: dict[str, list[float | None]], *, first: date = START) -> WeeklyCounts:
    """Weekly counts from a first week on; None is missing."""
    values = [[np.nan if count is None else float(count) for count in row] for row in rows.values()]
    return WeeklyCounts.from_arrays(values, series=list(rows), first_week=np.datetime64(first))


def newer(
    rows: dict[str, list[float | None]], as_of: date, *, first: date = START, source: str = "beef", wait: int = 0
) -> Newer:
    return Newer(counts(rows, first=first), source, as_of, wait=wait)
