"""UCDP GED: a token in a header, then pages of at most 1,000 events of one release, which never changes."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

import httpx

from lull.data.schema import InputError, Problem
from lull.data.sources.answers import Answer, checksum, credentials, document_of, earliest, whole
from lull.data.sources.session import FORBIDDEN, UNAUTHORISED, Progress, Session

ROWS = 1000  # of a page
NO_SUCH_RELEASE = 404
VARIABLES = {"UCDP_ACCESS_TOKEN": "the token that UCDP gave you"}
RELEASES = "Releases are named like 25.1 (a year) or 26.0.7 (candidate events of July 2026)."


@dataclass(frozen=True)
class UcdpQuery:
    """Which events of a release: of any of the countries, actors and dyads, by number, between two days.

    The days are those on which events end.
    """

    version: str
    countries: tuple[int, ...] = ()
    actors: tuple[int, ...] = ()
    dyads: tuple[int, ...] = ()
    start: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        """Raise `InputError` if the release has no name of one."""
        if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,2}){1,3}", self.version):
            raise InputError(Problem("--version", "the name of a release", repr(self.version), RELEASES))

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the address, those that were asked for."""
        numbers = {"Country": self.countries, "Actor": self.actors, "Dyad": self.dyads}
        days = {"StartDate": self.start, "EndDate": self.until}
        asked = {key: ",".join(map(str, values)) for key, values in numbers.items() if values}
        return asked | {key: day.isoformat() for key, day in days.items() if day}


class Ucdp:
    """The events of UCDP GED, or of its candidates, that a query names."""

    name = "ucdp"

    def __init__(self, query: UcdpQuery, *, url: str, progress: Progress) -> None:
        (self._token,) = credentials(VARIABLES)
        self._query = query
        self.session = Session("UCDP", url, progress)
        self.session.keep_tokens(self._token)
        self.asked = {
            "version": query.version,
            "country": list(query.countries),
            "actor": list(query.actors),
            "dyad": list(query.dyads),
            "from": query.start and query.start.isoformat(),
            "until": query.until and query.until.isoformat(),
        }

    def page(self, page: str) -> Answer:
        """Return a page; "" is the first one. Raises `InputError`."""
        parameters = {"pagesize": str(ROWS), **self._query.parameters(), **({"page": page} if page else {})}
        answer = self._ask(urlencode(parameters, safe=","))
        document = document_of(self.session, answer, "Result")
        rows, following = document["Result"], _page_of(document.get("NextPageUrl"))
        return Answer(answer.content, len(rows), checksum(rows), whole(document.get("TotalCount")), following)

    def asked_to(self, day: date) -> date | None:
        """Return the earlier of the last day asked for and the last one of the release."""
        del day
        return earliest([self._query.until, end_of(self._query.version)])

    def _ask(self, query: str) -> httpx.Response:
        answer = self.session.get(f"api/gedevents/{self._query.version}", query, {"x-ucdp-access-token": self._token})
        said = self.session.said(answer)
        if answer.status_code in {UNAUTHORISED, FORBIDDEN}:
            remedy = "Check UCDP_ACCESS_TOKEN; the API documentation of UCDP says whom to ask for one."
            raise self.session.error("a token that it accepts", said, remedy)
        if answer.status_code == NO_SUCH_RELEASE:
            raise self.session.error(f"the release {self._query.version}", said, RELEASES)
        return answer


def end_of(version: str) -> date | None:
    """Return the last day that a release covers: of a year, or of candidate events of a month or of several."""
    year, *rest = (int(part) for part in version.split("."))
    match rest:
        case [1]:
            last_year, month = year - 1, 12
        case [0, month]:
            last_year = year
        case [_, last_year, month]:
            pass
        case _:
            return None
    return _last_day(2000 + last_year, month)


def _last_day(year: int, month: int) -> date | None:
    try:
        return (date(year, month, 1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    except ValueError:
        return None


def _page_of(url: object) -> str:
    """Return the page that an address asks for; the address itself is not followed."""
    try:
        page = httpx.URL(url).params.get("page", "") if isinstance(url, str) else ""
    except httpx.InvalidURL:
        return ""
    return page if page.isdecimal() else ""
