"""Put the figures that were kept into the table of the README of the benchmarks."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lull.data.files import write_whole

FIGURES = Path(__file__).parents[1] / "figures"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
THOUSAND = 1000  # from where on three digits would be written with an exponent
HEAD = "| program | figure | Lull | rivals | load | date | commit |\n|---|---|---|---|---|---|---|"


def rows(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of one benchmark: a figure of Lull, those of the rivals beside it; then the ratios."""
    made = f"{found['load']} | {found['date']} | {found['commit']}"
    for name, value in found["lull"].items():
        beside = [f"{rival} {_short(own[name])}" for rival, own in found["rivals"].items() if name in own]
        yield f"| `{found['benchmark']}` | {name} | {_short(value)} | {'; '.join(beside)} | {made} |"
    ratios = [f"{rival} {_short(own['ratio'])}" for rival, own in found["rivals"].items() if "ratio" in own]
    if ratios:
        yield f"| `{found['benchmark']}` | times better than | | {'; '.join(ratios)} | {made} |"


def with_table(text: str, lines: list[str]) -> str:
    """Return the README with these lines between its marks. Raises `ValueError` if they are not there."""
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{README} has no marks {BEGIN} and {END}")
    return "\n".join([f"{before}{BEGIN}", HEAD, *lines, f"{END}{after}"])


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.3g}"
    return str(value)


def main() -> None:
    """Write the table."""
    kept = [json.loads(path.read_text("utf-8")) for path in sorted(FIGURES.glob("*.json"))]
    write_whole(README, with_table(README.read_text("utf-8"), [line for found in kept for line in rows(found)]))


if __name__ == "__main__":
    main()
