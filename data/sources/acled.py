"""ACLED: a log-in with e-mail and password (OAuth), then pages of at most 5,000 events."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from lull.data.sources.answers import Answer, checksum, credentials, document_of, whole
from lull.data.sources.session import FORBIDDEN, OK, UNAUTHORISED, Progress, Session

ROWS = 5000  # of a page
BEGIN = date(1997, 1, 1)  # no event is older
VARIABLES = {"ACLED_EMAIL": "the e-mail address of your account", "ACLED_PASSWORD": "its password"}
TERMS = "Log in on the web site, accept the terms, complete the profile, and see which access your account has."


@dataclass(frozen=True)
class AcledQuery:
    """Which events: of any of the countries, with any of the actors on either side, of any type, between two days."""

    countries: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    start: date | None = None
    until: date | None = None

    def text(self, day: date) -> str:
        """Return the query as the address carries it, asked on `day`: alternatives are parted by `:OR:`."""
        groups = [
            [("country", name) for name in self.countries],
            [(side, name) for name in self.actors for side in ("actor1", "actor2")],
            [("event_type", name) for name in self.event_types],
        ]
        parts = [":OR:".join(f"{key}={quote(name, safe='')}" for key, name in group) for group in groups if group]
        if self.start or self.until:
            span = f"{self.start or BEGIN}|{self.until or day}"
            parts.append(urlencode({"event_date": span, "event_date_where": "BETWEEN"}))
        return "&".join(["_format=json", *parts])


class Acled:
    """The events of ACLED that a query names."""

    name = "acled"

    def __init__(self, query: AcledQuery, day: date, *, url: str, progress: Progress) -> None:
        self._email, self._password = credentials(VARIABLES)
        self._query, self._text = query, query.text(day)
        self._access, self._refresh = "", ""
        self.session = Session("ACLED", url, progress)
        self.session.mask([self._email, self._password])
        self.asked = {
            "country": list(query.countries),
            "actor": list(query.actors),
            "event_type": list(query.event_types),
            "from": query.start and query.start.isoformat(),
            "until": query.until and query.until.isoformat(),
        }

    def page(self, page: str) -> Answer:
        """Return a page; "" is the first one, which says how many rows there are. Raises `InputError`."""
        number = int(page or 1)
        total = "&with_total=true" if number == 1 else ""
        answer = self._ask(f"{self._text}&limit={ROWS}&page={number}{total}")
        document = document_of(self.session, answer, "data")
        rows = document["data"]
        withheld = document.get("data_query_restrictions")
        restrictions = withheld if isinstance(withheld, dict) else {}
        following = str(number + 1) if rows else ""
        return Answer(
            answer.content,
            len(rows),
            checksum(rows),
            whole(document.get("total_count")),
            following,
            restrictions,
            _seen_to(restrictions),
        )

    def asked_to(self, day: date) -> date | None:
        """Return the last day asked for, `day` at the latest; None if the query does not end."""
        return self._query.until and min(self._query.until, day)

    def _ask(self, query: str) -> httpx.Response:
        """Return the answer to a query; a token that is no longer good is renewed once."""
        if not self._access:
            self._log_in()
        answer = self._get(query)
        if answer.status_code == UNAUTHORISED:
            self._renew()
            answer = self._get(query)
        if answer.status_code == UNAUTHORISED:
            raise self.session.error("a token that it accepts", self.session.said(answer), TERMS)
        if answer.status_code == FORBIDDEN:
            raise self.session.error("an account that may read the API", self.session.said(answer), TERMS)
        return answer

    def _get(self, query: str) -> httpx.Response:
        return self.session.get("api/acled/read", query, {"Authorization": f"Bearer {self._access}"})

    def _log_in(self) -> None:
        form = {"grant_type": "password", "username": self._email, "password": self._password}
        answer = self._token(form | {"scope": "authenticated"})
        if answer.status_code != OK:
            remedy = f"Check {' and '.join(VARIABLES)}."
            raise self.session.error("an e-mail and password that it accepts", self.session.said(answer), remedy)
        self._take(answer)

    def _renew(self) -> None:
        """Exchange the refresh token for a new pair, or log in again if that is no longer good either."""
        answer = self._refresh and self._token({"grant_type": "refresh_token", "refresh_token": self._refresh})
        if answer and answer.status_code == OK:
            self._take(answer)
        else:
            self._log_in()

    def _token(self, form: dict[str, str]) -> httpx.Response:
        return self.session.post("oauth/token", form | {"client_id": "acled"})

    def _take(self, answer: httpx.Response) -> None:
        try:
            document = answer.json()
        except ValueError:
            document = None
        tokens = document if isinstance(document, dict) else {}
        access, refresh = (str(tokens.get(key) or "") for key in ("access_token", "refresh_token"))
        if not access:
            raise self.session.error("a token", "an answer of HTTP 200 without one", "Check --url.")
        self.session.keep_tokens(access, refresh)
        self._access, self._refresh = access, refresh


def _seen_to(restrictions: dict[str, Any]) -> date | None:
    """Return the last day whose events the account sees, None if it sees all."""
    recency = restrictions.get("date_recency")
    try:
        return date.fromisoformat(str(recency["date"])[:10]) if isinstance(recency, dict) else None
    except (KeyError, ValueError):
        return None
