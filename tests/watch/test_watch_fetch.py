"""A watch that fetches at each pass: from a database on this machine, once a day, and what came decides a question."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from lull.data.importers.written import COUNTS_FILE
from lull.ledger.entries import Published
from lull.ledger.journal import open_ledger
from lull.watch.incoming import DATA
from tests.fetch.conftest import TOKEN, Reply, clock
from tests.fetch.conftest import desk as database

__all__ = ["clock", "database"]  # fixtures

SERIES = "Red Dawn, Iraq"
DAYS = ("2024-12-02", "2024-12-09")  # the week of the first event is not whole
WATCH = """
[data]
faction = "Red Dawn"

[select]
actors = ["Red Dawn"]

[fetch]
source = "ucdp"
release = "25.1"
countries = [645]
url = "{url}"

[[questions]]
text = "any attack by 2025-06-01"
series = "israel"

[output]
dir = "out"
"""


def event(number: int, day: str) -> dict[str, Any]:
    return {
        "id": number, "year": 2024, "type_of_violence": 1, "conflict_name": "Iraq: Government",
        "dyad_name": "Red Dawn - Government of Iraq", "side_a": "Red Dawn", "side_b": "Government of Iraq",
        "date_start": f"{day} 00:00:00.000", "date_end": f"{day} 00:00:00.000", "date_prec": 1, "where_prec": 1,
        "best": 1, "high": 2, "low": 0, "country": "Iraq", "region": "Middle East", "code_status": "Clear",
    }  # fmt: skip


@pytest.fixture
def fetching(desk: Any, database: Any) -> Any:
    """The desk of a watch, whose file names the database."""
    database.service.rows = [event(at, day) for at, day in enumerate(("2024-11-20", "2024-12-03", "2024-12-11"))]
    desk.write(WATCH.format(url=database.url))
    return desk


def vintages(desk: Any) -> list[Path]:
    return sorted((desk.out / "vintages").glob("*"))


def test_a_pass_fetches_once_a_day_and_what_came_decides_a_question(fetching: Any, database: Any) -> None:
    open_ledger(fetching.store).append(
        Published(
            question="total at least 2 by 2024-12-22", series=SERIES, deadline=date(2024, 12, 22), asked="in total",
            since=date(2024, 12, 2), rule="At least 2 in total.", chance=0.4, scheduled=0.4,
            run_id=fetching.run.run_id, evidence={}, known_to=date(2024, 12, 1), grade="good",
        )
    )  # fmt: skip
    document = fetching.one("2025-01-13")
    assert [path.name for path in vintages(fetching)] == [f"ucdp_{datetime.now(UTC).date()}"]
    assert [query.get("Country") for query in database.service.queries] == ["645"]
    with (fetching.out / DATA / COUNTS_FILE).open() as file:
        rows = [row for row in csv.DictReader(file) if row["count"] == "1"]
    assert [(row["series"], row["week_start"]) for row in rows] == [(SERIES, day) for day in DAYS]
    (decided,) = document["decided"]
    assert (decided["kind"], decided["outcome"], decided["day"]) == ("resolution", "yes", "2024-12-15")
    fetching.one("2025-01-13")
    assert len(database.service.queries) == 1


@pytest.mark.parametrize("status", [401, 503])
def test_a_database_that_refuses_ends_the_pass_with_the_reason_and_without_the_token(
    fetching: Any,
    database: Any,
    status: int,
) -> None:
    database.service.replies = [Reply(status, "no", {"retry-after": "0"})] * 20
    result = fetching.invoke("2025-01-13")
    assert result.exit_code == 2
    assert f"HTTP {status}" in result.stderr
    assert TOKEN not in result.output + result.stderr
    assert not (fetching.out / "changes.json").exists()
    database.service.replies = []
    assert fetching.one("2025-01-13")["answers"]
