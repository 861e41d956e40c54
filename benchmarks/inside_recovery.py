"""Whether the two ways to learn effects find those that invented records were made with.

Each of 60 actors has 256 weeks by the equations of the regime model (`data/synthetic.py`, which shares no code with the
likelihood), and ceasefires at dates drawn by lot, whose effects differ between actors. No data set is needed.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
from inside.actor_fits import posterior_of
from inside.courses import FLOORS, WEEKS
from inside.population import by_actor, population
from inside.record import Record
from shared.figures import arguments, begin

from lull.data.arrays import Array
from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.data.learned.effects import MECHANISMS, WHOLE
from lull.data.synthetic import Truth, simulate_series
from lull.model.drivers.effects_estimate import learn_effects
from lull.model.hurdle.benchmark import shipped

ACTORS, FIRST_WEEK = 60, np.datetime64("2000-01-03", "D")
MEAN, SPREAD = np.array([0.4, -0.4, -0.3]), 0.2  # of the effects, in the order of `MECHANISMS`


def main() -> None:
    """Print what both ways find of each record, mean and its standard error by mechanism."""
    parser = arguments(__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where fits are kept")
    parser.add_argument("--records", type=int, default=6)
    given = parser.parse_args()
    measurement = begin("inside_recovery", given)
    found = [_found(seed, given.folder / str(seed)) for seed in range(1, given.records + 1)]
    figures = {"truth": MEAN.tolist(), "by_record": found}
    figures["mean"] = np.mean([[each[way] for way in ("inside", "regressions")] for each in found], axis=0).tolist()
    measurement.publish(figures, {}, whole=False)


def _found(seed: int, folder: Path) -> dict[str, list[list[float]]]:
    """Return mean and standard error by mechanism, (mechanism, 2), of either way."""
    record = _record(np.random.default_rng(seed), folder)
    (folder / "flat").mkdir(parents=True, exist_ok=True)
    inside = population(by_actor([posterior_of(one.flat(), folder / "flat") for one in record.windows()]), seed=1)
    means = inside.mean[:, :, FLOORS.index("written")]
    table = learn_effects([record.counts], record.events, shipped(), source="", around=None)
    rows = [table.of("ceasefire", "written", mechanism, WHOLE) for mechanism in MECHANISMS]
    return {
        "inside": np.column_stack([means.mean(axis=0), means.std(axis=0)]).round(3).tolist(),
        "regressions": [[round(row.mean, 3), round(row.se, 3)] for row in rows if row is not None],
    }


def _record(rng: np.random.Generator, folder: Path) -> Record:
    """Return the invented counts and events."""
    counts, events = [], []
    for name in (f"s{number}" for number in range(ACTORS)):
        effects = MEAN + SPREAD * rng.standard_normal(MEAN.size)
        own = list(_ceasefires(name, rng))
        events += own
        counts.append(_counts(own, effects, rng))
    series = [f"s{number}" for number in range(ACTORS)]
    return Record(WeeklyCounts.from_arrays(np.array(counts), series=series, first_week=FIRST_WEEK), events, folder)


def _ceasefires(series: str, rng: np.random.Generator) -> Iterator[Event]:
    """Yield ceasefires of 8 to 40 weeks, declared in the middle of a week."""
    week = 40 + int(rng.integers(0, 30))
    while week < WEEKS - 26:
        length, day = int(rng.integers(8, 41)), (FIRST_WEEK + week * WEEK).astype(object) + timedelta(days=3)
        yield Event(
            event_id=f"{series}-{week}",
            date=day,
            end_date=day + timedelta(weeks=length),
            kind="ceasefire",
            type="written",
            dimension="ceasefire",
            actor=series,
            series=series,
        )
        week += length + int(rng.integers(30, 80))


def _counts(events: list[Event], effects: Array, rng: np.random.Generator) -> Array:
    """Return the counts of one actor under its ceasefires, (week,)."""
    weeks, force = FIRST_WEEK + WEEK * np.arange(WEEKS), np.zeros((1, WEEKS))
    for event in events:
        force[0, (weeks > np.datetime64(event.date)) & (weeks <= np.datetime64(event.end_date))] = 1.0
    truth = Truth(
        intercept=float(rng.normal(1.0, 0.8)),
        concentration=float(np.exp(rng.normal(1.2, 0.6))),
        sigma=float(np.exp(rng.normal(-1.9, 0.4))),
        halt_intercept=float(rng.normal(-2.3, 0.6)),
        resumption_intercept=float(rng.normal(-0.2, 0.5)),
        resumption_aging=0.85,
        leak=0.007,
        ahead_from=WEEKS,
        halt_effect=(float(effects[0]),),
        resumption_effect=(float(effects[1]),),
        effect=(float(effects[2]),),
    )
    return np.asarray(simulate_series(truth, force, weeks=WEEKS, rng=rng).count, dtype=float)


if __name__ == "__main__":
    main()
