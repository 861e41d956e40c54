"""What `lull app` starts: Streamlit's application of the page and the doors for programs, behind the gate."""

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from lull.batch.fit_queue import advance_all, resume
from lull.data.settings import settings
from lull.pages.api.routes import routes
from lull.pages.serving.base_address import BaseAddress
from lull.pages.serving.gate import Gate

SCRIPT = Path(__file__).with_name("page_script.py")
LOOK_EVERY = 1.0  # seconds between two looks at the queue of fits


@asynccontextmanager
async def running(_app: object) -> AsyncIterator[dict[str, Any]]:
    """Go on with the queue of fits, and open the page in the browser of this machine if that was asked for."""
    queue = asyncio.create_task(_keep_queue())
    if settings().browser:
        asyncio.get_running_loop().call_later(0.5, webbrowser.open, _address())
    yield {}
    queue.cancel()
    with suppress(asyncio.CancelledError):
        await queue


async def _keep_queue() -> None:
    """Start the fits whose turn has come, as long as the server runs."""
    try:
        await asyncio.to_thread(resume, settings().store)
    except OSError as error:
        print(f"The queue of fits cannot be read: {error}", flush=True)  # noqa: T201 - the server's log
    while True:
        with suppress(OSError):  # a full disk: the next look may find room
            await asyncio.to_thread(advance_all)
        await asyncio.sleep(LOOK_EVERY)


def _address() -> str:
    """Return where this machine finds the page."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"http://{st.get_option('server.address')}:{st.get_option('server.port')}/{path}"


base = str(st.get_option("server.baseUrlPath") or "")
before = [Middleware(Gate), Middleware(BaseAddress, base)]
app = st.App(SCRIPT, routes=routes(base), middleware=before, lifespan=running)
