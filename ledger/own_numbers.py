"""A reader's own number, as it may be entered: a chance, three quantiles of the attacks, or both; and by whom."""

from collections.abc import Iterable

import numpy as np

from lull.data.schema import InputError, Problem
from lull.ledger.entries import ALONE, About, OwnNumber

LONGEST = 5_000  # letters of a text
LONGEST_NAME = 80
RESERVED = ("model", "baseline", "pool linear", "pool log", "pool by record")  # what the record calls its own
THREE = 3  # quantiles


def own_number(
    about: About, scenario: str, *, reader: str, chance: float | None, quantiles: Iterable[float] | None, reason: str
) -> OwnNumber | None:
    """Return a reader's own number about a question, None if there is none.

    Raises `InputError` for a chance outside 0 to 1, or for other than three quantiles that rise.
    """
    levels = tuple(quantiles) if quantiles is not None else None
    check_own(chance, levels)
    if chance is None and levels is None:
        return None
    return OwnNumber(
        question=about.question,
        series=about.series,
        deadline=about.deadline,
        scenario=scenario,
        reader=checked_reader(reader),
        chance=chance,
        quantiles=(levels[0], levels[1], levels[2]) if levels else None,
        reason=checked_text("--reason", reason),
    )


def check_own(chance: float | None, levels: tuple[float, ...] | None) -> None:
    """Raise `InputError` for a chance outside 0 to 1, or for other than three quantiles that rise from 0 up."""
    if chance is not None and not 0 <= chance <= 1:
        raise InputError(Problem("--number", "a probability from 0 to 1", f"{chance:g}", "Write .3 for 30 %."))
    if levels is not None and not _are_three(levels):
        found = ", ".join(f"{level:g}" for level in levels)
        raise InputError(Problem("--quantiles", "three numbers of attacks that rise: 5, 50 and 95 %", found))


def _are_three(levels: tuple[float, ...]) -> bool:
    """Return whether numbers can be three quantiles of a number of attacks."""
    rising = list(levels) == sorted(levels)
    return len(levels) == THREE and bool(np.isfinite(levels).all()) and levels[0] >= 0 and rising


def checked_reader(name: str) -> str:
    """Return the name of a reader; nobody's is the one of a machine without a log-in. Raises `InputError`."""
    words = " ".join(name.split()) or ALONE
    if words.casefold() in RESERVED or len(words) > LONGEST_NAME:
        raise InputError(Problem("--reader", f"a name of a person, not {', '.join(RESERVED)}", repr(words[:80])))
    return words


def checked_text(option: str, text: str) -> str:
    """Return a text without blanks around it. Raises `InputError` for one that is too long."""
    if len(text) > LONGEST:
        raise InputError(Problem(option, f"at most {LONGEST} letters", str(len(text))))
    return text.strip()
