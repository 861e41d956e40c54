"""No credential is written, logged or shown, and none is sent to another host."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

COMMANDS = [("acled",), ("acled", "--json"), ("ucdp", "--version", "25.1"), ("ucdp", "--version", "25.1", "--json")]
ROWS = [{"id": at, "event_id_cnty": f"NRD{at}"} for at in range(5)]


def leaks(secrets: tuple[str, ...], folder: Path, *texts: str) -> list[tuple[str, str]]:
    files = {str(path): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}
    shown = files | {f"stream {at}": text for at, text in enumerate(texts)}
    return [(where, secret) for where, text in shown.items() for secret in secrets if secret in text]


def test_the_search_for_leaks_finds_one(secrets: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "page").write_text(f"a {secrets[0]}")
    assert len(leaks(secrets, tmp_path, secrets[1])) >= 2


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("failing", [None, 401, 403, 400, 500, 200])
def test_no_secret_is_written_logged_or_shown(  # noqa: PLR0917 - fixtures
    desk: Any,
    reply: Callable[..., Any],
    secrets: tuple[str, ...],
    caplog: pytest.LogCaptureFixture,
    command: tuple[str, ...],
    failing: int | None,
) -> None:
    """The service repeats what it was sent in what it says, after a good page."""
    caplog.set_level(logging.DEBUG)
    desk.service.rows = ROWS
    if failing:
        sent = secrets[:4] if command[0] == "acled" else secrets[4:5]
        said = {"message": " ".join((*sent, *map(quote_plus, sent))), "data": ROWS, "Result": ROWS}
        desk.service.replies = [None, *[reply(failing, said)] * 9]
    result = desk.fetch(*command)
    assert result.exit_code == (2 if failing else 0)
    assert desk.service.queries
    assert len(list(desk.out.rglob("page-*.json"))) == (1 if failing else 2)
    assert leaks(secrets, desk.out, result.stdout, result.stderr, caplog.text) == []


def test_what_the_log_in_repeats_is_not_shown(desk: Any, reply: Callable[..., Any], secrets: tuple[str, ...]) -> None:
    desk.service.token_replies = [reply(400, {"message": " ".join(secrets[:2])})]
    result = desk.fetch("acled")
    assert (result.exit_code, "HTTP 400 (*** ***)" in result.stderr) == (2, True)
    assert leaks(secrets, desk.out, result.output) == []


@pytest.mark.parametrize("command", [("acled",), ("ucdp", "--version", "25.1")])
def test_a_redirect_carries_no_token(desk: Any, reply: Callable[..., Any], command: tuple[str, ...]) -> None:
    place = desk.url.replace("127.0.0.1", "localhost")
    desk.service.replies = [reply(302, "", {"location": f"{place}/api/elsewhere"})]
    result = desk.fetch(*command)
    assert result.exit_code == 2
    assert f"expected an answer from {desk.url}, found a redirect to http://localhost." in result.stderr
    assert len(desk.service.queries) == 1


def test_a_log_in_is_not_sent_on(desk: Any, reply: Callable[..., Any]) -> None:
    desk.service.token_replies = [reply(307, "", {"location": f"{desk.url}/oauth/other"})]
    assert desk.fetch("acled").exit_code == 2
    assert len(desk.service.grants) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://service.example",
        "ftp://service.example",
        "service.example",
        "https://",
        "http://127.0.0.1.example",
    ],
)
def test_credentials_are_sent_encrypted_only(desk: Any, url: str) -> None:
    desk.url = url
    result = desk.fetch("acled")
    assert result.exit_code == 2
    assert "--url: expected" in result.stderr
    assert desk.waits == []


def test_an_address_with_credentials_in_it_is_not_repeated(desk: Any) -> None:
    desk.url = "https://someone:hush@service.example"
    result = desk.fetch("acled")
    assert (result.exit_code, "hush" in result.output) == (2, False)


def test_a_password_that_is_a_word_may_stand_in_the_notes(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.service, "password", "ambush")
    monkeypatch.setenv("ACLED_PASSWORD", "ambush")
    desk.service.rows = [{"event_id_cnty": "NRD1", "notes": "An ambush."}]
    assert desk.fetch("acled").exit_code == 0
