"""A watch in a folder of its own: a stored run in place of a fit, chances that a test sets, servers on this machine."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.model.runs.store import Run, Store
from lull.scenarios.engine.questions import Answer
from lull.watch import answers_now, one_pass

COUNTS = """series,week_start,count
israel,2024-12-16,0
israel,2024-12-23,0
us_forces,2024-12-16,1
us_forces,2024-12-23,2
"""
WATCH = """
[data]
counts = "weekly.csv"

[[questions]]
text = "any attack by 2025-06-01"
series = "israel"

[output]
dir = "out"
"""
HOOK = "WATCH_TEST_HOOK"


@dataclass
class Receiver:
    """A webhook of this machine: what it was sent, and which status it answers next (200 when none is left)."""

    url: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            if status == 200:
                receiver.sent.append(sent)
                receiver.headers.append(dict(self.headers.items()))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/secret-path"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


class Letters:
    """A mail server's ear: the messages that it took."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], str]] = []
        self.port = 0
        self.refused: set[str] = set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@pytest.fixture
def letters() -> Iterator[Letters]:
    ear = Letters()
    with socket.create_server(("127.0.0.1", 0)) as free:
        ear.port = free.getsockname()[1]
    controller = Controller(ear, hostname="127.0.0.1", port=ear.port)
    controller.start()
    yield ear
    controller.stop()


@dataclass
class Desk:
    """A watch that a test moves on: its folder, its chances by question, the run that stands for the fit of today."""

    folder: Path
    store: Store
    run: Run
    chances: dict[str, float] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def write(self, text: str = WATCH, **more: str) -> None:
        (self.folder / "watch.toml").write_text(text)
        for name, content in more.items():
            (self.folder / name.replace("_", ".")).write_text(content)

    def one(self, day: str = "2025-01-06", *, code: int = 0) -> dict[str, Any]:
        """Return the document of a pass on a day, which ends with a code."""
        result = self.invoke(day)
        assert result.exit_code == code, result.output
        document: dict[str, Any] = json.loads(result.stdout)
        kept = json.loads((self.out / "changes.json").read_text("utf-8"))
        assert kept == {name: value for name, value in document.items() if name != "files"}
        return document

    def invoke(self, day: str = "2025-01-06") -> Result:
        words = ["watch", str(self.folder / "watch.toml"), "--as-of", day, "--store", str(self.store.folder), "--json"]
        return CliRunner().invoke(lull, words)


@pytest.fixture
def desk(tmp_path: Path, store: Store, write_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path / "watch", store, write_run())
    desk.folder.mkdir()
    desk.write(weekly_csv=COUNTS)
    real = answers_now.answer_of_run

    def answered(text: str, *given: Any, **more: Any) -> Answer:
        answer = real(text, *given, **more)
        return replace(answer, probability=desk.chances.get(text, answer.probability))

    monkeypatch.setattr(answers_now, "answer_of_run", answered)
    monkeypatch.setattr(one_pass, "current_run", lambda *_, **__: (desk.run, "found"))
    return desk


@pytest.fixture
def hooked(desk: Desk, hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk, which tells the webhook."""
    monkeypatch.setenv(HOOK, hook.url)
    desk.write(f'{WATCH}\n[alerts]\nwebhook_env = "{HOOK}"\nthreshold = 0.1\nquiet_days = 7\n')
    return desk
