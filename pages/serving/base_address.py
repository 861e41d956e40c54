"""Where the server is, said in every page: without it the browser of a deep link asks at addresses that are not there.

Streamlit's page looks for its server at the path of the link and then above it, a request that fails and a try more
before anything is shown, unless `window.__streamlit` names the address.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Message, Receive, Send], Awaitable[None]]

HEAD, HTML = b"<head>", b"text/html"
LENGTHS = (b"content-length", b"etag", b"last-modified", b"accept-ranges")  # of the file, not of what is sent


class BaseAddress:
    """An ASGI application before another, served below the path `base`."""

    def __init__(self, app: Application, base: str) -> None:
        self._app = app
        path = json.dumps(f"/{base.strip('/')}/".replace("//", "/"))
        self._head = (
            f"<head><script>window.__streamlit = {{BACKEND_BASE_URL: location.origin + {path}}}</script>".encode()
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on; a page comes back with the address in its head."""
        asked = dict(scope.get("headers", ()))
        if scope["type"] != "http" or not asked.get(b"accept", b"").startswith(HTML):
            await self._app(scope, receive, send)
            return
        whole = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        kept = [each for each in scope["headers"] if each[0] not in whole]
        await self._app({**scope, "headers": kept}, receive, self._placed(send))

    def _placed(self, send: Send) -> Send:
        """Return a way to answer that puts the address into a page."""
        start: Message = {}
        body = bytearray()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                start.update(message)
            elif message["type"] == "http.response.body" and start:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._send_whole(start, bytes(body), send)
            else:
                await send(message)

        return answer

    async def _send_whole(self, start: Message, body: bytes, send: Send) -> None:
        whole = body.replace(HEAD, self._head, 1)
        headers = [each for each in start["headers"] if each[0].lower() not in LENGTHS]
        await send({**start, "headers": [*headers, (b"content-length", str(len(whole)).encode())]})
        await send({"type": "http.response.body", "body": whole})


def _is_page(message: Message) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(HTML) for name, value in message["headers"])
