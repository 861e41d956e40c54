"""A page says where its server is, so that a deep link does not look for it; nothing else is touched."""

import asyncio
from typing import Any

import pytest

from lull.pages.serving.base_address import BaseAddress

PAGE = b"<html><head><title>Lull</title></head></html>"


def sent(accept: bytes, kind: bytes, *, base: str = "") -> tuple[dict[bytes, bytes], bytes, list[Any]]:
    """Return headers and body that a browser gets of an application behind, and the headers that reach it."""
    got: list[Any] = []
    asked: list[Any] = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        asked.extend(scope["headers"])
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(PAGE)), (b"etag", b"x")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE[:10], "more_body": True})
        await send({"type": "http.response.body", "body": PAGE[10:]})

    async def send(message: Any) -> None:
        got.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    headers = [(b"accept", accept), (b"accept-encoding", b"gzip"), (b"if-none-match", b"x")]
    asyncio.run(BaseAddress(app, base)({"type": "http", "headers": headers}, receive, send))
    return dict(got[0]["headers"]), b"".join(each["body"] for each in got[1:]), asked


@pytest.mark.parametrize(("base", "path"), [("", "/"), ("lull", "/lull/"), ("/a/b/", "/a/b/")])
def test_a_page_names_its_server(base: str, path: str) -> None:
    headers, body, asked = sent(b"text/html,*/*", b"text/html; charset=utf-8", base=base)
    script = f'<head><script>window.__streamlit = {{BACKEND_BASE_URL: location.origin + "{path}"}}</script><title>'
    assert script.encode() in body
    assert headers[b"content-length"] == b"%d" % len(body)
    assert b"etag" not in headers
    assert [name for name, _ in asked] == [b"accept"], "a whole page is asked for, as it is"


@pytest.mark.parametrize(("accept", "kind"), [(b"*/*", b"text/html"), (b"text/html", b"text/javascript")])
def test_other_answers_are_passed_on(accept: bytes, kind: bytes) -> None:
    headers, body, _ = sent(accept, kind)
    assert (body, headers[b"etag"]) == (PAGE, b"x")
