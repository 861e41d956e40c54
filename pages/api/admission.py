"""Whose runs a request of a program reads: its token says so, or that nobody logs in here.

The invariant: no cookie is looked at, so that no page of another can make a reader's browser ask; where a log-in is set
up, or tokens are, a request without a token reads nothing.
"""

import hashlib

from starlette.requests import Request

from lull.data.integrity.api_tokens import EVERYTHING, tokens
from lull.data.integrity.login import Login, login_of, read_secrets, secrets_files
from lull.data.schema import InputError
from lull.data.settings import settings
from lull.model.runs.store import Store, default_folder
from lull.scenarios.language.saved_scenarios import Shelf, default_shelf

SCHEME = "bearer"
CLOSED = "This door is closed: its tokens or the log-in are not set up as they should be."


class NotAdmittedError(Exception):
    """A request that may read nothing; the text says what it lacks."""


def reader_of(request: Request) -> str:
    """Return the address of the reader who asks, empty for all of the store. Raises `NotAdmittedError`."""
    try:
        known, login = tokens(), login_of(read_secrets(secrets_files()), required=settings().login)
    except InputError as error:
        print(error, flush=True)  # noqa: T201 - the server's log; its files are not named to who asks
        raise NotAdmittedError(CLOSED) from None
    if not known.readers and login is None:
        return EVERYTHING
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    reader = known.reader_of(token.strip()) if scheme.casefold() == SCHEME else None
    if reader is None:
        raise NotAdmittedError("Send a token that is known here: Authorization: Bearer TOKEN.")
    if login is not None and reader and not _is_listed(reader, login):
        raise NotAdmittedError("The reader of this token is not on the list of this page.")
    return reader


def store_of(reader: str) -> Store:
    """Return the runs of a reader."""
    return Store(default_folder() / _folder(reader))


def shelf_of(reader: str) -> Shelf:
    """Return the scenarios of a reader."""
    return Shelf(default_shelf() / _folder(reader))


def _folder(reader: str) -> str:
    """Return the name of a reader's own folder, as the page names it; none for all of the store."""
    return hashlib.sha256(reader.encode()).hexdigest()[:16] if reader else ""


def _is_listed(reader: str, login: Login) -> bool:
    """Return whether an address is on the list of those who may log in."""
    return any(name.casefold() in (reader, f"@{reader.rpartition('@')[2]}") for name in login.allow)
