"""What stands before Streamlit's own server: hosts, origins and uploads that it would take, and headers that it lacks.

The invariant: a request names the host that it was sent to, a browser's comes from a page of this server, a file is
taken of an admitted reader only, before any of it is read, and sent to the reader alone on whose page it is offered.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import streamlit as st

from lull.data.integrity.login import login_of, read_secrets, secrets_files
from lull.data.schema import InputError
from lull.pages.serving.admission import reader_of
from lull.pages.serving.passes import is_of, may_fetch

UPLOADS, DOWNLOADS, METRICS = "/_stcore/upload_file/", "/media/", "/_stcore/metrics"
API = "/api/"
OWN_FILES = "/static"  # fonts and scripts of the page lie below it, some in a folder "media" too
HEADERS = {
    b"x-frame-options": b"DENY",
    b"content-security-policy": b"frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
}

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Gate:
    """An ASGI application before another."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._host = _public_host()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Refuse a request with its reason, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif reason := self.refusal(scope):
            await _refuse(scope, reason, send)
        else:
            await self._app(scope, receive, _with_headers(send))

    def refusal(self, scope: Mapping[str, Any]) -> str:
        """Return why a request is not taken, empty if it is."""
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if not self._names_us(host):
            return "This host is not served here."
        if origin is not None and not self._is_ours(_split(origin), host):
            return "A page of another origin may not ask here."
        return _refusal_of_files(scope)

    def _is_ours(self, origin: SplitResult, host: str) -> bool:
        """Return whether an origin is the host that was asked, or the one that the log-in leads back to."""
        return (bool(host) and origin.netloc == host) or (bool(self._host) and origin.hostname == self._host)

    def _names_us(self, host: str) -> bool:
        """Return whether a host is one of this server's names; all are where it listens to others without a log-in."""
        name = _split(f"//{host}").hostname or ""
        address = str(st.get_option("server.address") or "")
        return bool(name) and (name == self._host or is_local(name) or not (self._host or is_local(address)))


def _refusal_of_files(scope: Mapping[str, Any]) -> str:
    """Return why a file is neither taken nor sent, or figures of the server are not; empty if they are."""
    path = scope["path"]
    before, found, file = path.partition(DOWNLOADS)
    download = bool(found) and not before.endswith(OWN_FILES)
    if scope.get("method") == "OPTIONS" or not (download or UPLOADS in path or METRICS in path):
        return ""
    reader = reader_of(scope["headers"])
    if UPLOADS in path:
        session = path.partition(UPLOADS)[2].partition("/")[0]
        return "" if reader is not None and is_of(session, reader) else "Log in before you send a file."
    if download:
        allowed = reader is not None and may_fetch(file.partition(".")[0], reader)
        return "" if allowed else "Log in, and download it from the page."
    return "" if reader is not None else "Log in to see this."


def _split(address: str) -> SplitResult:
    """Return the parts of an address; all are empty in one that is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def is_local(name: str) -> bool:
    """Return whether a host name or address means this machine alone."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _public_host() -> str:
    """Return the host that the log-in leads back to, empty without a log-in."""
    try:
        login = login_of(read_secrets(secrets_files()), required=False)
    except InputError:
        return ""  # the page is closed then
    return login.host if login else ""


def _with_headers(send: Send) -> Send:
    """Return a way to answer that adds the headers of every answer."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *((name, HEADERS[name]) for name in HEADERS.keys() - given)]
        await send(message)

    return answer


async def _refuse(scope: Message, reason: str, send: Send) -> None:
    """Answer 403 with the reason, below `/api` as its errors are; a WebSocket is closed before it opens."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    in_json = API in scope["path"]
    kind = b"application/json" if in_json else b"text/plain; charset=utf-8"
    body = json.dumps({"error": reason}) if in_json else reason
    headers = [(b"content-type", kind), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
