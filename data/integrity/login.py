"""The log-in of a page that is served to a team, as the secrets file sets it: there, not there, or not to be trusted.

The invariant: what is wrong with the file closes the page. A file that does not parse, a section under another
spelling, or no section where one is required is an error, never a page without a log-in.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lull.data.schema import InputError, Problem

SECTION, NEEDED = "auth", ("redirect_uri", "cookie_secret")
VOUCHED = "verified_by_provider"
REMEDY = "docs/serving.md shows the file."


@dataclass(frozen=True)
class Login:
    """Who may log in (`allow`: addresses, or `@domain`), and the host under which the page is reached.

    `vouched` says that the provider verifies addresses although it does not say so of each.
    """

    allow: tuple[str, ...]
    host: str
    vouched: bool = False


def login_of(secrets: Mapping[str, Any], *, required: bool) -> Login | None:
    """Return the log-in that secrets set, None if there is none and none is required; raises `InputError` otherwise."""
    for name in secrets:
        if name != SECTION and name.strip().casefold() == SECTION:
            raise InputError(Problem("secrets.toml", "the log-in in a section [auth]", f"[{name}]", REMEDY))
    if SECTION not in secrets:
        if required:
            raise InputError(Problem("secrets.toml", "a section [auth], since a log-in is required", "none", REMEDY))
        return None
    auth, own = secrets[SECTION], secrets.get("lull")
    if lacking := [name for name in NEEDED if not (isinstance(auth, Mapping) and auth.get(name))]:
        expected = f"a text for {' and '.join(NEEDED)}"
        raise InputError(Problem("secrets.toml, [auth]", expected, f"no {lacking[0]}", REMEDY))
    ours = own if isinstance(own, Mapping) else {}
    allow = ours.get("allow", ())
    listed = tuple(name for name in allow if isinstance(name, str)) if isinstance(allow, list | tuple) else ()
    return Login(listed, _host(str(auth["redirect_uri"])), _vouched(ours.get(VOUCHED, False)))


def _vouched(value: object) -> bool:
    """Return whether the provider vouches for all addresses. Raises `InputError` for what is not true or false."""
    if not isinstance(value, bool):
        raise InputError(Problem(f"secrets.toml, [lull], {VOUCHED}", "true or false", repr(value), REMEDY))
    return value


def _host(address: str) -> str:
    """Return the host of an address; raises `InputError` if it has none."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    if not host:
        expected = "an address such as https://lull.example.org/oauth2callback"
        raise InputError(Problem("secrets.toml, [auth], redirect_uri", expected, repr(address[:100]), REMEDY))
    return host


def read_secrets(paths: Iterable[Path]) -> dict[str, Any]:
    """Return what secrets files say, a later file before an earlier one; raises `InputError` for bad TOML."""
    found: dict[str, Any] = {}
    for path in paths:
        if not path.exists():
            continue
        try:
            found |= tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            reason = str(error) or "a text nested too deep"
            raise InputError(Problem(str(path), "a secrets file in TOML", reason, REMEDY)) from error
    return found


def secrets_files() -> tuple[Path, ...]:
    """Return where the page looks for secrets: in the home folder, and in the folder it is started from."""
    return tuple(folder / ".streamlit" / "secrets.toml" for folder in (Path.home(), Path.cwd()))
