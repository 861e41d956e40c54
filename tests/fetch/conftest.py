"""A service on this machine that speaks what ACLED and UCDP document, and fails on request."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.sources import acled, session, ucdp

EMAIL, PASSWORD = "analyst+lull@example.org", 'geheim "pass&word'
ACCESS, REFRESH, TOKEN = "access-token-4711", "refresh-token-4712", "ucdp-token-4713"
SECRETS = (EMAIL, PASSWORD, ACCESS, REFRESH, TOKEN, "pass&word", "pass%26word", "analyst%2Blull")


@dataclass
class Reply:
    """What the service answers instead of what it should."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Service:
    """Rows, tokens that are good, replies that come first, and what was asked."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.envelope: dict[str, Any] = {}
        self.password = PASSWORD
        self.good, self.issued, self.refreshable = {ACCESS}, 0, True
        self.replies: list[Reply | None] = []  # to queries, before anything else; None is the true one
        self.token_replies: list[Reply] = []
        self.grants: list[dict[str, str]] = []
        self.queries: list[dict[str, str]] = []
        self.raw: list[str] = []
        self.page_rows: int | None = None

    def token(self, form: dict[str, str]) -> Reply:
        self.grants.append(form)
        if self.token_replies:
            return self.token_replies.pop(0)
        known = {
            "password": form.get("username") == EMAIL and form.get("password") == self.password,
            "refresh_token": self.refreshable and form.get("refresh_token") == REFRESH,
        }
        if not known.get(form.get("grant_type", "")) or form.get("client_id") != "acled":
            text = f"The user credentials were incorrect: {form.get('username')} {form.get('password')}"
            return Reply(400, {"error": "invalid_grant", "message": text})
        self.issued += 1
        document = {"token_type": "Bearer", "expires_in": 86400, "access_token": ACCESS, "refresh_token": REFRESH}
        self.good.add(ACCESS)
        return Reply(200, document)

    def query(self, path: str, text: str, headers: Any) -> Reply:
        asked = dict(parse_qsl(text))
        self.queries.append(asked)
        self.raw.append(text)
        if self.replies and (reply := self.replies.pop(0)):
            return reply
        if path == "/api/acled/read":
            return self._acled(asked, headers)
        return self._ucdp(path, asked, headers)

    def _acled(self, asked: dict[str, str], headers: Any) -> Reply:
        sent = headers.get("authorization", "").removeprefix("Bearer ")
        if sent not in self.good:
            return Reply(401, {"message": f"The token {sent} has expired."})
        size, page = self.page_rows or int(asked["limit"]), int(asked["page"])
        rows = self.rows[(page - 1) * size : page * size]
        total = {"count": len(rows), "total_count": len(self.rows)} if asked.get("with_total") == "true" else {}
        return Reply(200, {"status": 200, "success": True, **total, "data": rows, **self.envelope})

    def _ucdp(self, path: str, asked: dict[str, str], headers: Any) -> Reply:
        if headers.get("x-ucdp-access-token") != TOKEN:
            return Reply(401, "API token required. Add header: x-ucdp-access-token")
        if path != "/api/gedevents/25.1":
            return Reply(404, "")
        size, page = self.page_rows or int(asked["pagesize"]), int(asked.get("page", 0))
        pages = -(-len(self.rows) // size)
        following = f"http://elsewhere.example{path}?pagesize={size}&page={page + 1}" if page + 1 < pages else ""
        paging = {"TotalCount": len(self.rows), "TotalPages": pages, "PreviousPageUrl": "", "NextPageUrl": following}
        return Reply(200, {**paging, "Result": self.rows[page * size : (page + 1) * size], **self.envelope})


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(service.query(parts.path, parts.query, self.headers))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._answer(service.token(dict(parse_qsl(body))))

        def _answer(self, reply: Reply) -> None:
            text = isinstance(reply.body, str)
            body = str(reply.body).encode() if text else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            kind = "text/plain" if text else "application/json"
            for name, value in ({"content-type": kind, "content-length": str(len(body))} | reply.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Stay silent."""

    return Handler


@dataclass
class Desk:
    """A service, its address, a folder, the waits that were asked for, and the command."""

    service: Service
    url: str
    out: Path
    waits: list[float]

    def fetch(self, *arguments: str, out: Path | None = None) -> Result:
        options = ["--url", self.url, "--out", str(out or self.out)]
        return CliRunner(env={"COLUMNS": "200"}).invoke(lull, ["fetch", *arguments, *options])

    def folders(self) -> list[str]:
        return sorted(path.name for path in self.out.glob("*"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[float], None]], None]:
    """A function that lets another take the waits of what fetches; the waits of other threads stay theirs."""

    def set_wait(wait: Callable[[float], None]) -> None:
        monkeypatch.setattr(session, "time", SimpleNamespace(sleep=wait, monotonic=time.monotonic, time=time.time))

    return set_wait


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Callable[[Callable[[float], None]], None]
) -> Iterator[Desk]:
    service, waits = Service(), []
    monkeypatch.setenv("ACLED_EMAIL", EMAIL)
    monkeypatch.setenv("ACLED_PASSWORD", PASSWORD)
    monkeypatch.setenv("UCDP_ACCESS_TOKEN", f" {TOKEN}\n")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    clock(waits.append)
    monkeypatch.setattr(acled, "ROWS", 3)
    monkeypatch.setattr(ucdp, "ROWS", 3)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Desk(service, f"http://127.0.0.1:{server.server_port}", tmp_path / "vintages", waits)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reply() -> Callable[..., Reply]:
    return Reply


@pytest.fixture
def secrets() -> tuple[str, ...]:
    return SECRETS
