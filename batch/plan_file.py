"""The file border of batch plans: TOML read whole, every problem with its line and the nearest key."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from lull.data.readers.cells import shown
from lull.data.readers.plain_text import parse_toml, read_plain_text
from lull.data.schema import InputError, Problem
from lull.model.spec import MAX_HORIZON
from lull.scenarios.language.mistakes import LOOKED_UP, in_words

LARGEST_SEED = 2**32 - 1
MOST_ORIGINS = 5_000
MOST_RETRIES = 3  # each takes twice the draws


def _several(value: object) -> object:
    """Return one word, or a list of words, as a list."""
    return [value] if isinstance(value, str) else value


def _day(value: object) -> object:
    """Return a day, or the text of one; a number is none, and a time of day belongs to none."""
    if not isinstance(value, str | dt.date) or isinstance(value, dt.datetime):
        raise InputError(Problem("", "a day such as 2019-06-03", shown(str(value))))
    return value


type Filled = Annotated[str, Field(min_length=1)]
type Names = Annotated[tuple[Filled, ...], Field(min_length=1), BeforeValidator(_several)]
type Questions = Annotated[tuple[Filled, ...], BeforeValidator(_several)]
type Day = Annotated[dt.date, BeforeValidator(_day)]
type Days = Annotated[tuple[Day, ...], Field(min_length=1)]
type Whole = Annotated[int, Field(strict=True)]  # `true` is not 1, nor is "1"
type Flag = Annotated[bool, Field(strict=True)]
type Draws = Annotated[Whole, Field(ge=10, le=100_000)]


class Section(BaseModel):
    """A table of a plan: nothing in it that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(Section):
    """Whose counts: files, and the series that are meant."""

    counts: Filled | None = None
    reports: Filled | None = None
    events: Filled | None = None
    covariates: Filled | None = None
    completeness: Filled | None = None
    previous: Filled | None = None
    series: Names = ("*",)
    faction: str = ""
    fill_zeros: Flag = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.counts is None) == (self.reports is None):
            found = "both" if self.counts else "neither"
            raise InputError(Problem("", "weekly counts or reports", found, "Name one: counts = 'weekly.csv'."))
        if self.reports and self.series != ("*",):
            raise InputError(Problem("series", "'*' where the data are reports", shown(", ".join(self.series))))
        return self


class Fit(Section):
    """How posteriors are made: one for each series, or one for all together; an unusable one again with more draws."""

    mode: Literal["separate", "pooled"] = "separate"
    draws: Draws | None = None
    tune: Draws | None = None
    retries: Annotated[Whole, Field(ge=0, le=MOST_RETRIES)] = 0


class Variant(Section):
    """A model under a name: the choices of `ModelSpec` that differ from the usual ones."""

    name: Filled
    regimes: Flag = True
    duration_dependence: Flag = True
    level: Flag = True
    level_dependent_halting: Flag = True
    drift_correction: Flag = True
    self_excitation: Flag = False


class Origins(Section):
    """The last weeks that count: named days, the last few of the data, or days of knowledge."""

    dates: Days | None = None
    as_of: Days | None = None
    last: Annotated[Whole, Field(ge=1, le=MOST_ORIGINS)] | None = None
    every: Annotated[Whole, Field(ge=1, le=MAX_HORIZON)] = 1

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name in ("dates", "as_of", "last") if getattr(self, name) is not None]
        if len(given) > 1:
            raise InputError(Problem(given[1], "one of dates, as_of and last", " and ".join(given)))
        return self


class Run(Section):
    """What is projected from each posterior, and what is asked of it."""

    horizon: Annotated[Whole, Field(ge=1, le=MAX_HORIZON)] = 26
    scenarios: Names = ("baseline",)
    questions: Questions = ()
    seed: Annotated[Whole, Field(ge=0, le=LARGEST_SEED)] = 1


class Output(Section):
    """Where the tables go."""

    dir: Filled


class PlanFile(Section):
    """A plan as its file says it."""

    data: Data
    fit: Fit = Fit()
    variants: tuple[Variant, ...] = ()
    origins: Origins = Origins()
    run: Run = Run()
    output: Output

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [variant.name for variant in self.variants]
        if len(set(names)) < len(names):
            raise InputError(Problem("variants", "each name once", ", ".join(names)))
        first_names: dict[str, str] = {}
        for variant in self.variants:
            first = first_names.setdefault(str(variant.model_dump(exclude={"name"})), variant.name)
            if first != variant.name:
                found = f"{variant.name!r}, the same model as {first!r}"
                raise InputError(Problem("variants", "models that differ", found, "Leave one of them out."))
        if self.data.reports and self.fit.mode == "separate":
            remedy = "Fronts of one faction share their reports: write mode = 'pooled'."
            raise InputError(Problem("mode", "'pooled' where the data are reports", "'separate'", remedy))
        return self


SECTIONS: dict[str, type[Section]] = {
    "data": Data,
    "fit": Fit,
    "variants": Variant,
    "origins": Origins,
    "run": Run,
    "output": Output,
}


def read_plan_file(path: Path) -> tuple[PlanFile, str]:
    """Return a plan and its text. Raises `InputError` with every problem found, by line."""
    text = read_plain_text(path, "a batch plan")
    content = parse_toml(text, str(path), "a batch plan")
    try:
        return PlanFile.model_validate(content), text
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [_problem(detail, text, path) for detail in details[:LOOKED_UP]]
        problems = [problem for _, problem in sorted(found, key=lambda pair: pair[0])]
        raise InputError(problems, unlisted=len(details[LOOKED_UP:])) from None


def place(path: Path, text: str, *keys: str) -> str:
    """Return where in a plan keys stand: `plan.toml:line 4, run, scenarios`."""
    line = _line(text, keys)
    return f"{path}:line {line}, {', '.join(keys)}" if line else f"{path}, {', '.join(keys) or 'the plan'}"


def _problem(detail: Any, text: str, path: Path) -> tuple[int, Problem]:
    """Return one finding of pydantic in the project's words, and its line."""
    keys = [str(part) for part in detail["loc"] if isinstance(part, str)]
    cause: Any = detail.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        problem = cause.problems[0]
        keys = [*(keys or _home(problem.where)), *([problem.where] if problem.where in _known(keys) else [])]
    else:
        problem = in_words(detail, keys[-1] if keys else "", _known(keys[:-1]))
    line = _line(text, keys) or 0
    return line, Problem(place(path, text, *keys), problem.expected, problem.found, problem.remedy)


def _known(keys: Sequence[str]) -> list[str]:
    """Return the keys of the table that `keys` lead to."""
    return list(SECTIONS[keys[0]].model_fields if keys and keys[0] in SECTIONS else SECTIONS)


def _home(key: str) -> list[str]:
    """Return the table that a key of the whole plan stands in."""
    return next(([name, key] for name, part in SECTIONS.items() if key in part.model_fields), [key] if key else [])


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
