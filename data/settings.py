"""What the environment sets: read here and not in the depths, so that the variables stand in one list.

Folders that are not named lie in the user's data folder (docs/serving.md).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import platformdirs

from lull.data.integrity.limits import Limits

STORE, SCENARIOS, FILES, PAGE = "LULL_STORE", "LULL_SCENARIOS", "LULL_FILES", "LULL_PAGE"
LEARNED = "LULL_LEARNED"  # names the folder of one's own tables, as `lull learn --out` writes them
LOGIN = "LULL_LOGIN"
BROWSER = "LULL_BROWSER"  # `lull app` has its server open the browser
FIRST_FIT = "LULL_FIRST_FIT"  # "no": an empty store does not fit the embedded case by itself


@dataclass(frozen=True)
class Settings:
    """Where runs, saved scenarios and uploaded data files are; `page` is what `lull app` gives its server to show.

    `learned` holds tables of many actors in place of those that come with Lull.
    `login` says that nobody reads that page without a log-in, whatever becomes of the secrets file; `browser` that its
    server opens it in the browser of this machine; `first_fit` that an empty store fits the embedded case by itself.
    """

    store: Path
    scenarios: Path
    files: Path
    page: Path | None = None
    learned: Path | None = None
    login: bool = False
    browser: bool = False
    first_fit: bool = True

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings of an environment; an empty variable names nothing."""
        own = Path(platformdirs.user_data_path("lull"))
        page, learned = environment.get(PAGE), environment.get(LEARNED)
        return cls(
            store=Path(environment.get(STORE) or own / "runs"),
            scenarios=Path(environment.get(SCENARIOS) or own / "scenarios"),
            files=Path(environment.get(FILES) or own / "files"),
            page=Path(page) if page else None,
            learned=Path(learned) if learned else None,
            login=bool(environment.get(LOGIN)),
            browser=bool(environment.get(BROWSER)),
            first_fit=environment.get(FIRST_FIT) != "no",
        )


def settings() -> Settings:
    """Return the settings of this process."""
    return Settings.of(os.environ)


def limits() -> Limits:
    """Return what the page's fits and readers may take in this process. Raises `InputError` for a text that is none."""
    return Limits.of(os.environ)
