"""The glossary: the terms that are Lull's own, read from `glossary.toml`, for the docs and the app alike."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("glossary.toml")
INTRODUCTION = "Terms that are Lull's own, or that are used here in a narrow sense. Other terms are the field's."


@dataclass(frozen=True)
class Entry:
    """A term, and what it means here."""

    term: str
    meaning: str


@cache
def entries() -> tuple[Entry, ...]:
    """Return all terms, in the order in which they explain each other."""
    return tuple(Entry(**row) for row in tomllib.loads(SOURCE.read_text("utf-8"))["entry"])


def gloss(term: str) -> str:
    """Return the first sentence of what a term means, to be shown where it stands. KeyError for a term that is none."""
    meaning = {entry.term: entry.meaning for entry in entries()}[term]
    return f"{term.capitalize()}: {meaning.partition('. ')[0].rstrip('.')}."


def as_markdown() -> str:
    """Return the entries as Markdown: a paragraph for each."""
    return "\n\n".join(f"**{entry.term}**: {entry.meaning}" for entry in entries())
