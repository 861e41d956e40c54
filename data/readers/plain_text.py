"""Text files that a person writes, a scenario or a plan: small, in UTF-8, or refused in words."""

from pathlib import Path

from lull.data.schema import InputError, Problem

MAX_BYTES = 1_000_000


def read_plain_text(path: Path, expected: str) -> str:
    """Return the text of a file without its byte order mark; raises `InputError`, naming what was `expected`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(Problem(str(path), expected, error.strerror or str(error))) from None
    if len(data) > MAX_BYTES:
        raise InputError(Problem(str(path), f"at most {MAX_BYTES:,} bytes", "more"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {data[error.start]:#x} at {error.start}"
        raise InputError(Problem(str(path), "a text in UTF-8", found)) from None
