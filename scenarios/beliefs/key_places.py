"""Where the keys of a table stand in a text of TOML, for messages about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile


@dataclass(frozen=True)
class Places:
    """The places of keys in a text that `where` names; `below` are the keys that lead to the table they are of."""

    text: str
    where: str
    below: tuple[str, ...] = ()

    def place(self, *keys: str) -> str:
        """Return the file, the line and the keys."""
        whole, line = ", ".join((*self.below, *keys)), self.line(keys)
        if not whole:
            return self.where
        return f"{self.where}:line {line}, {whole}" if line else f"{self.where}, {whole}"

    def line(self, keys: Sequence[str]) -> int:
        """Return the line at which most of the keys stand; 0 where there is none, or where lines mean nothing."""
        if self.where.endswith(".json"):
            return 0
        wanted, best, line = [*self.below, *keys], 0, 0
        header: list[str] = []
        for number, row in enumerate(self.text.splitlines(), start=1):
            code = row.strip()
            key: list[str] = []
            if code.startswith("["):
                header = _parts(code.split("]")[0].strip("[ "))
            elif "=" in code and not code.startswith("#"):
                key = _parts(code.split("=")[0])
            pairs = zip([*header, *key], wanted, strict=False)
            same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            if same > best:
                best, line = same, number
        return line


def _parts(name: str) -> list[str]:
    """Return the parts of a dotted key, whose quoted parts may hold dots."""
    parts, quote, part = [], "", ""
    for letter in name.strip():
        if letter in "\"'" and quote in ("", letter):
            quote = "" if quote else letter
        elif letter == "." and not quote:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return [*parts, part.strip()]
