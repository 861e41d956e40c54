"""Who is admitted: a log-in whose verified address is on the list, and that was not ended by logging out.

The invariant: the page and the gate before it ask here, so that what is not shown is not sent either. A reader is named
by a digest of the address, without capitals; everybody is the reader "" where no log-in is configured.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from starlette.requests import cookie_parser
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from lull.data.files import write_whole
from lull.data.integrity.login import Login, login_of, read_secrets, secrets_files
from lull.data.schema import InputError
from lull.data.settings import settings

ENDED = ".logged-out"  # in the store: a file for each log-in that was ended, until its cookie is too old anyway
KEPT_SECONDS = 32 * 86_400  # Streamlit takes a cookie for 31 days
NOBODY = ""  # the reader where nobody logs in
UNSIGNED = ("is_logged_in", "tokens", "origin")  # what Streamlit adds to the claims of the provider


def is_allowed(reader: Mapping[str, Any], login: Login) -> bool:
    """Return whether a reader's verified address is on the list; `@example.org` stands for all of a domain."""
    address = address_of(reader)
    if not address or not _is_verified(reader, login):
        return False
    domain = f"@{address.rpartition('@')[2]}"
    return any(name.casefold() in (address, domain) for name in login.allow)


def _is_verified(reader: Mapping[str, Any], login: Login) -> bool:
    """Return whether the provider calls an address verified, or says nothing of it and vouches for all."""
    claim = reader.get("email_verified")
    return claim is True or (claim is None and login.vouched)


def reads(reader: Mapping[str, Any], login: Login) -> bool:
    """Return whether a reader is logged in, is on the list, and has not ended this log-in."""
    return bool(reader.get("is_logged_in")) and is_allowed(reader, login) and not mark(reader).exists()


def address_of(reader: Mapping[str, Any]) -> str:
    """Return the address of a reader as it is compared and named: without capitals, empty if there is none."""
    return str(reader.get("email") or "").casefold()


def digest_of(address: str) -> str:
    """Return the name of a reader: it says nothing and leads nowhere else."""
    return hashlib.sha256(address.encode()).hexdigest()[:16] if address else NOBODY


def end(reader: Mapping[str, Any]) -> None:
    """End a log-in, here and wherever its cookie was copied to."""
    ended = mark(reader)
    write_whole(ended, "")
    for old in ended.parent.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)


def mark(reader: Mapping[str, Any]) -> Path:
    """Return the file that says that a log-in was ended: its name is a digest of what the provider signed then."""
    signed = {name: value for name, value in reader.items() if name not in UNSIGNED}
    digest = hashlib.sha256(json.dumps(signed, sort_keys=True, default=str).encode()).hexdigest()
    return settings().store / ENDED / digest[:32]


def reader_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the reader of a request by its cookie; None for one who is not admitted, or secrets not to be trusted."""
    try:
        login = login_of(read_secrets(secrets_files()), required=settings().login)
    except InputError:
        return None
    if login is None:
        return NOBODY
    reader = _claims(headers)
    return digest_of(address_of(reader)) if reads(reader, login) else None


def _claims(headers: Iterable[tuple[bytes, bytes]]) -> Mapping[str, Any]:
    """Return what the provider said of who sent a request; nothing if no cookie of this server says so."""
    cookies: dict[str, str] = {}
    for name, value in headers:
        if name.lower() == b"cookie":
            cookies |= cookie_parser(value.decode("latin-1"))

    def one(name: str) -> bytes | None:
        return (
            decode_signed_value(get_cookie_secret(), name, cookies[name].encode("latin-1")) if name in cookies else None
        )

    try:
        said = json.loads(get_cookie_with_chunks(one, USER_COOKIE_NAME) or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, Mapping) else {}
