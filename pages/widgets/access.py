"""Who may read: everybody who reaches the page if no log-in is configured; else only those on the allow-list.

The log-in is Streamlit's own (OIDC, the section `auth` of the secrets); the list is `allow` in the section `lull`. A
log-in without a list admits nobody, and secrets that cannot be trusted close the page. Who logs out ends that log-in:
a copy of its cookie opens nothing.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from lull.data.integrity.login import Login, login_of
from lull.data.schema import InputError, Problem
from lull.data.settings import settings
from lull.pages.serving.admission import NOBODY, address_of, digest_of, end, mark, reads
from lull.pages.serving.passes import give_pass, take_pass
from lull.scenarios.presentation.wording import literal

LOOK_AGAIN = "30s"  # an open page asks so often whether its reader is still on the list
CLOSED = "This page is closed: its log-in is not set up as it should be. Who runs it finds the reason in the log."


def admitted() -> bool:
    """Return whether the reader may go on, and send files; if not, the page says why and what to do."""
    reader = _admitted()
    if reader is None:
        take_pass()
        return False
    give_pass(reader)
    return True


def _admitted() -> str | None:
    """Return the reader who is admitted, None if the page says why nobody is."""
    try:
        login = _login()
    except InputError as error:
        print(error, flush=True)  # noqa: T201 - the server's log; its files are not named to readers
        st.title("Lull")
        st.error(CLOSED)
        return None
    if login is None:
        return NOBODY
    reader = st.user.to_dict()
    if not reads(reader, login):
        _show_way_in(reader)
        return None
    with st.sidebar:
        st.caption(literal(str(reader["email"])))
        _log_out_button()
    _look_again()
    return digest_of(address_of(reader))


def _login() -> Login | None:
    """Return the log-in of this server, None if there is none; raises `InputError` for secrets not to be trusted."""
    return login_of(_secrets(), required=settings().login)


def _secrets() -> Mapping[str, Any]:
    """Return the secrets of this server, none if there is no file of them."""
    try:
        return st.secrets.to_dict()
    except (StreamlitSecretNotFoundError, OSError, ValueError) as error:
        if any(Path(path).exists() for path in st.get_option("secrets.files")):
            raise InputError(Problem("secrets.toml", "secrets that can be read", str(error), CLOSED)) from error
        return {}


def _show_way_in(reader: Mapping[str, Any]) -> None:
    """Show who is not admitted how to get in."""
    st.title("Lull")
    if reader.get("is_logged_in") and not mark(reader).exists():
        name = literal(str(reader.get("email") or "This account"))
        why = "is not on the list of readers, or its address is not verified"
        st.warning(f"{name} {why}. Ask who runs this page, or use another account.")
        _log_out_button()
    elif find_spec("authlib") is None or find_spec("httpx") is None:
        st.error("The log-in needs the packages Authlib and HTTPX: see `docs/serving.md`.")
    else:
        st.write("This page is for a team. Log in to read it.")
        st.button("Log in", on_click=st.login, type="primary", key="login")


@st.fragment(run_every=LOOK_AGAIN)
def _look_again() -> None:
    """Turn away a reader who was taken off the list, or logged out elsewhere, while the page was open."""
    try:
        now = _login()
    except InputError:
        now = Login((), "")
    if now is not None and not reads(st.user.to_dict(), now):
        st.rerun()


def _log_out_button() -> None:
    st.button("Log out", on_click=_log_out, key="logout")


def _log_out() -> None:
    """End this log-in, here and wherever its cookie was copied to."""
    end(st.user.to_dict())
    st.logout()
