"""Dates and sizes that may be uncertain, as a scenario file states them. `engine/uncertain_draws.py` draws them."""

import math
from bisect import bisect
from datetime import date
from statistics import NormalDist
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from lull.data.readers.cells import Day, parse_day, shown
from lull.data.schema import InputError, Problem, near

type Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
type Positive = Annotated[float, Field(gt=0.0)]
type Share = Annotated[float, Field(gt=0.0, lt=1.0)]


class Part(BaseModel):
    """A part of a scenario: read-only, nothing in it that is not named, numbers finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class On(Part):
    """A known day."""

    on: Day


class WeeksAhead(Part):
    """The first day of a horizon, whatever the origin."""

    weeks_ahead: Annotated[int, Field(ge=1, le=520)]


class Uniform(Part):
    """Any day from the first to the last, equally likely."""

    uniform: tuple[Day, Day]
    name: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_order("uniform", self.uniform)
        return self


class Triangular(Part):
    """A day from the first to the last, most likely the one in the middle."""

    triangular: tuple[Day, Day, Day]
    name: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_order("triangular", self.triangular)
        return self


class Hazard(Part):
    """A day that comes with the same probability every week, from `since` on; after `until` it does not come at all."""

    hazard: Share
    since: Day | None = None
    until: Day | None = None
    name: str = ""


class Weighted(Part):
    """One of several days, each with its weight: `[[2025-01-26, 3], [2025-02-18, 1]]`."""

    weighted: Annotated[tuple[tuple[Day, Positive], ...], Field(min_length=1)]
    name: str = ""


class Exactly(Part):
    """A known size."""

    exactly: float


class NormalSize(Part):
    """A normal size: mean and standard deviation."""

    normal: tuple[float, Positive]


class LognormalSize(Part):
    """A lognormal size: median, and standard deviation of its logarithm."""

    lognormal: tuple[Positive, Positive]


class QuantileSize(Part):
    """A size with given quantiles, `[[0.05, 1.1], [0.5, 1.5], [0.95, 2.5]]`: straight lines on normal scores."""

    quantiles: Annotated[tuple[tuple[Share, float], ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        levels, values = zip(*self.quantiles, strict=True)
        if list(levels) != sorted(set(levels)) or list(values) != sorted(values):
            raise InputError(
                Problem("quantiles", "levels and values that rise", str([list(q) for q in self.quantiles]))
            )
        return self


UNCERTAIN_DATES = (Uniform, Triangular, Hazard, Weighted)
type AnyDate = On | WeeksAhead | Uniform | Triangular | Hazard | Weighted
type AnySize = Exactly | NormalSize | LognormalSize | QuantileSize


def median_of(size: AnySize) -> float:
    """Return the middle of a size: half of the draws are below it."""
    match size:
        case Exactly():
            return size.exactly
        case NormalSize(normal=(middle, _)) | LognormalSize(lognormal=(middle, _)):
            return middle
        case QuantileSize():
            levels, values = zip(*size.quantiles, strict=True)
            scores = [NormalDist().inv_cdf(level) for level in levels]
            at = min(max(bisect(scores, 0.0), 1), len(scores) - 1)
            slope = (values[at] - values[at - 1]) / (scores[at] - scores[at - 1])
            return float(values[at] - scores[at] * slope)


DATE_FORMS: dict[str, type[Part]] = {
    "on": On,
    "weeks_ahead": WeeksAhead,
    "uniform": Uniform,
    "triangular": Triangular,
    "hazard": Hazard,
    "weighted": Weighted,
}
SIZE_FORMS: dict[str, type[Part]] = {
    "exactly": Exactly,
    "normal": NormalSize,
    "lognormal": LognormalSize,
    "quantiles": QuantileSize,
}


def _when(cell: object) -> object:
    """Return the date that a cell states: a day, or a table of one of the `DATE_FORMS`."""
    return _form(cell, DATE_FORMS, "date") if isinstance(cell, dict | Part) else On(on=parse_day(cell))


def size_from(cell: object) -> Any:
    """Return the size that a cell states: a number, or a table of one of the `SIZE_FORMS`."""
    if isinstance(cell, dict | Part):
        return _form(cell, SIZE_FORMS, "size")
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not math.isfinite(cell):
        raise InputError(Problem("", "a number", shown(str(cell))))
    return Exactly(exactly=float(cell))


When = Annotated[AnyDate, BeforeValidator(_when, json_schema_input_type=date | AnyDate)]
Size = Annotated[AnySize, BeforeValidator(size_from, json_schema_input_type=float | AnySize)]


def _form(cell: Any, forms: dict[str, type[Part]], what: str) -> Part:
    """Return the part that a table states; InputError names what is wrong in it."""
    if isinstance(cell, Part):
        return cell
    named = [key for key in cell if key in forms]
    if len(named) != 1:
        found = shown(", ".join(map(str, cell)))
        remedy = near(str(next(iter(cell), "")), forms)
        raise InputError(Problem("", f"an uncertain {what}: one of {', '.join(forms)}", found, remedy))
    try:
        return forms[named[0]].model_validate(cell)
    except ValidationError as error:
        raise InputError(_first_problem(error, forms[named[0]])) from None


def _first_problem(error: ValidationError, form: type[Part]) -> Problem:
    """Return the first thing that is wrong in a table, in the project's words."""
    detail = error.errors(include_url=False)[0]
    cause: Any = detail.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause.problems[0]
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return Problem("", "a known key", repr(key), near(key, form.model_fields))
    return Problem("", f"{key}: {detail['msg'].removeprefix('Input should be ')}", shown(str(detail["input"])))


def _check_order(key: str, days: tuple[date, ...]) -> None:
    if list(days) != sorted(days):
        raise InputError(Problem(key, "days in order", ", ".join(map(str, days))))
