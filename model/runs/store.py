"""The run store: a folder of runs, each whole or absent.

A run is `<store>/<run id>/{run.json, posterior.nc, diagnostics.json}` and later `forecast.parquet`. It is written in a
scratch folder and renamed into place, so that a run that is there is complete; its id is a hash of everything it was
made from, so that the same question finds it and a changed one does not.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lull.data.calendar import Week
from lull.data.files import checksum, publish_folder, unwritable, whole_file, write_json
from lull.data.schema import InputError, Problem
from lull.data.settings import settings

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = 1
RUN_FILE, POSTERIOR_FILE, DIAGNOSTICS_FILE, FORECAST_FILE = (
    "run.json",
    "posterior.nc",
    "diagnostics.json",
    "forecast.parquet",
)
PLACEBO_FILE = "placebo.json"
REMEDY = "Choose another one with --store DIR."
NEEDED_BYTES = 100_000_000  # of free space, before a run is begun
PACKAGES = ("lull-forecast", "pymc", "nutpie", "pytensor", "numpy", "xarray", "numba")


@dataclass(frozen=True)
class Run:
    """One finished run: what it was made from (`record`), and where it lies.

    `made` is its posterior tree if this process made it: nobody reads back what is in memory.
    """

    run_id: str
    folder: Path
    record: dict[str, Any]
    made: "xr.DataTree | None" = field(default=None, repr=False, compare=False)

    @property
    def origin(self) -> Week:
        """The last week that counts, by its first day; the run's other weeks begin on the same weekday."""
        return np.datetime64(str(self.record["origin"]), "D")

    def posterior(self) -> "xr.DataTree":
        """Return the posterior tree in memory, the chains of all imputations end to end."""
        if self.made is not None:
            return self.made.copy()
        import xarray as xr  # noqa: PLC0415 - takes a second; what is answered from the store does without

        from lull.model.inspection.arviz_layout import pooled  # noqa: PLC0415 - the same

        with xr.open_datatree(self.folder / POSTERIOR_FILE, engine="h5netcdf") as tree:
            return pooled(tree.load())

    def diagnostics(self) -> dict[str, Any]:
        """Return the verdict on the sampler, as `Verdict.to_dict` wrote it."""
        return read_json(self.folder / DIAGNOSTICS_FILE)

    def attach(self, name: str, source: Path) -> None:
        """Copy a finished file into the run under `name` and record its checksum."""
        with whole_file(self.folder / name, remedy=REMEDY) as scratch:
            shutil.copyfile(source, scratch)
        outputs = self.record["outputs"] | {name: checksum(self.folder / name)}
        self.record["outputs"] = outputs
        write_json(self.folder / RUN_FILE, self.record)


class Store:
    """Runs in one folder, safe for several processes: a run appears by one rename."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def find(self, run_id: str) -> Run | None:
        """Return the run of that id, or None. A run of a newer schema is refused."""
        path = self.folder / run_id / RUN_FILE
        if not path.is_file():
            return None
        record = read_json(path)
        if record.get("schema", 0) > SCHEMA:
            found = f"schema {record['schema']}"
            raise InputError(
                Problem(
                    str(path),
                    f"a run of schema {SCHEMA} or older",
                    found,
                    "Upgrade Lull, or use another --store.",
                )
            )
        return Run(run_id, path.parent, record)

    def runs(self) -> list[Run]:
        """Return the runs of this store, the newest first."""
        names = sorted(path.parent.name for path in self.folder.glob(f"[!.]*/{RUN_FILE}"))
        found = [run for name in names if (run := self.find(name)) is not None]
        return sorted(found, key=lambda run: str(run.record["created"]), reverse=True)

    @contextmanager
    def writing(self, run_id: str, record: Mapping[str, Any]) -> Iterator[Path]:
        """Yield a scratch folder; when the block ends well it becomes the run, otherwise nothing of it remains."""
        scratch = self._scratch(run_id)
        try:
            yield scratch
            outputs = {path.name: checksum(path) for path in sorted(scratch.iterdir())}
            whole = dict(record) | {
                "schema": SCHEMA,
                "run_id": run_id,
                "status": "finished",
                "outputs": outputs,
            }
            whole |= {"created": datetime.now(UTC).isoformat(timespec="seconds"), "versions": versions()}
            write_json(scratch / RUN_FILE, whole)
            self._publish(scratch, run_id)
        except OSError as error:
            raise unwritable(self.folder, error, REMEDY) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def check(self) -> None:
        """Raise `InputError` if a run cannot be written: before the work, not after it."""
        self._scratch("check").rmdir()

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


def default_folder() -> Path:
    """Return the folder of the store: $LULL_STORE, or the user's data folder."""
    return settings().store


def content_id(parts: Mapping[str, Any]) -> str:
    """Return the run id: a hash of the canonical JSON of everything that decides the result."""
    text = json.dumps(parts, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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


def _full(folder: Path, free: int) -> InputError:
    """Return the error of a store without space for a run."""
    expected, found = f"{NEEDED_BYTES / 1e6:.0f} MB of free space", f"{free / 1e6:.0f} MB"
    return InputError(Problem(str(folder), expected, found, "Free some space, or choose another one with --store DIR."))
