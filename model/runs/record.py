"""The record of a run, `run.json`: sealed by a checksum of its own, and read in every schema there has been.

Schema 1 (Lull 0.2) has no seal; what it says is taken as it is. Schema 2 has `checksum`, that of all the rest.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lull.data.integrity.checksums import DamagedError
from lull.data.schema import InputError, Problem

SCHEMA, SEALED_FROM = 2, 2
SEAL = "checksum"
NEEDED = ("as_of", "origin", "grade", "evidence", "outputs", "created")


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record in the newest schema, with the checksum of all that it says."""
    bare = {name: value for name, value in record.items() if name != SEAL} | {"schema": SCHEMA}
    return bare | {SEAL: _digest(bare)}


def read_record(path: Path) -> dict[str, Any]:
    """Return the record in a file. Raises `DamagedError`, and `InputError` for one of a newer schema."""
    try:
        record = json.loads(path.read_text("utf-8"))
        schema = int(record.get("schema", 1))
    except (OSError, ValueError, RecursionError, AttributeError, TypeError) as error:
        raise DamagedError(path, f"it is no record of a run ({error})") from error
    if schema > SCHEMA:
        remedy = "Upgrade Lull, or use another --store."
        raise InputError(Problem(str(path), f"a run of schema {SCHEMA} or older", f"schema {schema}", remedy))
    if schema >= SEALED_FROM and record.get(SEAL) != _digest({name: record[name] for name in record if name != SEAL}):
        raise DamagedError(path, "its checksum is that of another text")
    if lacking := [name for name in NEEDED if name not in record]:
        raise DamagedError(path, f"it says no {lacking[0]}")
    return _zoned(record, path)


def _zoned(record: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a record whose time has a zone: UTC where it has none."""
    try:
        made = datetime.fromisoformat(str(record["created"]))
    except ValueError as error:
        raise DamagedError(path, f"it was made at no time ({error})") from error
    return record if made.tzinfo else record | {"created": made.replace(tzinfo=UTC).isoformat()}


def _digest(bare: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a record says, as it is when it is read back."""
    text = json.dumps(json.loads(json.dumps(bare, default=str)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
