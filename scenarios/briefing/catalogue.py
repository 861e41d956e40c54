"""The words of a briefing by language, read from `catalogue.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lull.data.schema import InputError, Problem, near

SOURCE = Path(__file__).with_name("catalogue.toml")
ENGLISH = "en"


@dataclass(frozen=True)
class Catalogue:
    """The words of one language: its tag, the direction of its script (`ltr` or `rtl`), and the texts by name."""

    language: str
    direction: str
    texts: Mapping[str, str]

    def say(self, name: str, **fields: object) -> str:
        """Return a text with its fields filled in. KeyError for a text or a field that is none."""
        return self.texts[name].format(**fields)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are."""
    return tuple(_tables())


@cache
def catalogue(language: str = ENGLISH) -> Catalogue:
    """Return the words of a language. Raises `InputError` for one that is not there."""
    tables = _tables()
    if language not in tables:
        raise InputError(Problem("language", ", ".join(tables), repr(language), near(language, tables)))
    texts = dict(tables[language])
    return Catalogue(language, texts.pop("direction"), texts)


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(SOURCE.read_text("utf-8"))
