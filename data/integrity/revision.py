"""The revision of Lull's own code: what was computed by other code is never taken for an answer of this one.

The invariant: whatever is named by a hash of what decides it (a run, a kept forecast, a trial) has in that hash the
digest of the modules that computed it. A commit that changes them makes new names, whatever the version says.
"""

import hashlib
from functools import cache
from pathlib import Path

FITTING = ("data", "model")
FORECASTING = (*FITTING, "scenarios")
SCORING = (*FORECASTING, "evaluation")
# What decides no number: how files are made before they are read, stored, and shown after they are scored.
ASIDE = (
    "data/importers",
    "data/integrity",
    "data/sources",
    "data/uploads.py",
    "data/integrity/login.py",
    "model/runs",
    "evaluation/presentation",
)
SUFFIXES = {".py", ".html", ".css", ".toml"}
ROOT = Path(__file__).parents[2]


@cache
def revision(folders: tuple[str, ...], root: Path = ROOT) -> str:
    """Return the digest of the modules and templates in folders of Lull, by name and content, read once a process."""
    found = ((path, path.relative_to(root).as_posix()) for folder in folders for path in (root / folder).rglob("*.*"))
    sources = {name: path for path, name in found if path.suffix in SUFFIXES and not name.startswith(ASIDE)}
    sums = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sources.items()}
    return hashlib.sha256(repr(sorted(sums.items())).encode()).hexdigest()[:16]
