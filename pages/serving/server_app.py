"""What `lull app` starts: Streamlit's application of the page and the doors for programs, behind the gate."""

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from lull.pages.api.routes import routes
from lull.pages.serving.gate import Gate

SCRIPT = Path(__file__).with_name("page_script.py")


@asynccontextmanager
async def opened(_app: object) -> AsyncIterator[dict[str, Any]]:
    """Open the page in the browser of this machine once the server answers, unless it is headless."""
    if not st.get_option("server.headless"):
        address = f"http://{st.get_option('server.address')}:{st.get_option('server.port')}"
        asyncio.get_running_loop().call_later(0.5, webbrowser.open, address)
    yield {}


base = str(st.get_option("server.baseUrlPath") or "")
app = st.App(SCRIPT, routes=routes(base), middleware=[Middleware(Gate)], lifespan=opened)
