"""`lull fetch acled` against a service on this machine."""

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lull.data.sources import session

TODAY = datetime.now(UTC).date()
EMBARGO = {"date_recency": {"quantity": 12, "unit": "Months", "date": "2025-11-28"}}


def rows(number: int) -> list[dict[str, str]]:
    return [{"event_id_cnty": f"NRD{at}", "event_date": "2024-01-01", "actor1": "Red Dawn"} for at in range(number)]


def record(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "fetch.json").read_text("utf-8"))


def test_pages_are_kept_as_served_with_a_record(desk: Any) -> None:
    desk.service.rows = rows(7)
    result = desk.fetch("acled", "--json")
    assert result.exit_code == 0, result.output
    folder = desk.out / f"acled_{TODAY}"
    assert desk.folders() == [folder.name]
    files = ["page-0001.json", "page-0002.json", "page-0003.json"]
    assert sorted(path.name for path in folder.iterdir()) == ["fetch.json", *files]
    served = [row for name in files for row in json.loads((folder / name).read_text("utf-8"))["data"]]
    assert served == desk.service.rows
    reported = record(folder)
    assert (reported["source"], reported["day"], reported["total"], reported["known_to"]) == (
        "acled",
        str(TODAY),
        7,
        None,
    )
    assert [page["rows"] for page in reported["pages"]] == [3, 3, 1]
    assert reported["finished"] > reported["started"]
    printed = json.loads(result.stdout)
    assert (printed["rows"], printed["folder"]) == (7, str(folder))
    assert printed["files"] == [str(folder / name) for name in files]


def test_the_query_is_that_of_the_documentation(desk: Any) -> None:
    desk.service.rows = rows(1)
    names = ["--country", "Nordia", "--country", "Red & Blue", "--actor", "Red Dawn", "--event-type", "Battles"]
    assert desk.fetch("acled", *names, "--from", "2024-01-01", "--until", "2024-03-31").exit_code == 0
    asked = desk.service.raw[0]
    assert "country=Nordia:OR:country=Red%20%26%20Blue&actor1=Red%20Dawn:OR:actor2=Red%20Dawn&" in asked
    assert "&event_type=Battles&event_date=2024-01-01%7C2024-03-31&event_date_where=BETWEEN&limit=3&page=1" in asked
    assert desk.service.grants[0]["scope"] == "authenticated"
    reported = record(desk.out / f"acled_{TODAY}")
    assert reported["query"]["country"] == ["Nordia", "Red & Blue"]
    assert reported["known_to"] == "2024-03-31"


def test_without_a_total_pages_end_with_an_empty_one(desk: Any) -> None:
    desk.service.rows = rows(6)
    desk.service.envelope = {"total_count": None}
    assert desk.fetch("acled").exit_code == 0
    reported = record(desk.out / f"acled_{TODAY}")
    assert (reported["total"], [page["rows"] for page in reported["pages"]]) == (None, [3, 3])
    assert [query["page"] for query in desk.service.queries] == ["1", "2", "3"]


def test_smaller_pages_than_asked_for_are_not_taken_for_the_end(desk: Any) -> None:
    desk.service.rows, desk.service.page_rows = rows(5), 2
    desk.service.envelope = {"total_count": None}
    assert desk.fetch("acled").exit_code == 0
    assert [page["rows"] for page in record(desk.out / f"acled_{TODAY}")["pages"]] == [2, 2, 1]


def test_requests_keep_their_distance(desk: Any) -> None:
    desk.service.rows = rows(6)
    assert desk.fetch("acled").exit_code == 0
    assert len(desk.waits) == 3  # one log-in, two pages
    assert all(0.5 < wait <= session.PAUSE for wait in desk.waits[1:])


def test_an_expired_token_is_renewed_once(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.rows = rows(6)
    desk.service.replies = [None, reply(401, {"message": "expired"})]
    assert desk.fetch("acled").exit_code == 0
    assert [grant["grant_type"] for grant in desk.service.grants] == ["password", "refresh_token"]
    assert len(desk.service.queries) == 3


def test_a_refused_refresh_token_is_followed_by_a_log_in(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.rows, desk.service.refreshable = rows(1), False
    desk.service.replies = [reply(401, {})]
    assert desk.fetch("acled").exit_code == 0
    assert [grant["grant_type"] for grant in desk.service.grants] == ["password", "refresh_token", "password"]


def test_a_token_that_is_never_accepted_is_an_error(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.replies = [reply(401, {"message": "no"})] * 2
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "ACLED: expected a token that it accepts, found HTTP 401 (no)." in result.stderr
    assert len(desk.service.queries) == 2
    assert desk.folders() == []


def test_a_wrong_password_is_an_error(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACLED_PASSWORD", "another-one")
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "expected an e-mail and password that it accepts, found HTTP 400" in result.stderr
    assert "another-one" not in result.output
    assert desk.service.queries == []


def test_an_account_without_access_learns_what_to_do(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.replies = [reply(403, {"message": "Access denied"})]
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "an account that may read the API, found HTTP 403 (Access denied). Log in on the web site" in result.stderr


def test_credentials_come_from_the_environment(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACLED_EMAIL")
    monkeypatch.setenv("ACLED_PASSWORD", " ")
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert (
        "ACLED_EMAIL: expected the e-mail address of your account, found nothing in the environment." in result.stderr
    )
    assert "ACLED_PASSWORD: " in result.stderr
    assert desk.service.grants == []


def test_a_busy_service_is_asked_again_when_it_says(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.rows = rows(1)
    desk.service.replies = [reply(429, {}, {"retry-after": "17"}), reply(503, {})]
    result = desk.fetch("acled")
    assert result.exit_code == 0
    assert 17.0 in desk.waits
    assert 4.0 in desk.waits  # the second time, without a word: two to the second
    assert "does not answer yet (HTTP 429), asking again in 17 s" in " ".join(result.stderr.split())


def test_a_date_to_ask_again_is_understood(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.rows = rows(1)
    desk.service.replies = [reply(429, {}, {"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"})]
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "expected an answer within ten minutes, found HTTP 429" in result.stderr


def test_a_broken_service_is_asked_five_times(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.replies = [reply(502, {"message": "bad gateway"})] * 9
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "expected an answer within 5 tries, found HTTP 502 (bad gateway)" in result.stderr
    assert len(desk.service.queries) == 5


def test_a_service_out_of_reach_is_an_error(desk: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        desk.url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "expected an answer within 5 tries" in result.stderr
    assert "Traceback" not in result.output


def test_an_answer_without_rows_is_no_sign_of_peace(desk: Any) -> None:
    desk.service.envelope = {"data_query_restrictions": EMBARGO}
    result = desk.fetch("acled", "--from", "2026-01-01")
    assert result.exit_code == 2
    assert "expected events, found an answer without rows (HTTP 200)" in result.stderr
    assert "Your account sees events up to 2025-11-28. That is no sign of peace: nothing was written." in result.stderr
    assert desk.folders() == []


def test_an_embargo_is_recorded_and_reported(desk: Any) -> None:
    desk.service.rows = rows(2)
    desk.service.envelope = {"data_query_restrictions": EMBARGO}
    result = desk.fetch("acled", "--from", "2024-01-01", "--until", str(TODAY))
    assert result.exit_code == 0
    assert "Your account sees events up to 2025-11-28: later weeks are missing, not quiet." in result.stdout
    assert "--until 2025-11-28 --out imported" in result.stdout
    reported = record(desk.out / f"acled_{TODAY}")
    assert (reported["restrictions"], reported["seen_to"], reported["known_to"]) == (
        EMBARGO,
        "2025-11-28",
        "2025-11-28",
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<html>Log in</html>", "HTTP 200 of text/plain"),
        ({"success": False, "messages": ["Unknown field"]}, "Unknown field"),
        ({"status": 200, "data": {"a": 1}}, "'data' that is no list"),
        ([], "HTTP 200"),
    ],
)
def test_what_is_no_answer_is_an_error(desk: Any, reply: Callable[..., Any], body: Any, found: str) -> None:
    desk.service.replies = [reply(200, body)]
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert found in result.stderr
    assert desk.folders() == []


def test_a_page_served_twice_is_an_error(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.rows = rows(9)
    desk.service.replies = [None, reply(200, {"count": 3, "data": rows(3)})]
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "expected rows not yet seen, found those of an earlier page as page 2" in result.stderr


def test_fewer_rows_than_promised_are_an_error(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.rows = rows(9)
    desk.service.replies = [None, reply(200, {"count": 0, "data": []})]
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "expected 9 rows, found 3" in result.stderr
    assert f"Remove {desk.out / f'acled_{TODAY}.partial'} and fetch again." in result.stderr
    assert desk.folders() == [f"acled_{TODAY}.partial"]


def test_an_interrupted_fetch_goes_on_where_it_stopped(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.rows = rows(8)
    desk.service.replies = [None, None, reply(418, {"message": "stopped"})]
    result = desk.fetch("acled")
    assert result.exit_code == 2
    partial = desk.out / f"acled_{TODAY}.partial"
    assert f"2 pages are kept in {partial}; the same command on the same day (UTC) goes on" in result.stderr
    assert record(partial)["finished"] is None
    desk.service.queries.clear()
    assert desk.fetch("acled").exit_code == 0
    assert [query["page"] for query in desk.service.queries] == ["3"]
    assert desk.folders() == [f"acled_{TODAY}"]
    assert [page["rows"] for page in record(desk.out / f"acled_{TODAY}")["pages"]] == [3, 3, 2]


def test_ctrl_c_says_what_is_kept(desk: Any, clock: Callable[..., None]) -> None:
    desk.service.rows = rows(8)

    def pressed(seconds: float) -> None:
        if len(desk.service.queries) == 1:
            raise KeyboardInterrupt
        desk.waits.append(seconds)

    clock(pressed)
    result = desk.fetch("acled")
    assert result.exit_code == 130
    assert f"Interrupted: 1 page is kept in {desk.out / f'acled_{TODAY}.partial'}" in result.stderr


def test_a_finished_vintage_is_not_fetched_again(desk: Any) -> None:
    desk.service.rows = rows(2)
    assert desk.fetch("acled").exit_code == 0
    desk.service.grants.clear()
    again = desk.fetch("acled", "--json")
    assert (again.exit_code, json.loads(again.stdout)["rows"], desk.service.grants) == (0, 2, [])


def test_another_query_of_the_same_day_needs_another_folder(desk: Any) -> None:
    desk.service.rows = rows(2)
    assert desk.fetch("acled").exit_code == 0
    result = desk.fetch("acled", "--country", "Nordia")
    assert result.exit_code == 2
    assert "expected the query that you ask now, found another one. Name another --out" in result.stderr
    assert desk.fetch("acled", "--country", "Nordia", out=desk.out / "nordia").exit_code == 0


def test_a_page_that_is_lost_is_reported(desk: Any) -> None:
    desk.service.rows = rows(4)
    assert desk.fetch("acled").exit_code == 0
    (desk.out / f"acled_{TODAY}" / "page-0002.json").unlink()
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "found no page-0002.json. Remove " in result.stderr


def test_what_was_begun_on_another_day_is_left_alone(desk: Any) -> None:
    desk.service.rows = rows(1)
    old = desk.out / "acled_2024-01-01.partial"
    old.mkdir(parents=True)
    result = desk.fetch("acled")
    assert result.exit_code == 0
    assert f"Older and unfinished: {old}. It is not continued." in result.stdout


def test_days_in_the_wrong_order_are_reported(desk: Any) -> None:
    result = desk.fetch("acled", "--from", "2024-02-01", "--until", "2024-01-01")
    assert result.exit_code == 2
    assert "--from, --until: expected the first day before the last" in result.stderr


def test_a_folder_that_cannot_be_written_is_reported(desk: Any) -> None:
    desk.service.rows = rows(1)
    desk.out.write_text("a file")
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "expected a folder, found a file" in result.stderr
    assert desk.service.grants == []
