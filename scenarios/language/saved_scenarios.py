"""A person's own scenarios: one TOML file each, in a folder of their own; each appears whole or not at all.

The id is made of the name, is none of the library's, and names one file; nothing is overwritten unasked.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lull.data.files import write_whole
from lull.data.schema import InputError, Problem
from lull.data.settings import settings
from lull.scenarios.language.scenario_files import library_names, read_scenario
from lull.scenarios.language.spec import Scenario
from lull.scenarios.language.toml_text import toml_of

MOST = 200  # scenarios on a shelf
LONGEST = 60  # characters of an id made from a name
COPY = "copy"


def default_shelf() -> Path:
    """Return the folder of the reader's own scenarios: $LULL_SCENARIOS, or one in the user's data folder."""
    return settings().scenarios


@dataclass(frozen=True)
class Shelf:
    """The scenarios of one folder."""

    folder: Path

    def scenarios(self) -> tuple[Scenario, ...]:
        """Return the scenarios that can be read, by title."""
        paths = sorted(self.folder.glob("*.toml"))[:MOST]
        found = [scenario for path in paths if (scenario := _readable(path, path.stat().st_mtime_ns))]
        return tuple(sorted(found, key=lambda scenario: scenario.title.casefold()))

    def save(self, scenario: Scenario, title: str, *, replace: bool = False) -> Scenario:
        """Return the scenario kept under a name, with `replace` instead of the one that has it.

        Raises `InputError` for a name that is taken, too long or none.
        """
        title = " ".join(title.split())
        if len(title) > LONGEST:
            expected, found = f"a name of at most {LONGEST} characters", f"{len(title)} characters"
            raise InputError(Problem("name", expected, found, "Shorten it."))
        named = scenario.model_copy(update={"id": self._free_id(title, replace=replace), "title": title})
        if not self._path(named.id).exists() and len(self.scenarios()) >= MOST:
            raise InputError(Problem("scenarios", f"at most {MOST}", f"{MOST}", "Delete some."))
        write_whole(self._path(named.id), toml_of(named), remedy="Make room.")
        return named

    def duplicate(self, scenario: Scenario) -> Scenario:
        """Return a copy of a scenario, kept under the next free name."""
        taken = {each.title for each in self.scenarios()}
        names = (f"{scenario.title}, {COPY}{f' {n}' * (n > 1)}" for n in range(1, MOST + 2))
        return self.save(scenario, next(name for name in names if name not in taken))

    def rename(self, scenario: Scenario, title: str) -> Scenario:
        """Return a scenario of the shelf under another name."""
        renamed = self.save(scenario, title)
        self.delete(scenario.id)
        return renamed

    def delete(self, name: str) -> None:
        """Take a scenario off the shelf; one that is gone is gone."""
        self._path(name).unlink(missing_ok=True)

    def holds(self, title: str) -> bool:
        """Return whether a scenario of the shelf has this name."""
        return bool(slug(title)) and slug(title) not in library_names() and self._path(title).exists()

    def _free_id(self, title: str, *, replace: bool) -> str:
        name = slug(title)
        if not name:
            raise InputError(Problem("name", "a name with a letter or a digit", repr(title)))
        if name in library_names() or (self._path(name).exists() and not replace):
            raise InputError(Problem("name", "a name that is not taken", repr(title), "Choose another, or delete it."))
        return name

    def _path(self, name: str) -> Path:
        """Return the file of an id; an id has no dots or slashes, so it stays in the folder."""
        return self.folder / f"{slug(name)}.toml"


def slug(title: str) -> str:
    """Return the id made of a name: lower-case letters and digits, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST].strip("-")


@lru_cache(maxsize=1024)
def _readable(path: Path, changed: int) -> Scenario | None:
    """Return the scenario of a file as of its last change, None if it is none: another program may write here."""
    del changed
    try:
        return read_scenario(path)
    except InputError:
        return None
