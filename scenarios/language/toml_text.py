"""A scenario as the text of its file: `parse_scenario` reads from it the same scenario again."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from lull.scenarios.language.spec import Scenario

WIDTH = 110
LINES = ("assumptions",)  # written on lines of their own


def toml_of(scenario: Scenario) -> str:
    """Return the TOML text of a scenario."""
    content = scenario.model_dump(exclude_defaults=True)
    return "\n".join(_table(content, path="")).strip() + "\n"


def _table(content: Mapping[str, Any], *, path: str) -> Iterator[str]:
    """Yield the lines of a table: its own keys first, then the tables below it."""
    tables = {key: value for key, value in content.items() if _is_tables(value) or key == "premise"}
    for key, value in content.items():
        if key not in tables and value is not None:
            yield f"{key} = {_lines(value) if key in LINES else _value(value)}"
    for key, value in sorted(tables.items(), key=lambda pair: pair[0] == "premise"):
        whole = f"{path}.{key}".removeprefix(".")
        for each in value if _is_tables(value) else (value,):
            yield from ("", f"[[{whole}]]" if _is_tables(value) else f"[{whole}]")
            yield from _table(each, path=whole)


def _is_tables(value: object) -> bool:
    """Return whether a value is a list of tables."""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _value(value: Any) -> str:  # noqa: PLR0911 - one for each kind of value
    """Return a value on one line; a known day or size as itself."""
    match value:
        case str():
            return _quoted(value)
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case {"on": day, **rest} if not rest:
            return _value(day)
        case {"exactly": size, **rest} if not rest:
            return _value(size)
        case Mapping():
            return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else repr(value)


def _lines(text: str) -> str:
    """Return a long text on several lines."""
    if len(text) < WIDTH:
        return _quoted(text)
    wrapped = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return '"""\n' + "\n".join(_quoted(line)[1:-1] for line in wrapped) + '\n"""'


def _quoted(text: str) -> str:
    """Return a text in quotes; JSON escapes all that TOML wants escaped but one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
