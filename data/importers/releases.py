"""What a file of events says of itself: which days it was asked for, up to which it is known, and when it came out.

ACLED names an export by the days that were asked for, and its API says what an account may see. UCDP names a file by
its release: `ged251` is the annual release of 2025, to the end of 2024; `GEDEvent_v25_0_8` holds the candidate events
of August 2025, `GEDEvent_v25_01_25_09` those of January to September 2025. A candidate release comes out within about
three weeks after its last month, an annual one about the first of June: these days stand in where a row does not say
when it was coded.
"""

import json
import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from lull.data.calendar import today
from lull.data.schema import InputError, Problem

CANDIDATE_DELAY = timedelta(days=20)  # after the last day of a candidate release
DAY = r"(\d{4}-\d{2}-\d{2})"
FROM = re.compile(rf"from[ _-]?{DAY}", re.IGNORECASE)
TO = re.compile(rf"to[ _-]?{DAY}", re.IGNORECASE)
RANGE = re.compile(rf"{DAY}(?:[ _-]+|[ _-]*to[ _-]*){DAY}", re.IGNORECASE)
UP_TO = re.compile(rf"up[ _-]to[ _-](?:week[ _-]of[ _-])?{DAY}", re.IGNORECASE)
SPAN = re.compile(r"v?(\d{2})[_.](\d{2})[_.](\d{2})[_.](\d{2})(?!\d)")
MONTHLY = re.compile(r"v?(\d{2})[_.]0[_.](\d{1,2})(?!\d)")
ANNUAL = re.compile(r"(?:v|ged)_?(\d{2})[_.]?1(?!\d)", re.IGNORECASE)
FETCHED = "fetch.json"


@dataclass(frozen=True)
class Release:
    """One file: the days it covers (None where nothing says), the day it was published, and whether it is a candidate.

    `annual` is whether it replaces the candidate releases of its days.
    """

    name: str
    first: date | None = None
    known_to: date | None = None
    published: date | None = None
    annual: bool = False
    candidate: bool = False


def release_of(path: Path, envelope: Mapping[str, Any]) -> Release:
    """Return what the name of a file, what an API said with its rows, and the record of a fetch say of it.

    Raises `InputError` for days in a name that do not follow each other.
    """
    first, to = _asked(path.stem)
    annual, candidate, published = False, False, None
    if first is None and to is None and (ucdp := _ucdp(path.stem)):
        first, to, published, annual = ucdp
        candidate = not annual
    seen = [day for day in (to, _seen_to(envelope, path), _fetched_to(path)) if day]
    known_to = min(seen) if seen else None
    if first and known_to and known_to < first:
        raise InputError(Problem(path.name, "a range of days", f"{first} to {known_to}", "Give --from and --until."))
    return Release(path.name, first, known_to, published, annual, candidate)


def _asked(name: str) -> tuple[date | None, date | None]:
    """Return the first and the last day that the name of an export says were asked for."""
    if (start := FROM.search(name)) or TO.search(name):
        end = TO.search(name[start.end() :] if start else name)
        return _day(start), _day(end)
    if between := RANGE.search(name):
        return _day(between), _day(between, 2)
    return None, _day(UP_TO.search(name))


def _ucdp(name: str) -> tuple[date, date, date, bool] | None:
    """Return first and last day, day of publication and whether it is annual, of a release of UCDP GED by its name."""
    if span := SPAN.search(name):
        first_year, first_month, last_year, last_month = map(int, span.groups())
        return _candidate((2000 + first_year, first_month), (2000 + last_year, last_month))
    if monthly := MONTHLY.search(name):
        month = (2000 + int(monthly[1]), int(monthly[2]))
        return _candidate(month, month)
    if annual := ANNUAL.search(name):
        year = 2000 + int(annual[1])
        return date(1989, 1, 1), date(year - 1, 12, 31), date(year, 6, 1), True
    return None


def _candidate(first: tuple[int, int], last: tuple[int, int]) -> tuple[date, date, date, bool] | None:
    try:
        end = (date(*last, 1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return date(*first, 1), end, end + CANDIDATE_DELAY, False
    except ValueError:
        return None


def _seen_to(envelope: Mapping[str, Any], path: Path) -> date | None:
    """Return the last day whose events the account sees, as ACLED's API says with its rows.

    It names the day, or how many months, weeks or days before the answer, which is as old as its file.
    """
    restrictions = envelope.get("data_query_restrictions")
    recency = restrictions.get("date_recency") if isinstance(restrictions, Mapping) else None
    if not recency:
        return None
    if found := re.search(DAY, str(recency)):
        return _day(found)
    number, unit = re.search(r"\d+", str(recency)), re.search(r"day|week|month|year", str(recency).lower())
    if not number or not unit:
        return None
    answered = datetime.fromtimestamp(path.stat().st_mtime).astimezone().date() if path.is_file() else today()
    return _before(answered, int(number[0]), unit[0])


def _before(day: date, number: int, unit: str) -> date:
    """Return the day so many days, weeks, months or years before another one; of months the last day they have."""
    if unit in {"day", "week"}:
        return day - timedelta(days=number * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 - number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _fetched_to(path: Path) -> date | None:
    """Return up to which day a fetched answer is known: it stands in the record next to its pages."""
    record = path.with_name(FETCHED)
    if path.suffix.lower() != ".json" or not record.is_file():
        return None
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        return date.fromisoformat(content["known_to"]) if content.get("known_to") else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _day(found: re.Match[str] | None, group: int = 1) -> date | None:
    try:
        return date.fromisoformat(found[group]) if found else None
    except ValueError:
        return None
