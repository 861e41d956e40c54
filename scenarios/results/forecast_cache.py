"""Forecasts kept with a run: the same request of the same posterior is read, not computed again.

A kept forecast is a folder `<run>/forecasts/<key>/` with the document and the files of `lull forecast`, made beside and
renamed into place, so that one that is there is whole. The key is a hash of everything that decides it.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lull.data.files import file_checksum, publish_folder, scratch_folder, unwritable
from lull.data.integrity.checksums import write_list
from lull.data.integrity.revision import FORECASTING, revision
from lull.data.learned.tables import TABLES, learned_identity
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError, Problem
from lull.model.parts import Part
from lull.model.runs.store import Run, Store, content_id
from lull.scenarios.language.spec import BASELINE, Scenario, baseline
from lull.scenarios.results.calibration_status import grading_of
from lull.scenarios.results.document import ForecastDocument
from lull.scenarios.results.outputs import copy_files, write_out

FOLDER = "forecasts"
DOCUMENT, TABLE_CSV, TABLE_PARQUET, REPORT = "forecast.json", "forecast.csv", "forecast.parquet", "report.html"
TABLES_OUT = (TABLE_CSV, TABLE_PARQUET)


def drop_kept(run: Run) -> None:
    """Remove the forecasts that are kept with a run, so that the next ones show what has become known of it."""
    shutil.rmtree(run.folder / FOLDER, ignore_errors=True)


@dataclass(frozen=True)
class Request:
    """What is wanted of a run: scenarios, the baseline first, over that many weeks, with one seed; or a part of it."""

    scenarios: tuple[Scenario, ...]
    horizon: int
    seed: int
    part: Part = "pool"

    @classmethod
    def of(cls, scenarios: Iterable[Scenario], *, horizon: int, seed: int, part: Part = "pool") -> Self:
        """Return the request for these scenarios and the baseline; raises `InputError` if two share an id."""
        named: dict[str, Scenario] = {}
        for scenario in scenarios:
            if named.setdefault(scenario.id, scenario) != scenario:
                raise InputError(Problem("--scenario", "each id once", f"{scenario.id!r} twice", "Rename one of them."))
        first = named.pop(BASELINE, None) or baseline()
        return cls((first, *named.values()), horizon, seed, part)

    @property
    def key(self) -> str:
        """The hash of all that decides the forecast besides the run."""
        scenarios = [scenario.model_dump(mode="json") for scenario in self.scenarios]
        identity: dict[str, object] = {"scenarios": scenarios, "horizon": self.horizon, "seed": self.seed}
        identity["part"] = self.part
        shipped = {name: file_checksum(embedded_file(name)) for name in TABLES}
        return content_id(identity | {"code": revision(FORECASTING), "learned": shipped | learned_identity()})


@dataclass(frozen=True)
class KeptForecast:
    """The document and the tables of one forecast; its report is drawn from the document when it is handed out."""

    folder: Path

    def document(self) -> ForecastDocument:
        """Return what the forecast says."""
        return ForecastDocument.model_validate_json((self.folder / DOCUMENT).read_text("utf-8"))

    def copy_to(self, out: Path) -> list[Path]:
        """Write tables and report to a folder, each whole or not at all, and return where they are."""
        from lull.scenarios.presentation.report import report_page  # noqa: PLC0415 - charts take seconds

        tables = copy_files([self.folder / name for name in TABLES_OUT], out)
        return [*tables, write_out(out / REPORT, report_page(self.document()))]


def find_kept(run: Run, request: Request) -> KeptForecast | None:
    """Return the forecast that is kept with the run for this request, or None; a damaged one is set apart first."""
    folder = run.folder / FOLDER / _name(run, request)
    return KeptForecast(folder) if Store(run.folder.parent).has_intact(folder) else None


def keep(run: Run, request: Request, write: Callable[[Path], None]) -> KeptForecast:
    """Return the forecast that `write` made in a scratch folder, kept with the run."""
    shelf = run.folder / FOLDER
    try:
        with scratch_folder(shelf) as scratch:
            write(scratch)
            write_list(scratch)
            _publish(scratch, shelf / _name(run, request))
    except OSError as error:
        raise unwritable(shelf, error) from error
    return KeptForecast(shelf / _name(run, request))


def _name(run: Run, request: Request) -> str:
    """Return the folder of a forecast: its grade stands in its files, so another grade makes another forecast."""
    own = {} if run.is_kept else {"run": run.run_id}
    return content_id({"request": request.key, "grade": grading_of(run).sentence} | own)


def _publish(scratch: Path, folder: Path) -> None:
    """Rename a whole forecast into place; if another process was first, its forecast stands."""
    try:
        publish_folder(scratch, folder)
    except OSError:
        if not (folder / DOCUMENT).is_file():
            raise
