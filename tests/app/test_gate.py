"""The gate before the page's server: which hosts, origins and uploads it takes, and the headers of its answers."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from lull.pages.serving import gate, passes
from lull.pages.serving.gate import Gate
from lull.pages.serving.passes import Pass

HEADERS = [(b"host", b"127.0.0.1:8501")]


@pytest.fixture(params=["", "lull.example.org"])
def public(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The host of the log-in, empty without one."""
    monkeypatch.setattr(gate, "_public_host", lambda: request.param)
    monkeypatch.setattr("streamlit.get_option", lambda _: "127.0.0.1")
    return str(request.param)


def answered(
    headers: Iterable[tuple[bytes, bytes]], *, path: str = "/", method: str = "GET", kind: str = "http"
) -> Any:
    """Return what the gate sends for a request, the application behind it answering 200."""
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"referrer-policy", b"no-referrer")]})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing of a refused request is read")

    scope = {"type": kind, "path": path, "method": method, "headers": list(headers)}
    asyncio.run(Gate(app)(scope, receive, send))
    return sent[0]


OTHERS = ("evil.example", "127.0.0.1.evil.example", "lull.example.org.evil.example", "", "[", "[::1")


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("host", OTHERS)
def test_another_host_is_refused(host: str) -> None:
    assert answered([(b"host", host.encode())])["status"] == 403


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize(("path", "kind"), [("/api/runs", b"application/json"), ("/", b"text/plain; charset=utf-8")])
def test_a_program_is_refused_in_json_and_a_browser_in_words(path: str, kind: bytes) -> None:
    assert dict(answered([(b"host", b"evil.example")], path=path)["headers"])[b"content-type"] == kind


def test_the_hosts_of_this_server_are_taken(public: str) -> None:
    for host in filter(None, ["localhost:8501", "127.0.0.1", "[::1]:8501", public]):
        assert answered([(b"host", host.encode())])["status"] == 200, host


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "file://", "http://[", "http://127.0.0.1:9999", "http://localhost:8501"]
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_page_of_another_origin_may_not_ask(origin: str, kind: str) -> None:
    said = answered([*HEADERS, (b"origin", origin.encode())], kind=kind)
    assert said.get("status", said.get("code")) in (403, 1008)


def test_the_page_itself_may_ask(public: str) -> None:
    assert answered([*HEADERS, (b"origin", b"http://127.0.0.1:8501")])["status"] == 200
    if public:  # a proxy that names the server by its address
        assert answered([*HEADERS, (b"origin", b"https://lull.example.org")])["status"] == 200


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("path", ["/_stcore/upload_file/one/file", "/base/_stcore/upload_file/one/file"])
def test_a_file_is_taken_of_an_admitted_session_alone(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(HEADERS, path=path, method="PUT")["status"] == 403
    admitted = Pass("")
    monkeypatch.setitem(passes._passes, "one", admitted)  # type: ignore[arg-type]
    assert answered(HEADERS, path=path, method="PUT")["status"] == 200
    assert answered(HEADERS, path=path.replace("one", "two"), method="PUT")["status"] == 403
    del admitted
    monkeypatch.undo()


@pytest.mark.usefixtures("public")
def test_every_answer_forbids_frames_and_keeps_what_the_page_says() -> None:
    headers = dict(answered(HEADERS)["headers"])
    assert headers[b"x-frame-options"] == b"DENY"
    assert headers[b"content-security-policy"] == b"frame-ancestors 'none'"
    assert headers[b"referrer-policy"] == b"no-referrer"


@pytest.mark.parametrize("before", ["", "/lull"])
def test_the_fonts_of_the_page_are_no_downloads(before: str) -> None:
    """They lie in a folder of the same name below the page's own files; without them icons show as words."""
    font = {"type": "http", "method": "GET", "path": f"{before}/static/media/MaterialSymbols.woff2", "headers": []}
    assert gate._refusal_of_files(font) == ""
    assert gate._refusal_of_files(font | {"path": f"{before}/media/0a1b.csv"}) != ""
