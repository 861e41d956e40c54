"""Text files that a person writes, a scenario or a plan: small, in UTF-8, or refused in words."""

import re
import tomllib
from pathlib import Path
from typing import Any

from lull.data.schema import InputError, Problem

MAX_BYTES = 1_000_000
MOST_PARTS = 20  # of a dotted key: the parser's time and memory grow with their square
PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){PART}(?:[ \t]*+\.[ \t]*+{PART}){{{MOST_PARTS},}}+([ \t]*+[=\]])?+")


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


def parse_toml(text: str, where: str, expected: str) -> dict[str, Any]:
    """Return the table of a TOML text. Raises `InputError`, naming `where` it stands and what was `expected`."""
    if long := next((chain for chain in LONG_KEY.finditer(text) if chain[1]), None):  # else words of a text
        line = text.count("\n", 0, long.start()) + 1
        raise InputError(Problem(f"{where}:line {line}", f"keys of at most {MOST_PARTS} parts", "a longer one"))
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(Problem(where, f"{expected} in TOML", str(error) or "a text nested too deep")) from None
