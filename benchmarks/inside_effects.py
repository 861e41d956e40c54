"""Learn the effects of recorded events inside the regime model, and hold them against those of the regressions.

Each actor's counts are fitted by the regime model with wide beliefs, window by window; what they say is combined over
actors (mean and spread of each effect, a floor in force and a part that fades). Then forecasts of the regime model at
recorded declarations and ends are scored with what other actors taught either way, by hand, and with no driver. Every
fit is kept in --folder, and a second run goes on from there. docs/drivers.md has the tables.
"""

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from inside.actor_fits import WindowPosterior, posterior_of
from inside.beliefs import Others, pushes_of, table_rows
from inside.population import by_actor, population
from inside.record import SEED, Record
from inside.trials import CONFIG, Case, scored
from shared.figures import arguments, begin

from lull.data.arrays import Array
from lull.data.counts import read_counts
from lull.data.events import read_events
from lull.data.learned.effects import ENDING, shipped_effects
from lull.evaluation.driver_trials import METRICS, mean_gain, resampled

GROUPS = {
    "together": ("ceasefire", "agreement", ENDING),
    "written ceasefires": ("ceasefire",),
    "agreements": ("agreement",),
    "ends": (ENDING,),
}
PAIRS = (
    ("inside", "regressions"),
    ("inside, fading", "regressions"),
    ("inside, fading", "inside"),
    ("regressions in spans", "regressions"),
    ("inside", "none"),
    ("inside, fading", "none"),
    ("regressions", "none"),
    ("inside", "hand"),
    ("regressions", "hand"),
)


def main() -> None:
    """Print what was learned and the scores."""
    parser = arguments(__doc__)
    parser.add_argument("--counts", type=Path, required=True)
    parser.add_argument("--events", type=Path, action="append", required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where fits and scores are kept")
    parser.add_argument("--cases", type=int, default=6, help="cases of an actor that are scored, at most")
    given = parser.parse_args()
    measurement = begin("inside_effects", given)
    events = [event for file in given.events for event in read_events(file)]
    own = [event for event in events if event.series and not event.endogenous]
    record, started = Record(read_counts(given.counts), own, given.folder), time.process_time()
    flat, fading = _fits(record)
    whole = [by_actor(each) for each in (flat, fading)]
    rows = list(table_rows(shipped_effects(), *(population(each, seed=SEED) for each in whole)))
    figures: dict[str, Any] = {"windows": len(flat), "actors": len(whole[0])}
    figures["divergences"] = sum(one.divergences for one in (*flat, *fading))
    scores = list(_scores(record, whole, given.cases))
    figures["processor_seconds"] = round(time.process_time() - started, 1)
    gains = list(_gains(scores))
    if given.json:
        measurement.publish(figures, {}, whole=False, effects=rows, gains=gains)
        return
    for line in (*rows, *gains):
        print(json.dumps(line))
    print(figures)


def _fits(record: Record) -> tuple[list[WindowPosterior], list[WindowPosterior]]:
    """Return what each window says, without and with the parts that fade."""
    windows = record.windows()
    folders = [record.folder / name for name in ("flat", "fading")]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    return [posterior_of(one.flat(), folders[0]) for one in windows], [posterior_of(one, folders[1]) for one in windows]


def _scores(
    record: Record, whole: Sequence[dict[int, tuple[Array, Array]]], most: int
) -> Iterator[tuple[Case, dict[str, list[float]]]]:
    """Yield the scores of each case by prior, each prior learned from the other folds of actors."""
    folds, folder = record.folds(), record.folder / "scores"
    folder.mkdir(exist_ok=True)
    taught = []
    for fold, table in enumerate(record.tables()):
        others = [{actor: each for actor, each in one.items() if folds[actor] != fold} for one in whole]
        taught.append(Others(table, *(population(each, seed=SEED) for each in others)))
    of = {number: (counts, weeks, own) for number, counts, weeks, own in record.actors()}
    for case in record.cases(most):
        counts, weeks, own = of[case.actor]
        draws = CONFIG.chains * CONFIG.draws
        pushes = pushes_of(case, own, weeks, record.known, taught[int(folds[case.actor])], draws=draws)
        yield case, scored(case, counts, weeks, pushes, folder)


def _gains(scores: Sequence[tuple[Case, dict[str, list[float]]]]) -> Iterator[dict[str, Any]]:
    """Yield how much better one prior is than another, above 0, with 90 % intervals over actors."""
    rng = np.random.default_rng(SEED)
    for (group, kinds), (better, than) in itertools.product(GROUPS.items(), PAIRS):
        chosen = [(case, values) for case, values in scores if case.kind in kinds]
        actors, at = np.unique([case.actor for case, _ in chosen], return_inverse=True)
        weights = resampled(actors.size, rng)
        line: dict[str, Any] = {"group": group, "better": better, "than": than, "actors": actors.size, "cases": at.size}
        for place, metric in enumerate(METRICS):
            sign = 1 if metric == "log_score" else -1
            gain = np.array([sign * (values[better][place] - values[than][place]) for _, values in chosen])
            line[metric] = [round(each, 3) for each in mean_gain(gain, at, weights)]
        yield line


if __name__ == "__main__":
    main()
