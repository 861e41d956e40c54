"""The tokens that open the page's JSON to programs: one for everything, or one for each reader.

`LULL_API_TOKEN` is a token that reads the store itself. `LULL_API_TOKENS` names a file in TOML whose table `tokens` has
a token for each reader's address; a reader's token reads that reader's runs alone. The invariant: what is wrong with
them opens nothing, and how long a comparison takes does not say how much of a token was right.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lull.data.integrity.login import read_secrets
from lull.data.schema import InputError, Problem

TOKEN, TOKENS = "LULL_API_TOKEN", "LULL_API_TOKENS"
TABLE = "tokens"
SHORTEST = 20  # characters of a token
OTHERS = 0o077  # rights of anybody but the owner of the file
EVERYTHING = ""  # the reader of the store itself
REMEDY = "docs/api-http.md shows how tokens are made."


@dataclass(frozen=True)
class Tokens:
    """The readers of this server's tokens, by token; an empty address reads the store itself."""

    readers: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return the tokens of an environment, none where it names none.

        Raises `InputError` for a file that cannot be trusted, and for a token that is easily guessed.
        """
        named = {EVERYTHING: environment[TOKEN]} if environment.get(TOKEN) else {}
        if environment.get(TOKENS):
            named |= _read(Path(environment[TOKENS]))
        for address, token in named.items():
            if len(token) < SHORTEST or not token.isascii():
                where = f"{TOKENS}, {address!r}" if address else TOKEN
                raise InputError(Problem(where, f"at least {SHORTEST} plain characters", f"{len(token)}", REMEDY))
        if len(set(named.values())) < len(named):
            raise InputError(Problem(TOKENS, "another token for each reader", "one of two readers", REMEDY))
        return cls({token: address for address, token in named.items()})

    def reader_of(self, given: str) -> str | None:
        """Return the address of the reader whose token was given, None if it is nobody's."""
        digest, found = _digest(given), None
        for token, address in self.readers.items():
            if hmac.compare_digest(_digest(token), digest):
                found = address
        return found


def tokens() -> Tokens:
    """Return the tokens of this process. Raises `InputError` as `Tokens.of` does."""
    return Tokens.of(os.environ)


def _read(path: Path) -> dict[str, str]:
    """Return the token of each address in a file that nobody else can read."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InputError(Problem(TOKENS, "a file that can be read", error.strerror or str(error), REMEDY)) from error
    if mode & OTHERS:
        raise InputError(Problem(TOKENS, "a file that only its owner can read", f"{mode & 0o777:o}", "chmod 600 it."))
    table = read_secrets([path]).get(TABLE)
    if not isinstance(table, dict) or not all(isinstance(token, str) for token in table.values()) or "" in table:
        expected = f"a table [{TABLE}] with a text for each address"
        raise InputError(Problem(TOKENS, expected, "another content", REMEDY))
    return {address.casefold(): token for address, token in table.items()}


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
