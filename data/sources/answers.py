"""What a service answers, page by page, and what the account behind it cannot see."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import httpx

from lull.data.schema import InputError, Problem
from lull.data.sources.session import OK, Session


@dataclass(frozen=True)
class Answer:
    """One page: its bytes as served, its rows, the rows of all pages (None: not said) and the next page ("": none).

    `checksum` is that of the rows, `restrictions` what the service withholds from the account, as it says so, and
    `seen_to` the last day whose events the account sees (None: all that there are).
    """

    body: bytes
    rows: int
    checksum: str
    total: int | None
    following: str
    restrictions: dict[str, Any] = field(default_factory=dict)
    seen_to: date | None = None


class Source(Protocol):
    """A database that is asked over the network."""

    name: str
    asked: dict[str, Any]
    session: Session

    def page(self, page: str) -> Answer:
        """Return a page; "" is the first one. Raises `InputError` if the service does not serve it."""

    def asked_to(self, day: date) -> date | None:
        """Return the last day that the query, asked on `day`, reaches; None if nothing says so."""


def credentials(purposes: dict[str, str]) -> list[str]:
    """Return environment variables; `purposes` says what each holds. Raises `InputError` naming those not set."""
    found = {name: os.environ.get(name, "").strip() for name in purposes}
    missing = [name for name, value in found.items() if not value]
    if missing:
        remedy = "Set it in the environment: Lull takes it from no option and writes it to no file."
        raise InputError(Problem(name, purposes[name], "nothing in the environment", remedy) for name in missing)
    return list(found.values())


def document_of(session: Session, answer: httpx.Response, rows: str) -> dict[str, Any]:
    """Return the JSON object of an answer of HTTP 200 whose key `rows` holds a list. Raises `InputError` otherwise."""
    expected = f"a JSON object with the list {rows!r}"
    if answer.status_code != OK:
        raise session.error(expected, session.said(answer), "Check the options of the query.")
    try:
        document = json.loads(answer.content)
    except ValueError:
        kind = answer.headers.get("content-type", "no type")
        raise session.error(expected, f"HTTP 200 of {kind}", "Check --url.") from None
    if not isinstance(document, dict) or document.get("success") is False or document.get(rows) is None:
        raise session.error(expected, session.said(answer), "Check the options of the query and --url.")
    if not isinstance(document[rows], list):
        raise session.error(expected, f"{rows!r} that is no list", "Check --url.")
    envelope = json.dumps({key: value for key, value in document.items() if key != rows})
    if session.shows_secret(answer.text, envelope):
        raise session.error("an answer without your credentials", "them in it", "It was not written. Check --url.")
    return document


def checksum(rows: list[Any]) -> str:
    """Return the SHA-256 of rows, whatever stands around them."""
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def whole(value: object) -> int | None:
    """Return a whole number of an answer, None if it is none."""
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None


def earliest(days: Iterable[date | None]) -> date | None:
    """Return the earliest of the days that are known, None if none is."""
    return min((day for day in days if day is not None), default=None)
