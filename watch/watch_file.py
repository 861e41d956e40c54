"""The file of a watch, `watch.toml`: where data come from, what is asked, whom to tell. Secrets are named, never in it.

Paths are relative to the folder of the file.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lull.data.readers.cells import shown
from lull.data.schema import InputError, Problem
from lull.scenarios.engine.question_grammar import check_question
from lull.scenarios.language.section_files import (
    Day,
    Filled,
    Flag,
    Names,
    Section,
    Whole,
    read_sections,
    several,
)
from lull.scenarios.language.spec import BASELINE

EXPECTED = "a watch file"
LARGEST_SEED, LARGEST_PORT, MOST_DAYS = 2**32 - 1, 65_535, 366


def _listed(value: object) -> object:
    """Return one name or number, or a list of them, as a list."""
    return [value] if isinstance(value, str | int) else value


def _address(value: object) -> object:
    """Return the address of a mailbox."""
    if not isinstance(value, str) or not re.fullmatch(r"[^\s@,;<>]+@[^\s@,;<>]+", value):
        raise InputError(Problem("", "an address such as anna@example.org", shown(str(value))))
    return value


type Address = Annotated[str, BeforeValidator(_address)]
type Several = Annotated[tuple[Filled, ...], BeforeValidator(several)]
type Codes = Annotated[tuple[str | int, ...], BeforeValidator(_listed)]  # names of ACLED, numbers of UCDP
type Share = Annotated[float, Field(gt=0, le=1)]
type Days = Annotated[Whole, Field(ge=0, le=MOST_DAYS)]
type Draws = Annotated[Whole, Field(ge=10, le=100_000)]
type Format = Literal["acled", "ucdp", "acled-weekly"]


class Data(Section):
    """Weekly counts or reports as they are, or files that are imported first (`files`, `format` and their selection).

    A question stays open for so many days after its deadline (`wait_days`): a source may publish late.
    """

    counts: Filled | None = None
    reports: Filled | None = None
    files: Names | None = None
    format: Format | None = None
    events: Filled | None = None
    faction: str = ""
    fill_zeros: Flag = False
    wait_days: Days = 14

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("counts", "reports", "files") if getattr(self, name) is not None]
        if len(given) > 1:
            raise InputError(Problem(given[1], "one of counts, reports and files", " and ".join(given)))
        if self.files and not self.format:
            remedy = "Write format = 'acled', 'ucdp' or 'acled-weekly'."
            raise InputError(Problem("format", "the format of the files", "none", remedy))
        if self.format and (self.counts or self.reports):
            raise InputError(Problem("format", "files with it, or [fetch]", given[0]))
        return self


class Select(Section):
    """Which rows of imported files count."""

    actors: Several = ()
    pattern: str = ""
    front: str | None = None
    only: Several = ()
    countries: Several = ()
    admin1: Several = ()
    types: Several = ()
    sub_types: Several = ()
    start: Day | None = None
    until: Day | None = None


class Fetch(Section):
    """What is fetched anew at each pass; credentials come from the environment, as for `lull fetch`."""

    source: Literal["acled", "ucdp"]
    release: str = ""
    countries: Codes = ()
    actors: Codes = ()
    event_types: Several = ()
    start: Day | None = None
    url: str = ""

    @model_validator(mode="after")
    def _release(self) -> Self:
        if (self.source == "ucdp") != bool(self.release):
            expected = "the name of a release" if self.source == "ucdp" else "none for acled"
            raise InputError(Problem("release", expected, repr(self.release)))
        return self


class Forecast(Section):
    """Whose premises are checked, and how the fit is made."""

    scenarios: Names = (BASELINE,)
    seed: Annotated[Whole, Field(ge=0, le=LARGEST_SEED)] = 1
    draws: Draws | None = None
    tune: Draws | None = None


class Asked(Section):
    """A question that is asked at each pass; `threshold`: its own, in place of that of [alerts]."""

    text: Filled
    series: str = ""
    scenario: Filled = BASELINE
    threshold: Share | None = None

    @model_validator(mode="after")
    def _is_question(self) -> Self:
        check_question(self.text)
        return self


class Alerts(Section):
    """When to tell, and the names of the variables that hold the address of a webhook and its token."""

    threshold: Share = 0.1
    quiet_days: Days = 7
    webhook_env: Filled | None = None
    webhook_token_env: Filled | None = None


class Mail(Section):
    """A server that takes mail, and to whom it goes; user and password by the names of their variables."""

    host: Filled
    port: Annotated[Whole, Field(ge=1, le=LARGEST_PORT)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Address
    to: Annotated[tuple[Address, ...], Field(min_length=1), BeforeValidator(several)]
    user_env: Filled | None = None
    password_env: Filled | None = None

    @model_validator(mode="after")
    def _login(self) -> Self:
        if (self.user_env is None) != (self.password_env is None):
            raise InputError(Problem("password_env", "user_env and password_env together", "one of them"))
        if self.password_env and self.security == "none":
            remedy = "A password is not sent in the clear: write security = 'starttls' or 'tls'."
            raise InputError(Problem("security", "starttls or tls where there is a password", "'none'", remedy))
        return self


class Briefing(Section):
    """A page that each pass writes; its pictures are of one series, by default the first."""

    series: str = ""
    paper: Literal["a4", "letter"] = "a4"


class Output(Section):
    """Where the pass writes: `changes.json`, `digest.html`, imported data, and what it remembers."""

    dir: Filled


class WatchFile(Section):
    """A watch as its file says it."""

    data: Data = Data()
    select: Select = Select()
    fetch: Fetch | None = None
    forecast: Forecast = Forecast()
    questions: tuple[Asked, ...] = ()
    alerts: Alerts = Alerts()
    mail: Mail | None = None
    briefing: Briefing | None = None
    output: Output

    @model_validator(mode="after")
    def _has_data(self) -> Self:
        own = [name for name in ("counts", "reports", "files") if getattr(self.data, name) is not None]
        if bool(own) == (self.fetch is not None):
            found = f"{own[0]} and [fetch]" if own else "neither"
            raise InputError(Problem("data", "counts, reports or files, or a table [fetch]", found))
        return self


SECTIONS: dict[str, type[Section]] = {
    "data": Data,
    "select": Select,
    "fetch": Fetch,
    "forecast": Forecast,
    "questions": Asked,
    "alerts": Alerts,
    "mail": Mail,
    "briefing": Briefing,
    "output": Output,
}


@dataclass(frozen=True)
class Watch:
    """A watch and the folder that its paths are relative to."""

    folder: Path
    file: WatchFile

    @property
    def out(self) -> Path:
        """The folder that the pass writes to."""
        return self.path(self.file.output.dir)

    def path(self, name: str) -> Path:
        """Return a path of the file."""
        return (self.folder / name).absolute()

    def paths(self, pattern: str) -> list[Path]:
        """Return the files that a path or a pattern names, by name."""
        whole = self.path(pattern)
        below = Path(whole.anchor).glob(str(whole.relative_to(whole.anchor)))
        return [path for path in sorted(below) if path.is_file()]


def read_watch(path: Path) -> Watch:
    """Return the watch of a file. Raises `InputError` with every problem found, by line."""
    file, _ = read_sections(path, WatchFile, SECTIONS, EXPECTED)
    return Watch(path.parent, file)
