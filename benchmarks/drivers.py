"""Score what was learned of drivers: forecasts at recorded events, countries left out, moved calendars.

The program is the one command behind the tables of docs/drivers.md. Forecasts given the event are made with effects
learned from other actors, with the beliefs by hand from before, and with none; the rivals are the two others.
"""

import csv
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shared.figures import arguments, begin

from lull.data.counts import read_counts
from lull.data.events import Event, read_events
from lull.evaluation.driver_checks import placebo_share, range_of, without_each
from lull.evaluation.driver_trials import Score, paired, score_cases
from lull.model.drivers.effects_estimate import lessons_of
from lull.model.hurdle.benchmark import shipped

SIGNED = {("ceasefire", "written"), ("ceasefire", "definitive"), ("agreement", "full"), ("agreement", "partial")}
LONG_ENDS = {("ceasefire_end", how) for how in ("ran_out", "broken_off", "replaced")}
LIMITED = {("ceasefire", name) for name in ("holiday", "humanitarian", "partial")}
GROUPS: dict[str, set[tuple[str, str]]] = {
    "written ceasefires, agreements and ends": SIGNED | LONG_ENDS,
    "written ceasefires": {pair for pair in SIGNED if pair[0] == "ceasefire"},
    "agreements": {pair for pair in SIGNED if pair[0] == "agreement"},
    "ends": LONG_ENDS,
    "ran out": {("ceasefire_end", "ran_out")},
    "broken off": {("ceasefire_end", "broken_off")},
    "replaced": {("ceasefire_end", "replaced")},
    "verbal ceasefires": {("ceasefire", "verbal")},
    "declared halts": {("declared_halt", "")},
    "holiday, humanitarian, partial": LIMITED,
    "of the other side alone": {("ceasefire", "other_side")},
    "leaders removed": {("leader_removed", "killed"), ("leader_removed", "captured")},
}


def main() -> None:
    """Print the scores and the checks."""
    parser = arguments(__doc__)
    parser.add_argument("--counts", type=Path, required=True)
    parser.add_argument("--events", type=Path, action="append", required=True)
    parser.add_argument("--countries", type=Path, help="CSV with the columns series and country")
    parser.add_argument("--calendars", type=int, default=10)
    given = parser.parse_args()
    measurement = begin("drivers", given)
    started, counts, benchmark = time.perf_counter(), read_counts(given.counts), shipped()
    events: list[Event] = [event for file in given.events for event in read_events(file)]
    scores = score_cases(counts, events, benchmark, seed=1, of=lambda _: True)
    rows = paired(scores, {name: _within(pairs) for name, pairs in GROUPS.items()}, seed=1)
    far, many = placebo_share(counts, events, benchmark, calendars=given.calendars, seed=1)
    figures: dict[str, Any] = {"placebo_outside_90": far, "placebo_effects": many}
    if given.countries:
        with given.countries.open(encoding="utf-8", newline="") as file:
            countries = {row["series"]: row["country"] for row in csv.DictReader(file)}
        lessons = list(lessons_of([counts], events, benchmark))[:6]
        ranges = range_of(list(without_each(lessons, counts.series, countries)))
        figures |= {f"{kind}:{type_}:{on}": ends for (kind, type_, on), ends in ranges.items()}
    rivals = {than: [asdict(row) for row in rows if row.than == than] for than in ("hand", "none")}
    figures["seconds"] = round(time.perf_counter() - started, 1)
    if given.json:
        measurement.publish(figures, {}, paired=rivals)
        return
    for row in rows:
        print(
            f"{row.group:42s} against {row.than:5s} {row.metric:17s} {row.gain:+.3f} [{row.low:+.3f}, {row.high:+.3f}] "
            f"{row.actors} actors, {row.cases} cases"
        )
    for name, value in figures.items():
        print(f"{name}: {value}")


def _within(pairs: set[tuple[str, str]]) -> Callable[[Score], bool]:
    return lambda score: (score.kind, score.type) in pairs


if __name__ == "__main__":
    main()
