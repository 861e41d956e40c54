"""Who may read: everybody who reaches the page if no log-in is configured; else only those on the allow-list.

The log-in is Streamlit's own (OIDC, the section `auth` of the secrets); the list is `allow` in the section `lull`. A
log-in without a list admits nobody.
"""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

import streamlit as st

from lull.scenarios.presentation.wording import literal


def admitted() -> bool:
    """Return whether the reader may go on; if not, the page says why and what to do."""
    secrets = _secrets()
    if "auth" not in secrets:
        return True
    reader = st.user.to_dict()
    if reader.get("is_logged_in") and is_allowed(reader, secrets.get("lull", {}).get("allow", ())):
        with st.sidebar:
            st.caption(literal(str(reader["email"])))
            st.button("Log out", on_click=st.logout, key="logout")
        return True
    st.title("Lull")
    if reader.get("is_logged_in"):
        name = literal(str(reader.get("email") or "This account"))
        st.warning(f"{name} is not on the list of readers. Ask who runs this page, or use another account.")
        st.button("Log out", on_click=st.logout, key="logout")
    elif find_spec("authlib") is None:
        st.error("The log-in needs the package Authlib. Who runs this page installs it: `docs/serving.md`.")
    else:
        st.write("This page is for a team. Log in to read it.")
        st.button("Log in", on_click=st.login, type="primary", key="login")
    return False


def is_allowed(reader: Mapping[str, Any], allow: Iterable[str]) -> bool:
    """Return whether a reader's verified address is on the list; `@example.org` stands for all of a domain."""
    address = str(reader.get("email") or "").casefold()
    if not address or reader.get("email_verified") is False:
        return False
    domain = f"@{address.rpartition('@')[2]}"
    return any(name.casefold() in (address, domain) for name in allow)


def _secrets() -> Mapping[str, Any]:
    """Return the secrets of this server, none if there is no file of them."""
    return st.secrets if st.secrets.load_if_toml_exists() else {}
