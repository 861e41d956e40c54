"""What pydantic finds in a scenario, in the project's words and with the line it stands on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from lull.data.readers.cells import shown as quoted
from lull.data.schema import InputError, Problem, near
from lull.scenarios.language import premise, spec

type Path = Sequence[str | int]


def _by_tag(tag: str, *parts: type[BaseModel]) -> dict[str, type[BaseModel]]:
    return {word: part for part in parts for word in get_args(part.model_fields[tag].annotation)}


KINDS = _by_tag(
    "kind",
    *(spec.Ceasefire, spec.Event, spec.Covariate, spec.Regime, spec.Scale, spec.Anticipation, spec.Reporting),
    spec.Removal,
)
SEEN = _by_tag("seen", premise.EventSeen, premise.CountSeen, premise.StateSeen)
# The lists of tables of a file: what distinguishes their parts, and the parts.
LISTS: dict[str, tuple[str, dict[str, type[BaseModel]]]] = {
    "interventions": ("kind", KINDS),
    "branches": ("", {}),
    "confirmed_by": ("seen", SEEN),
    "overtaken_by": ("seen", SEEN),
}


LOOKED_UP = 100  # mistakes of a file: each is looked for in all of its lines
WORDS = {  # of what pydantic finds, where its own are a programmer's
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "a text in quotation marks",
    "date_from_datetime_parsing": "a day such as 2019-06-03",
    "date_parsing": "a day such as 2019-06-03",
    "date_type": "a day such as 2019-06-03",
    "date_from_datetime_inexact": "a day without a time",
    "too_short": "at least one",
    "string_too_short": "a text that is not empty",
    "tuple_type": "a list",
    "model_type": "a table",
}


def mistakes_of(error: ValidationError, text: str, where: str) -> InputError:
    """Return what is wrong with a scenario in the order of the file; `text` is empty where lines mean nothing.

    Of very many mistakes the first are looked up.
    """
    found, details = [], error.errors(include_url=False)
    for detail in details[:LOOKED_UP]:
        path = _without_tags(detail["loc"])
        cause: Any = detail.get("ctx", {}).get("error")
        problems = cause.problems if isinstance(cause, InputError) else (_problem(detail, path),)
        for problem in problems:
            whole = (*path, problem.where) if problem.where and problem.where not in path else path
            line = line_of(text, whole) if text else None
            place = f"{where}:line {line}, {shown(whole)}" if line else f"{where}, {shown(whole)}"
            found.append((line or 0, Problem(place, problem.expected, problem.found, problem.remedy)))
    ordered = [problem for _, problem in sorted(found, key=lambda pair: pair[0])]
    return InputError(ordered, unlisted=len(details[LOOKED_UP:]))


def places(scenario: spec.Scenario) -> Iterator[tuple[Path, ...]]:
    """Yield for each way through a scenario where in the file each of its interventions stands, as in `leaves`."""

    def ways(part: spec.Scenario | spec.Branch, above: Path, before: tuple[Path, ...]) -> Iterator[tuple[Path, ...]]:
        own = (*before, *((*above, "interventions", at) for at in range(len(part.interventions))))
        if not part.branches:
            yield own
        for at, branch in enumerate(part.branches):
            yield from ways(branch, (*above, "branches", at), own)

    return ways(scenario, (), ())


def located(scenario: spec.Scenario, path: Path, problem: Problem) -> Problem:
    """Return a problem of an intervention with where it stands: file and line, if there are any, and key."""
    key = problem.where if problem.where and problem.where not in path else ""
    whole = (*path, key) if key else path
    name, text = scenario.source.name or scenario.id, scenario.source.text
    line = line_of(text, whole) if text and not name.endswith(".json") else None
    where = f"{name}:line {line}, {shown(whole)}" if line else f"{name}, {shown(whole)}"
    return replace(problem, where=where)


def _problem(detail: Any, path: Path) -> Problem:
    """Return one finding of pydantic on a scenario in the project's words."""
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        tag, parts = LISTS[str(path[-2])]
        said = detail["ctx"].get("tag")
        return Problem(tag, f"one of {', '.join(parts)}", repr(said or "none"), near(said, parts) if said else "")
    return in_words(detail, path[-1] if path else "", _part(detail["loc"]).model_fields)


def in_words(detail: Any, key: str | int, known: Iterable[str]) -> Problem:
    """Return one finding of pydantic at a key of a file in the project's words; the place is not in it.

    `known` are the keys that the table of `key` may have.
    """
    match detail["type"]:
        case "extra_forbidden":
            return Problem("", "a known key", quoted(str(key)), near(str(key), known))
        case "missing":
            return Problem("", f"the key {key!r}", "none")
        case "literal_error":
            words = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
            said = str(detail["input"])
            return Problem("", f"one of {words}", quoted(said), near(said, words.split(", ")))
        case kind:
            said = detail["input"]
            found = str(said).lower() if isinstance(said, bool) else quoted(str(said))
            return Problem("", WORDS.get(kind, detail["msg"].removeprefix("Input should be ")), found)


def _part(loc: Path) -> type[BaseModel]:
    """Return the part of a scenario in which the last key of a place stands."""
    part: type[BaseModel] = spec.Scenario
    for place, word in enumerate(loc[:-1]):
        if word == "premise":
            part = premise.Premise
        elif word == "branches":
            part = spec.Branch
        else:
            part = _tagged(loc, place).get(str(word), part)
    return part


def _without_tags(loc: Path) -> list[str | int]:
    """Return where something stands in the file: without the kind that pydantic puts after a list's index."""
    return [word for place, word in enumerate(loc) if word not in _tagged(loc, place)]


def _tagged(loc: Path, place: int) -> dict[str, type[BaseModel]]:
    """Return the parts of which a place names one, after a list and its index; none elsewhere."""
    return LISTS.get(str(loc[place - 2]), ("", {}))[1] if place > 1 else {}


def shown(path: Path) -> str:
    """Return a path as a person counts: `interventions 2, date`."""
    words = [f" {part + 1}" if isinstance(part, int) else f", {part}" for part in path]
    return "".join(words).removeprefix(", ")


def line_of(text: str, path: Path) -> int | None:
    """Return the line of a TOML text at which a path stands, as near as headers and keys show."""
    lines = [line.strip() for line in text.splitlines()]
    start, stop, header = 0, len(lines), ""
    for place, part in enumerate(path):
        follower = path[place + 1] if place + 1 < len(path) else None
        if isinstance(part, int):
            continue
        if part in LISTS and isinstance(follower, int):
            header = f"{header}.{part}".removeprefix(".")
            heads = [n for n in range(start, stop) if lines[n].replace(" ", "").startswith(f"[[{header}]]")]
            if follower >= len(heads):
                return None
            start, stop = heads[follower], heads[follower + 1] if follower + 1 < len(heads) else stop
        elif follower is not None and part == "premise":
            header = part
            start = next((n for n in range(start, stop) if lines[n].startswith("[premise]")), start)
        elif part not in LISTS:
            keyed = [n for n in range(start, stop) if lines[n].split("=")[0].strip().strip('"') == part]
            return (keyed[0] if keyed else start) + 1
    return start + 1
