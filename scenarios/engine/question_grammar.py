"""Questions as they are asked in words: "any attack by DATE", and "within N weeks" of the origin instead of a date."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np

from lull.data.calendar import Week, target_end_date
from lull.data.readers.cells import parse_day, parse_whole
from lull.data.schema import InputError, Problem
from lull.model.spec import MAX_HORIZON
from lull.scenarios.engine.questions import Kind, Question

FORMS: tuple[tuple[Kind, str, str], ...] = (
    ("any attack", r"any attacks? by (?P<by>\S+)", "any attack by DATE"),
    ("resumption", r"resumption by (?P<by>\S+)", "resumption by DATE"),
    ("in a week", r"at least (?P<count>\d+) in a week by (?P<by>\S+)", "at least N in a week by DATE"),
    ("in total", r"total at least (?P<count>\d+) by (?P<by>\S+)", "total at least N by DATE"),
    (
        "sustained",
        r"at least (?P<count>\d+) in each of (?P<weeks>\d+) weeks by (?P<by>\S+)",
        "at least N in each of M weeks by DATE",
    ),
    ("resumption", r"time to resumption by (?P<by>\S+)", "time to resumption by DATE"),
    ("in a week", r"first week above (?P<above>\d+) by (?P<by>\S+)", "first week above N by DATE"),
    ("halted share", r"share of weeks halted by (?P<by>\S+)", "share of weeks halted by DATE"),
)
WHEN = ("time to", "first week")  # how a question begins that asks in which week
WITHIN = re.compile(r"within (?P<weeks>\d+) weeks?$")  # stands for `by` the day that many weeks after the origin's last
ANY_ORIGIN = np.datetime64("2000-01-03")


def parse_question(text: str, *, origin: Week | None = None) -> Question:
    """Return the question that a text asks. Raises `InputError` that lists the forms.

    "within N weeks" counts from `origin`; without one only "by DATE" is understood.
    """
    words = plain_words(text if origin is None else dated(text, origin))
    for kind, pattern, _ in FORMS:
        if found := re.fullmatch(pattern, words):
            groups = found.groupdict()
            count, weeks = (_number(text, groups.get(key, "1")) for key in ("count", "weeks"))
            if "above" in groups:
                count = _number(text, groups["above"], least=0) + 1
            when = words.startswith(WHEN)
            return Question(text, kind, _day(text, groups["by"]), count, weeks, when)
    forms = "; ".join(form for _, _, form in FORMS)
    remedy = "DATE is YYYY-MM-DD; instead of `by DATE` you may say `within N weeks`."
    raise InputError(Problem("question", f"one of: {forms}", repr(text), remedy))


def check_question(text: str) -> None:
    """Raise `InputError` for a text that is no question, whatever the origin."""
    parse_question(text, origin=ANY_ORIGIN)


def dated(text: str, origin: Week) -> str:
    """Return a question that says "by DATE" where it said "within N weeks" of the origin week."""
    words = plain_words(text)
    found = WITHIN.search(words)
    if found is None:
        return text
    weeks = _number(text, found["weeks"], most=MAX_HORIZON)
    return f"{words[: found.start()]}by {target_end_date(origin, weeks)}"


def plain_words(text: str) -> str:
    """Return the words of a question, small and with single spaces."""
    return " ".join(text.casefold().split()).rstrip("?. ")


def _number(text: str, word: str, *, least: int = 1, most: int | None = None) -> int:
    number = _parsed(text, word, parse_whole)
    if number < least or (most is not None and number > most):
        expected = f"a number from {least} up" if most is None else f"a number from {least} to {most}"
        raise InputError(Problem(f"question {text!r}", expected, word))
    return number


def _day(text: str, word: str) -> date:
    return _parsed(text, word, parse_day)


def _parsed[Value](text: str, word: str, parse: Callable[[object], Value]) -> Value:
    """Return what a word of a question means; a problem names the question."""
    try:
        return parse(word)
    except InputError as error:
        raise InputError(replace(error.problems[0], where=f"question {text!r}")) from None
