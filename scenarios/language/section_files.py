"""Files of named tables that a person writes in TOML, a plan or a watch: every problem with its line."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from lull.data.readers.cells import shown
from lull.data.readers.plain_text import parse_toml, read_plain_text
from lull.data.schema import InputError, Problem
from lull.scenarios.language.mistakes import LOOKED_UP, in_words


def several(value: object) -> object:
    """Return one word, or a list of words, as a list."""
    return [value] if isinstance(value, str) else value


def _day(value: object) -> object:
    """Return a day, or the text of one; a number is none, and a time of day belongs to none."""
    if not isinstance(value, str | dt.date) or isinstance(value, dt.datetime):
        raise InputError(Problem("", "a day such as 2019-06-03", shown(str(value))))
    return value


type Filled = Annotated[str, Field(min_length=1)]
type Names = Annotated[tuple[Filled, ...], Field(min_length=1), BeforeValidator(several)]
type Day = Annotated[dt.date, BeforeValidator(_day)]
type Whole = Annotated[int, Field(strict=True)]  # `true` is not 1, nor is "1"
type Flag = Annotated[bool, Field(strict=True)]
type Sections = Mapping[str, type[Section]]


class Section(BaseModel):
    """A table of a file: nothing in it that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read_sections[File: Section](path: Path, form: type[File], sections: "Sections", expected: str) -> tuple[File, str]:
    """Return what a file says and its text; `sections` are its tables by name, `expected` is what it should be.

    Raises `InputError` with every problem found, by line.
    """
    text = read_plain_text(path, expected)
    content = parse_toml(text, str(path), expected)
    try:
        return form.model_validate(content), text
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [_problem(detail, text, path, sections) for detail in details[:LOOKED_UP]]
        problems = [problem for _, problem in sorted(found, key=lambda pair: pair[0])]
        raise InputError(problems, unlisted=len(details[LOOKED_UP:])) from None


def place(path: Path, text: str, *keys: str) -> str:
    """Return where in a file keys stand: `plan.toml:line 4, run, scenarios`."""
    line = _line(text, keys)
    return f"{path}:line {line}, {', '.join(keys)}" if line else f"{path}, {', '.join(keys) or 'the plan'}"


def _problem(detail: Any, text: str, path: Path, sections: "Sections") -> tuple[int, Problem]:
    """Return one finding of pydantic in the project's words, and its line."""
    keys = [str(part) for part in detail["loc"] if isinstance(part, str)]
    cause: Any = detail.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        problem = cause.problems[0]
        keys = [*(keys or _home(problem.where, sections))]
        keys = [*keys, *([problem.where] if problem.where in _known(keys, sections) else [])]
    else:
        problem = in_words(detail, keys[-1] if keys else "", _known(keys[:-1], sections))
    line = _line(text, keys) or 0
    return line, Problem(place(path, text, *keys), problem.expected, problem.found, problem.remedy)


def _known(keys: Sequence[str], sections: "Sections") -> list[str]:
    """Return the keys of the table that `keys` lead to."""
    return list(sections[keys[0]].model_fields if keys and keys[0] in sections else sections)


def _home(key: str, sections: "Sections") -> list[str]:
    """Return the table that a key of the whole file stands in."""
    return next(([name, key] for name, part in sections.items() if key in part.model_fields), [key] if key else [])


def _line(text: str, keys: Sequence[str]) -> int | None:
    """Return the line at which a key of a table stands; that of the table if the key is not there."""
    header, line = "", None
    for number, row in enumerate(text.splitlines(), start=1):
        code = row.split("#")[0].strip()
        if code.startswith("["):
            header = code.strip("[] ")
            if keys and header == keys[0]:
                line = line or number
        elif len(keys) > 1 and header == keys[0] and code.split("=")[0].strip().strip("\"'") == keys[1]:
            return number
    return line
