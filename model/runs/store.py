"""The run store: a folder of runs, each whole or absent.

A run is `<store>/<run id>/{run.json, posterior.nc, diagnostics.json}` and later `forecast.parquet`. It is written in a
scratch folder and renamed into place, so that a run that is there is complete; its id is a hash of everything it was
made from, so that the same question finds it and a changed one does not. Every file is compared with its checksum when
a run is found; a run that is damaged is set apart and counts as absent, so that the same question makes it again.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lull.data.files import checksum, publish_folder, settled_checksum, unwritable, whole_file, write_json
from lull.data.integrity.checksums import DamagedError, is_intact, set_apart
from lull.data.schema import InputError, Problem
from lull.data.settings import settings
from lull.model.runs.record import read_record, sealed
from lull.model.runs.run_index import Filed, filed_records

if TYPE_CHECKING:
    import xarray as xr

    from lull.data.calendar import Week

RUN_FILE, POSTERIOR_FILE, DIAGNOSTICS_FILE, FORECAST_FILE = (
    "run.json",
    "posterior.nc",
    "diagnostics.json",
    "forecast.parquet",
)
PLACEBO_FILE = "placebo.json"
ESSENTIAL = {POSTERIOR_FILE, DIAGNOSTICS_FILE}  # without which a run is none
REMEDY = "Choose another one with --store DIR."
NEEDED_BYTES = 100_000_000  # of free space, before a run is begun
PACKAGES = ("lull-forecast", "pymc", "nutpie", "pytensor", "numpy", "xarray", "numba")


@dataclass(frozen=True)
class Run:
    """One finished run: what it was made from (`record`), and where it lies.

    `made` is its posterior tree if this process made it: nobody reads back what is in memory. `judged` is the verdict
    on it where that is not the one in its folder: of a run under other beliefs, which is nowhere but in memory.
    """

    run_id: str
    folder: Path
    record: dict[str, Any]
    made: "xr.DataTree | None" = field(default=None, repr=False, compare=False)
    judged: dict[str, Any] | None = field(default=None, repr=False, compare=False)

    @property
    def is_kept(self) -> bool:
        """Whether the run as it is stands in its folder."""
        return self.judged is None

    @property
    def origin(self) -> "Week":
        """The last week that counts, by its first day; the run's other weeks begin on the same weekday."""
        import numpy as np  # noqa: PLC0415 - a list of runs does without

        return np.datetime64(str(self.record["origin"]), "D")

    def posterior(self) -> "xr.DataTree":
        """Return the posterior tree in memory, the chains of all imputations end to end."""
        if self.made is not None:
            return self.made.copy()
        import xarray as xr  # noqa: PLC0415 - takes a second; what is answered from the store does without

        from lull.model.inspection.arviz_layout import pooled  # noqa: PLC0415 - the same
        from lull.model.runs.older_posteriors import completed  # noqa: PLC0415 - the same

        self.check(POSTERIOR_FILE)
        with xr.open_datatree(self.folder / POSTERIOR_FILE, engine="h5netcdf") as tree:
            return completed(pooled(tree.load()))

    def opened(self) -> "Run":
        """Return the run with its posterior in memory: what asks it several times reads the file once."""
        return self if self.made is not None else replace(self, made=self.posterior())

    def diagnostics(self) -> dict[str, Any]:
        """Return the verdict on the sampler, as `Verdict.to_dict` wrote it."""
        if self.judged is not None:
            return self.judged
        self.check(DIAGNOSTICS_FILE)
        return read_json(self.folder / DIAGNOSTICS_FILE)

    def damaged(self, *names: str) -> list[str]:
        """Return which files of the run are not what was written; no names: of all."""
        outputs = self.record["outputs"]
        return [name for name in names or outputs if not _is(self.folder / name, outputs.get(name))]

    def check(self, *names: str) -> None:
        """Raise `InputError` if a file of the run is not what was written."""
        if damaged := self.damaged(*names):
            expected, remedy = (
                "the file that was written",
                "`lull runs check --repair` sets it apart; then make it again.",
            )
            raise InputError(Problem(str(self.folder / damaged[0]), expected, "another: it is damaged", remedy))

    def attach(self, name: str, source: Path) -> None:
        """Copy a finished file into the run under `name` and record its checksum."""
        with whole_file(self.folder / name, remedy=REMEDY) as scratch:
            shutil.copyfile(source, scratch)
        self.record_outputs(self.record["outputs"] | {name: checksum(self.folder / name)})

    def record_outputs(self, outputs: Mapping[str, str]) -> None:
        """Record the checksums of the files of the run, sealed in the newest schema."""
        self.record["outputs"] = dict(outputs)
        write_json(self.folder / RUN_FILE, sealed(self.record))


@dataclass(frozen=True)
class Survey:
    """The runs of a store that can be read, the newest first, and why others cannot."""

    runs: list[Run]
    problems: list[Problem]


class Store:
    """Runs in one folder, safe for several processes: a run appears by one rename."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def find(self, run_id: str) -> Run | None:
        """Return the run of that id, or None; a damaged one is set apart first. A run of a newer schema is refused."""
        folder = self.folder / run_id
        if not _is_name(run_id) or not is_run(folder):
            return None
        try:
            run = Run(run_id, folder, read_record(folder / RUN_FILE))
        except DamagedError:
            self.set_apart(folder)
            return None
        damaged = set(run.damaged())
        if damaged & ESSENTIAL:
            self.set_apart(folder)
            return None
        self._drop(run, [name for name in sorted(damaged) if (folder / name).exists()])
        return run

    def survey(self) -> Survey:
        """Return the runs of this store, the newest first, and why others cannot be read; nothing is set apart."""
        found, problems = [], []
        for each in filed_records(self.folder, RUN_FILE):
            if isinstance(each, Filed):
                found.append(Run(each.run_id, each.folder, each.record))
            elif isinstance(each, DamagedError):
                remedy = "`lull runs check --repair` sets the run apart."
                problems.append(Problem(str(each.path), "a record of a run", "a damaged file", remedy))
            else:
                problems += each.problems
        found.sort(key=lambda run: str(run.record["created"]), reverse=True)
        return Survey(found, problems)

    def runs(self) -> list[Run]:
        """Return the runs of this store that can be read, the newest first."""
        return self.survey().runs

    @contextmanager
    def writing(self, run_id: str, record: Mapping[str, Any]) -> Iterator[Path]:
        """Yield a scratch folder; when the block ends well it becomes the run, otherwise nothing of it remains."""
        scratch = self._scratch(run_id)
        try:
            yield scratch
            outputs = {path.name: checksum(path) for path in sorted(scratch.iterdir())}
            whole = dict(record) | {"run_id": run_id, "status": "finished", "outputs": outputs}
            whole |= {"created": datetime.now(UTC).isoformat(timespec="seconds"), "versions": versions()}
            write_json(scratch / RUN_FILE, sealed(whole))
            self._publish(scratch, run_id)
        except OSError as error:
            raise unwritable(self.folder, error, REMEDY) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def check(self) -> None:
        """Raise `InputError` if a run cannot be written: before the work, not after it."""
        self._scratch("check").rmdir()

    def _drop(self, run: Run, names: list[str]) -> None:
        """Set apart damaged files that a run can do without: they are rebuilt when they are asked for."""
        for name in names:
            self.set_apart(run.folder / name)
        if names:
            run.record_outputs({name: digest for name, digest in run.record["outputs"].items() if name not in names})

    def has_intact(self, path: Path) -> bool:
        """Return whether a sealed file or folder of the store is there; a damaged one is set apart first."""
        if is_intact(path):
            return True
        if path.exists():
            self.set_apart(path)
        return False

    def set_apart(self, path: Path) -> None:
        """Set a damaged file or folder apart. Raises `InputError` if the store cannot be written."""
        try:
            set_apart(path, self.folder)
        except OSError as error:
            expected, remedy = "what was written", "It is damaged, and the store cannot be written to set it apart."
            raise InputError(Problem(str(path), expected, error.strerror or str(error), remedy)) from error

    def _scratch(self, run_id: str) -> Path:
        """Return a new scratch folder next to the runs."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if (free := shutil.disk_usage(self.folder).free) < NEEDED_BYTES:
                raise _full(self.folder, free)
            return Path(tempfile.mkdtemp(prefix=f".{run_id}.", dir=self.folder))
        except OSError as error:
            raise unwritable(self.folder, error, REMEDY) from error

    def _publish(self, scratch: Path, run_id: str) -> None:
        """Rename the scratch folder into place; if another process was first, its run stands."""
        try:
            publish_folder(scratch, self.folder / run_id)
        except OSError:
            if self.find(run_id) is None:
                raise


def is_run(folder: Path) -> bool:
    """Return whether a folder is that of a run, whole or damaged; a reader's own store within a store is none."""
    return any((folder / name).is_file() for name in (RUN_FILE, *ESSENTIAL))


def default_folder() -> Path:
    """Return the folder of the store: $LULL_STORE, or the user's data folder."""
    return settings().store


def content_id(parts: Mapping[str, Any]) -> str:
    """Return the run id: a hash of the canonical JSON of everything that decides the result."""
    text = json.dumps(parts, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """Return the versions of the packages that a result depends on."""
    return {name: metadata.version(name) for name in PACKAGES}


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file of the store."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            Problem(str(path), "a file that Lull wrote", str(error), "Remove the run's folder and run again.")
        ) from error
    return content


def _is(path: Path, digest: object) -> bool:
    """Return whether a file is there and has this checksum."""
    try:
        return settled_checksum(path) == digest
    except OSError:
        return False


def _is_name(run_id: str) -> bool:
    """Return whether a text can be the id of a run: the name of a folder in the store, and of no other."""
    return bool(run_id) and not run_id.startswith(".") and not set(run_id) & {"/", "\\", "\0"}


def _full(folder: Path, free: int) -> InputError:
    """Return the error of a store without space for a run."""
    expected, found = f"{NEEDED_BYTES / 1e6:.0f} MB of free space", f"{free / 1e6:.0f} MB"
    return InputError(Problem(str(folder), expected, found, "Free some space, or choose another one with --store DIR."))
