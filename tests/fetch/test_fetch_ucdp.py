"""`lull fetch ucdp` against a service on this machine."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from lull.data.sources.ucdp import end_of

TODAY = datetime.now(UTC).date()


def rows(number: int) -> list[dict[str, Any]]:
    return [{"id": at, "side_a": "Red Dawn", "date_start": "2024-01-01 00:00:00.000"} for at in range(number)]


def test_pages_follow_the_address_of_the_next_one_at_the_same_host(desk: Any) -> None:
    desk.service.rows = rows(7)
    result = desk.fetch("ucdp", "--version", "25.1")
    assert result.exit_code == 0, result.output
    folder = desk.out / f"ucdp_{TODAY}"
    kept = json.loads((folder / "fetch.json").read_text("utf-8"))
    assert [page["rows"] for page in kept["pages"]] == [3, 3, 1]
    assert (kept["total"], kept["known_to"], kept["query"]["version"]) == (7, "2024-12-31", "25.1")
    assert [query.get("page") for query in desk.service.queries] == [None, "1", "2"]
    served = [row for page in kept["pages"] for row in json.loads((folder / page["file"]).read_text())["Result"]]
    assert served == desk.service.rows
    assert f"lull import ucdp {folder}/page-*.json --actor NAME --until 2024-12-31" in result.stdout


def test_the_query_is_that_of_the_documentation(desk: Any) -> None:
    desk.service.rows = rows(1)
    numbers = ["--country", "645", "--country", "652", "--actor", "234", "--dyad", "406"]
    days = ["--from", "2024-01-01", "--until", "2024-06-30"]
    assert desk.fetch("ucdp", "--version", "25.1", *numbers, *days).exit_code == 0
    expected = "pagesize=3&Country=645,652&Actor=234&Dyad=406&StartDate=2024-01-01&EndDate=2024-06-30"
    assert desk.service.raw == [expected]


def test_an_interrupted_fetch_goes_on_where_it_stopped(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.rows = rows(8)
    desk.service.replies = [None, None, reply(400, "too many")]
    result = desk.fetch("ucdp", "--version", "25.1")
    assert (result.exit_code, "HTTP 400 (too many)" in result.stderr) == (2, True)
    desk.service.queries.clear()
    assert desk.fetch("ucdp", "--version", "25.1").exit_code == 0
    assert [query["page"] for query in desk.service.queries] == ["2"]


def test_a_wrong_token_is_an_error(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UCDP_ACCESS_TOKEN", "stale-token")
    result = desk.fetch("ucdp", "--version", "25.1")
    assert result.exit_code == 2
    assert "UCDP: expected a token that it accepts, found HTTP 401 (API token required." in result.stderr
    assert "stale-token" not in result.output
    assert len(desk.service.queries) == 1


@pytest.mark.parametrize("token", ["two\nlines", "schlüssel"])
def test_a_token_that_no_header_can_hold_is_not_shown(desk: Any, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("UCDP_ACCESS_TOKEN", token)
    result = desk.fetch("ucdp", "--version", "25.1")
    assert result.exit_code == 2
    assert "expected a token of plain characters" in result.stderr
    assert token not in result.output
    assert desk.service.queries == []


def test_a_release_that_is_not_there_is_reported(desk: Any) -> None:
    result = desk.fetch("ucdp", "--version", "24.9")
    assert result.exit_code == 2
    assert "expected the release 24.9, found HTTP 404. Releases are named like 25.1" in result.stderr


@pytest.mark.parametrize("version", ["newest", "25.1/../..", "25", ""])
def test_what_is_no_release_is_not_asked_for(desk: Any, version: str) -> None:
    result = desk.fetch("ucdp", "--version", version)
    assert result.exit_code == 2
    assert "--version: expected the name of a release" in result.stderr
    assert desk.service.queries == []


def test_an_empty_answer_is_no_sign_of_peace(desk: Any) -> None:
    result = desk.fetch("ucdp", "--version", "25.1", "--country", "1")
    assert result.exit_code == 2
    assert "found an answer without rows (HTTP 200)" in result.stderr
    assert "no sign of peace" in result.stderr
    assert desk.folders() == []


@pytest.mark.parametrize(
    ("version", "day"),
    [
        ("25.1", date(2024, 12, 31)),
        ("26.0.2", date(2026, 2, 28)),
        ("23.0.12", date(2023, 12, 31)),
        ("25.01.25.06", date(2025, 6, 30)),
        ("26.0.13", None),
        ("26.2", None),
    ],
)
def test_a_release_ends_where_its_name_says(version: str, day: date | None) -> None:
    assert end_of(version) == day
