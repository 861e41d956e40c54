"""Whose events the rows of an export are: names matched exactly or by a pattern, and names that betray a renaming."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from lull.data.importers.export import Column, Days, Export
from lull.data.importers.layouts import Layout
from lull.data.schema import InputError, Problem, near

type Mask = NDArray[np.bool_]

MOST_NAMES = 8  # that a note lists


@dataclass(frozen=True)
class Match:
    """Which rows have a chosen actor, which no other together with it, and the actor on the other side.

    `alike` are other names of the file that hold a chosen one or are spelt like it, with their rows.
    """

    chosen: Mask
    sole: Mask
    target: NDArray[np.object_]
    alike: dict[str, Mask]

    def notes(self, first: Days) -> list[str]:
        """Return what to say of other names that may be of the same actor, with their rows and days."""
        if not self.alike:
            return []
        rows = sorted(self.alike.items(), key=lambda entry: -int(entry[1].sum()))
        listed = [_rows_in_words(name, here, first) for name, here in rows[:MOST_NAMES]]
        more = f" and {len(rows) - MOST_NAMES} more" if len(rows) > MOST_NAMES else ""
        finding = "Other names in the file hold the one asked for or are spelt like it, and their rows are not counted"
        remedy = "Weeks after a change of name would be 0: add them with --actor if they are the same actor."
        return [f"{finding}: {'; '.join(listed)}{more}. {remedy}"]


def match_actors(export: Export, layout: Layout, *, actors: tuple[str, ...], pattern: str) -> Match:
    """Return the match of actors in the columns of a layout; without such columns every row is of the one faction.

    Raises `InputError` for a pattern that is none, and for actors that are not in the file.
    """
    if not layout.actors:
        every = np.ones(export.size, bool)
        return Match(every, every, np.full(export.size, "", object), {})
    compiled = _compiled(pattern)
    chosen, sole = np.zeros(export.size, bool), np.zeros(export.size, bool)
    target = np.full(export.size, "", object)
    sides = [export.actors(name) for name in layout.actors]
    named = [side.each(lambda cell: parts_of(cell, layout.separator, actors)) for side in sides]
    for number, (side, parts) in enumerate(zip(sides, named, strict=True)):
        hits = [[part in actors or bool(compiled and compiled.search(part)) for part in each] for each in parts]
        here = np.array([any(each) for each in hits], bool)[side.codes] & ~chosen
        sole |= here & np.array([all(each) for each in hits], bool)[side.codes]
        if len(sides) > 1:
            other = sides[1 - number] if number < 2 else sides[0]  # noqa: PLR2004 - the two sides of an event
            target[here] = np.array(other.cells, object)[other.codes[here]]
        chosen |= here
    names = {part for parts in named for each in parts for part in each} - {""}
    _refuse_unknown(actors, names, chosen)
    alike = {name for name in names for actor in actors if name not in actors and _alike(name, actor)}
    return Match(chosen, sole, target, _rows_of(alike, sides, named, ~chosen))


def parts_of(cell: str, separator: str, actors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the actors that a cell names; one that was chosen whole is not parted."""
    if not separator or cell in actors:
        return (cell,)
    return tuple(part.strip() for part in cell.split(separator) if part.strip()) or ("",)


def spelling(name: str) -> str:
    """Return a name without what two spellings of it differ in: capitals, composed letters, spaces, punctuation."""
    return " ".join(re.findall(r"\w+", normalize("NFKC", name).casefold()))


def _rows_in_words(name: str, here: Mask, first: Days) -> str:
    """Return a name with its rows and their first and last day."""
    number = int(here.sum())
    return f"{name}: {number:,} row{'s' if number > 1 else ''}, {first[here].min()} to {first[here].max()}"


def _alike(name: str, actor: str) -> bool:
    """Return whether a name holds an actor's name as whole words, or is another spelling of it."""
    return f" {spelling(actor)} " in f" {spelling(name)} "


def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error as error:
        raise InputError(Problem("--pattern", "a regular expression", f"{pattern!r} ({error})")) from None


def _refuse_unknown(actors: tuple[str, ...], names: set[str], chosen: Mask) -> None:
    """Raise `InputError` for actors that the file does not name, and if no row is chosen."""
    if unknown := [name for name in actors if name not in names]:
        raise InputError(Problem("--actor", "an actor of the file", repr(name), near(name, names)) for name in unknown)
    if not chosen.any():
        remedy = f"There are, for one, {', '.join(sorted(names)[:10])}."
        raise InputError(Problem("--actor or --pattern", "an actor of the file", "none chosen", remedy))


def _rows_of(
    names: Iterable[str], sides: list[Column], named: list[list[tuple[str, ...]]], left: Mask
) -> dict[str, Mask]:
    """Return the rows that are `left` and have one of some names, by name; a name without any is left out."""
    found = {}
    for name in names:
        here = np.zeros(left.size, bool)
        for side, parts in zip(sides, named, strict=True):
            here |= np.array([name in each for each in parts], bool)[side.codes]
        if (here & left).any():
            found[name] = here & left
    return found
