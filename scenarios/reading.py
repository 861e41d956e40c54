"""Scenario files: found in the library or on disk, read, and every problem told with its line."""

import json
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from data.cells import shown
from data.schema import InputError, Problem, near
from scenarios import spec
from scenarios.spec import Scenario

MAX_BYTES = 1_000_000
LIST_KEYS = ("interventions", "branches")
BY_KIND = {
    kind: part
    for part in (spec.Ceasefire, spec.Event, spec.Covariate, spec.Regime, spec.Scale, spec.Anticipation, spec.Reporting)
    for kind in get_args(part.model_fields["kind"].annotation)
}


def library_names() -> tuple[str, ...]:
    """Return the ids of the library's scenarios, the baseline first."""
    names = [path.name.removesuffix(".toml") for path in _library().iterdir() if path.name.endswith(".toml")]
    return tuple(sorted(names, key=lambda name: (name != spec.BASELINE, name)))


def library() -> tuple[Scenario, ...]:
    """Return all scenarios of the library, the baseline first."""
    return tuple(find_scenario(name) for name in library_names())


def find_scenario(name: str | Path) -> Scenario:
    """Return the scenario of that library name or file. Raises `InputError` that names the near one."""
    return parse_scenario(*_source(name))


def scenario_text(name: str | Path) -> str:
    """Return the text of the file of that library name or path."""
    return _source(name)[0]


def read_scenario(path: Path | str) -> Scenario:
    """Return the scenario of a TOML or JSON file. Raises `InputError` with every problem found, by line."""
    return parse_scenario(_read(Path(path)), str(path))


def parse_scenario(text: str, where: str) -> Scenario:
    """Return the scenario that a text tells; `where` names the text in problems and says by its end if it is JSON."""
    content = _parse(text, where)
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        raise InputError(_problems(error, text, where)) from None


def _library() -> Any:
    return resources.files("scenarios") / "library"


def _source(name: str | Path) -> tuple[str, str]:
    """Return the text of a scenario and the name of where it stands."""
    stem = str(name)
    if stem in library_names():
        return (_library() / f"{stem}.toml").read_text("utf-8"), f"library/{stem}.toml"
    path = Path(name)
    if path.suffix in (".toml", ".json") or path.exists():
        return _read(path), str(path)
    remedy = near(stem, library_names())
    raise InputError(Problem("--scenario", "a name of the library or a .toml or .json file", repr(stem), remedy))


def _read(path: Path) -> str:
    """Return the text of a file."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(Problem(str(path), "a scenario file", error.strerror or str(error))) from None
    if len(data) > MAX_BYTES:
        raise InputError(Problem(str(path), f"at most {MAX_BYTES:,} bytes", "more"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(str(path), "a text in UTF-8", f"byte {data[error.start]:#x} at {error.start}")
        ) from None


def _parse(text: str, where: str) -> dict[str, Any]:
    """Return the table of a TOML or JSON text."""
    try:
        content = json.loads(text) if where.endswith(".json") else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        form = "JSON" if where.endswith(".json") else "TOML"
        raise InputError(Problem(where, f"a scenario in {form}", str(error) or "a text nested too deep")) from None
    if not isinstance(content, dict):
        raise InputError(Problem(where, "a table of keys", type(content).__name__))
    if not content:
        raise InputError(Problem(where, "a scenario: id, title, assumptions", "nothing"))
    return content


def _problems(error: ValidationError, text: str, where: str) -> list[Problem]:
    """Return what pydantic found, in the order of the file."""
    found = []
    for detail in error.errors(include_url=False):
        path = _path(detail["loc"])
        cause: Any = detail.get("ctx", {}).get("error")
        told = cause.problems if isinstance(cause, InputError) else (_problem(detail, path),)
        for problem in told:
            whole = (*path, problem.where) if problem.where and problem.where not in path else path
            line = _line(text, whole) if not where.endswith(".json") else None
            place = f"{where}:line {line}, {_shown(whole)}" if line else f"{where}, {_shown(whole)}"
            found.append((line or 0, Problem(place, problem.expected, problem.found, problem.remedy)))
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def _problem(detail: Any, path: Sequence[str | int]) -> Problem:
    """Return one finding of pydantic in the project's words."""
    match detail["type"]:
        case "extra_forbidden":
            known = _model(path, detail).model_fields
            return Problem("", "a known key", repr(path[-1]), near(str(path[-1]), known))
        case "missing":
            return Problem("", f"the key {path[-1]!r}", "none")
        case "union_tag_invalid":
            return spec.unknown_kind(detail["ctx"]["tag"])
        case "union_tag_not_found":
            return Problem("", f"a kind: one of {', '.join(spec.KINDS)}", "none")
        case "literal_error":
            words = detail["ctx"]["expected"].replace("'", "")
            return Problem("", f"one of {words}", repr(detail["input"]), near(str(detail["input"]), _words(words)))
        case _:
            return Problem("", detail["msg"].removeprefix("Input should be "), shown(str(detail["input"])))


def _words(text: str) -> list[str]:
    return text.replace(" or ", ", ").split(", ")


def _model(path: Sequence[str | int], detail: Any) -> type[BaseModel]:
    """Return the part in which an unknown key stands."""
    kinds = [part for part in detail["loc"] if part in BY_KIND]
    if kinds and path[-3:-2] == ["interventions"]:
        return BY_KIND[kinds[-1]]
    return spec.Branch if path[-3:-2] == ["branches"] else Scenario


def _path(loc: Sequence[str | int]) -> list[str | int]:
    """Return where something stands in the file: without the kind that pydantic puts after a list's index."""
    path: list[str | int] = []
    for part in loc:
        after_index = bool(path) and isinstance(path[-1], int) and path[-2:-1] == ["interventions"]
        if not (after_index and part in BY_KIND):
            path.append(part)
    return path


def _shown(path: Sequence[str | int]) -> str:
    """Return a path as a person counts: `interventions 2, date`."""
    words = [f" {part + 1}" if isinstance(part, int) else f", {part}" for part in path]
    return "".join(words).removeprefix(", ")


def _line(text: str, path: Sequence[str | int]) -> int | None:
    """Return the line of a TOML text at which a path stands, as near as headers and keys tell."""
    lines = text.splitlines()
    start, stop, header = 0, len(lines), ""
    for place, part in enumerate(path):
        if isinstance(part, str) and part in LIST_KEYS and place + 1 < len(path):
            header = f"{header}.{part}" if header else part
            index = path[place + 1]
            heads = [n for n in range(start, stop) if lines[n].replace(" ", "").startswith(f"[[{header}]]")]
            if not isinstance(index, int) or index >= len(heads):
                return None
            start, stop = heads[index], heads[index + 1] if index + 1 < len(heads) else stop
        elif isinstance(part, str) and part not in LIST_KEYS:
            keyed = [n for n in range(start, stop) if lines[n].split("=")[0].strip().strip('"') == part]
            return (keyed[0] if keyed else start) + 1
    return start + 1
