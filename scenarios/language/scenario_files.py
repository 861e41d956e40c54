"""Scenario files: found in the library or on disk, read, and every problem reported with its line."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lull.data.readers.plain_text import parse_toml, read_plain_text
from lull.data.schema import InputError, Problem, near
from lull.scenarios.language.mistakes import mistakes_of
from lull.scenarios.language.spec import BASELINE, Scenario, Source

EXPECTED = "a scenario file"


def library_names() -> tuple[str, ...]:
    """Return the ids of the library's scenarios, the baseline first."""
    names = [path.name.removesuffix(".toml") for path in _library().iterdir() if path.name.endswith(".toml")]
    return tuple(sorted(names, key=lambda name: (name != BASELINE, name)))


def library() -> tuple[Scenario, ...]:
    """Return the scenarios of the library that look ahead, the baseline first."""
    return tuple(scenario for scenario in map(find_scenario, library_names()) if scenario.hindcast_from is None)


def counterfactuals() -> tuple[Scenario, ...]:
    """Return the scenarios of the library that look back, to what was otherwise than it happened."""
    return tuple(scenario for scenario in map(find_scenario, library_names()) if scenario.hindcast_from is not None)


def find_scenario(name: str | Path) -> Scenario:
    """Return the scenario of that library name or file. Raises `InputError` that names the near one."""
    return parse_scenario(*_source(name))


def scenario_text(name: str | Path) -> str:
    """Return the text of the file of that library name or path."""
    return _source(name)[0]


def read_scenario(path: Path | str) -> Scenario:
    """Return the scenario of a TOML or JSON file. Raises `InputError` with every problem found, by line."""
    return parse_scenario(read_plain_text(Path(path), EXPECTED), str(path))


def parse_scenario(text: str, where: str) -> Scenario:
    """Return the scenario that a text states; `where` names the text in problems and says by its end if it is JSON."""
    content = _parse(text, where)
    try:
        return Scenario.model_validate(content).read_from(Source(text, where))
    except ValidationError as error:
        raise mistakes_of(error, "" if where.endswith(".json") else text, where) from None


def _library() -> Any:
    return resources.files("lull.scenarios") / "library"


def _source(name: str | Path) -> tuple[str, str]:
    """Return the text of a scenario and the name of where it stands."""
    stem = str(name)
    if stem in library_names():
        return (_library() / f"{stem}.toml").read_text("utf-8"), f"library/{stem}.toml"
    path = Path(name)
    if path.suffix in (".toml", ".json") or _exists(path):
        return read_plain_text(path, EXPECTED), str(path)
    remedy = near(stem, library_names())
    raise InputError(Problem("--scenario", "a name of the library or a .toml or .json file", repr(stem), remedy))


def _exists(path: Path) -> bool:
    """Return whether a file of that name is there; none has a name that the disk cannot hold."""
    try:
        return path.exists()
    except OSError:
        return False


def _parse_json(text: str, where: str) -> Any:
    """Return what a JSON text holds."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(Problem(where, "a scenario in JSON", str(error) or "a text nested too deep")) from None


def _parse(text: str, where: str) -> dict[str, Any]:
    """Return the table of a TOML or JSON text."""
    content = _parse_json(text, where) if where.endswith(".json") else parse_toml(text, where, "a scenario")
    if not isinstance(content, dict):
        raise InputError(Problem(where, "a table of keys", type(content).__name__))
    if not content:
        raise InputError(Problem(where, "a scenario: id, title, assumptions", "nothing"))
    return content
