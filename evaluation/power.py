"""How likely the grade finds intervals out that hold too little: `python -m lull.evaluation.power` prints the tables.

Of a record in which only the 90 % intervals of weekly counts are tested. First as if all weeks of a forecast were a hit
or a miss together, which is the least that so many forecasts can show; exact. Then as if its 12 weeks were independent,
which is the most; by simulation. Real forecasts lie between.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lull.evaluation.scores.betting import THRESHOLD, coverage_alternatives, coverage_factors, power

FORECASTS = (8, 20, 54, 60, 120, 500)
HELD = (0.5, 0.6, 0.75, 0.8, 0.85, 0.95, 0.9)
LEVEL = 0.9
WEEKS, RECORDS, SEED = 12, 1000, 17  # of the simulation

type Row = Mapping[float, Sequence[float]]


def least_power() -> Row:
    """Return by what 90 % intervals hold the chance that so many forecasts (`FORECASTS`) contradict them, at least."""
    reached = {held: power(LEVEL, held, FORECASTS[-1]) for held in HELD}
    return {held: [float(chances[many - 1]) for many in FORECASTS] for held, chances in reached.items()}


def most_power() -> Row:
    """Return the same as if the weeks of a forecast were independent."""
    rng = np.random.default_rng(SEED)
    rows = {}
    for held in HELD:
        first = [_reached(rng.binomial(WEEKS, held, FORECASTS[-1]) / WEEKS) for _ in range(RECORDS)]
        rows[held] = [float(np.mean([many <= most for many in first])) for most in FORECASTS]
    return rows


def _reached(held: np.ndarray) -> float:
    """Return after how many forecasts a record is contradicted, infinity if it is not."""
    capital = coverage_alternatives(LEVEL).capital(np.log(coverage_factors(held, LEVEL)))
    over = np.flatnonzero(capital >= np.log(THRESHOLD))
    return float(over[0] + 1) if over.size else np.inf


def power_table(rows: Row) -> str:
    """Return a table of the docs, in Markdown."""
    lines = [f"| 90 % intervals hold | {' | '.join(f'{many} forecasts' for many in FORECASTS)} |"]
    lines.append("|---" * (len(FORECASTS) + 1) + "|")
    for held, chances in rows.items():
        words = f"{100 * held:.0f} %" + (" (as stated)" if held == LEVEL else "")
        lines.append(f"| {words} | {' | '.join(map(_rounded, chances))} |")
    return "\n".join(lines)


def _rounded(chance: float) -> str:
    """Return a chance in two decimals, never certain."""
    return f"{min(chance, 0.99):.2f}".removeprefix("0") if chance >= 0.005 else "0"  # noqa: PLR2004 - rounds to 0


if __name__ == "__main__":
    print(power_table(least_power()), power_table(most_power()), sep="\n\n")  # noqa: T201 - what it is for
