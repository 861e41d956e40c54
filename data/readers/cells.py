"""What one cell of a report, an event or a count may hold, and how a wrong one is reported.

Each parser takes the cell's text or the Python value itself, and raises an `InputError` of one `Problem`
without a place; whoever knows the place adds it. The `Annotated` types are the fields of the records at the
file border.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated
from unicodedata import normalize

from pydantic import BeforeValidator

from lull.data.schema import InputError, Problem, near

FIRST_YEAR, LAST_YEAR = 1900, 2100
LARGEST_COUNT = 1_000_000
LONGEST_SHOWN = 60
SPREADSHEET_EPOCH = date(1899, 12, 30)
WHOLE_AS_FLOAT = re.compile(r"(?<=[0-9])\.0+\Z")
MISSING_WORDS = frozenset({"na", "n/a", "#n/a", "nan", "null", "none", "nil", "<na>", "nat"})  # not known
NO_WORDS = MISSING_WORDS | {"-", "--", "–", "—", ".", "..", "..."}  # not known, or there was none
MISSING_REMEDY = "Leave the cell empty if it is not known, write 0 if there was none."
DATE_FORM = "a date as YYYY-MM-DD"


def parse_day(cell: object) -> date:
    """Return the day a cell names; raises `InputError` unless it is YYYY-MM-DD within 1900-2100."""
    return checked_year(cell if type(cell) is date else _day_of_text(str(cell)))


def checked_year(day: date) -> date:
    """Return a day; raises `InputError` unless it is within 1900-2100."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _wrong(f"a year from {FIRST_YEAR} to {LAST_YEAR}", str(day))
    return day


def parse_optional_day(cell: object) -> date | None:
    """Return the day a cell names, or None if it is empty."""
    return None if cell is None or cell == "" else parse_day(cell)


def parse_whole(cell: object) -> int:
    """Return the whole number a cell holds; raises `InputError` unless it is 0, 1, 2, ... up to a million.

    3.0 is 3: a column of whole numbers with one missing is written so.
    """
    text = WHOLE_AS_FLOAT.sub("", str(cell))
    if isinstance(cell, bool) or not re.fullmatch(r"[0-9]+", text):
        raise _wrong("a whole number from 0 up", shown(text), _count_remedy(text))
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(LARGEST_COUNT)) or int(digits) > LARGEST_COUNT:
        raise _wrong(f"at most {LARGEST_COUNT:,}", shown(text))
    return int(digits)


def parse_filled(cell: object) -> str:
    """Return a text that is not empty."""
    text = str(cell).strip()
    if not text:
        raise _wrong("a text", "an empty cell")
    return text


def parse_name(cell: str) -> str:
    """Return the name of an event; raises `InputError` for an empty cell and a word for missing."""
    if cell.casefold() in {"", *NO_WORDS}:
        raise _wrong("the name of an event", shown(cell))
    return cell


def one_of(*words: str) -> BeforeValidator:
    """Return the check that a cell is one of the words."""

    def check(cell: object) -> object:
        if cell not in words:
            raise _wrong(f"one of {', '.join(words)}", shown(str(cell)), near(str(cell), words))
        return cell

    return BeforeValidator(check)


Day = Annotated[date, BeforeValidator(parse_day)]
OptionalDay = Annotated[date | None, BeforeValidator(parse_optional_day)]
Whole = Annotated[int, BeforeValidator(parse_whole)]
Filled = Annotated[str, BeforeValidator(parse_filled)]


def shown(text: str) -> str:
    """Return a cell as a problem shows it: quoted, and cut when long."""
    if not text:
        return "an empty cell"
    return repr(text) if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]!r}..."


def alike_notes(names: Iterable[str]) -> list[str]:
    """Return a warning for each set of names that differ in capitals, blanks or the coding of letters alone."""
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        read_aloud = " ".join(normalize("NFKC", normalize("NFKC", name).casefold()).split())
        groups.setdefault(read_aloud, []).append(name)
    return [_alike(group) for group in groups.values() if len(group) > 1]


def _alike(names: list[str]) -> str:
    same = len({normalize("NFC", name) for name in names}) < len(names)
    why = " (one letter can be coded in two ways)" if same else ""
    named = " and ".join(map(repr, names))
    return f"Warning: {named} look alike{why} and were read as {len(names)} series. If they are one, give it one name."


def _day_of_text(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise _wrong(DATE_FORM, repr(text), "The calendar has no such day.") from None
    if re.fullmatch(r"[0-9]{5}(\.0+)?", text):
        day = SPREADSHEET_EPOCH + timedelta(days=int(text[:5]))
        raise _wrong(DATE_FORM, repr(text), f"As a spreadsheet's day number it would be {day}.")
    raise _wrong(DATE_FORM, shown(text), "Write 31 December 2024 as 2024-12-31." if text else "")


def _count_remedy(text: str) -> str:
    if not text or text.casefold() in NO_WORDS:
        return MISSING_REMEDY
    if re.fullmatch(r"[0-9]+[.,][0-9]+", text):
        return "A count is whole: digits without a point or a comma."
    if text.startswith("="):
        return "A formula: write the number that it shows."
    return "Digits only: 'about' or 'more than' is a qualifier." if re.search(r"[0-9]\D|[a-z~<>]", text) else ""


def _wrong(expected: str, found: str, remedy: str = "") -> InputError:
    return InputError(Problem("", expected, found, remedy))
