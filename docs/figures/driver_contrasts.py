"""`make figures`: put the ceasefire contrasts of the embedded case, under two beliefs, into docs/drivers.md.

Each contrast is split into the record of other actors, these data and belief. With `--calendars N` the placebo test
with N calendars is made too, printed, and kept in `data/embedded/placebo.json`: the page and `lull drivers` show it of
the embedded case. `tests/test_figures.py` compares what both were made from with the tree.
"""

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from embedded_case import BEGIN, END, ROOT, made_from

from lull.data.arrays import Array
from lull.data.evidence import embedded_evidence
from lull.data.files import whole_file, write_json
from lull.model.fitting.fit import FitPlan, find_or_fit, usual_config
from lull.model.forward.origin import state_of
from lull.model.inspection.placebo import PlaceboTest, placebo_test_of
from lull.model.runs.store import Run, Store
from lull.model.spec import Priors, beliefs_by_hand
from lull.scenarios.engine.belief import Steps, parts_of
from lull.scenarios.engine.contrast import Contrast, any_attack
from lull.scenarios.engine.projection import Projection, project_all
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.presentation.wording import in_points, percent, points_interval
from lull.scenarios.results.assembly import beliefs
from lull.scenarios.results.document import DifferenceParts
from lull.scenarios.results.evidence_used import driver_effects
from lull.scenarios.results.summary import parts_at

PLACEBO = ROOT / "data" / "embedded" / "placebo.json"
PAGE, FIGURES = ROOT / "docs" / "drivers.md", ROOT / "docs" / "figures" / "driver_contrasts.json"
SERIES, SEED = "israel", 1
WEEKS = (12, 26)  # ahead, by whose end an attack is asked about
SCENARIOS = ("ceasefire-extended", "ceasefire-collapses")
EXPIRY = "the expiry"  # the baseline against the ceasefire extended


@dataclass(frozen=True)
class Row:
    """One contrast: chances of any attack by a week, their difference, and where it comes from."""

    believed: str
    what: str
    week: int
    without: float
    with_it: float
    difference: float
    low: float
    high: float
    parts: DifferenceParts


def contrasts(store: Store) -> Iterator[Row]:
    """Yield the contrasts under beliefs by hand, then under learned ones; fits what the store has not."""
    for name, priors in {"by hand": beliefs_by_hand(), "learned": Priors()}.items():
        run = find_or_fit(plan_of(priors), store, progress=lambda *_: None).opened()
        yield from _of_run(name, run)


def plan_of(priors: Priors) -> FitPlan:
    """Return the fit of the embedded case under some beliefs."""
    evidence = embedded_evidence()
    return FitPlan(evidence, priors=priors, config=usual_config(evidence), seed=SEED)


def _of_run(believed: str, run: Run) -> Iterator[Row]:
    state = state_of(run, horizon=max(WEEKS)).select([SERIES])
    base, extended, collapse = project_all([find_scenario(name) for name in SCENARIOS], state, seed=SEED)
    known = tuple(beliefs(driver_effects(run)))
    for what, (scenario, other) in {
        SCENARIOS[0]: (extended, base),
        EXPIRY: (base, extended),
        SCENARIOS[1]: (collapse, base),
    }.items():
        steps = Steps.of(other, known)
        assert steps is not None
        yield from _rows(believed, what, Contrast(scenario, other), steps)


def _rows(believed: str, what: str, contrast: Contrast, steps: Steps) -> Iterator[Row]:
    parts, difference = parts_of(contrast, any_attack, steps), contrast.difference(any_attack)
    assert parts is not None
    chances = [_chance(each) for each in (contrast.baseline, contrast.scenario)]
    for week in WEEKS:
        at = 0, week - 1
        figures = (float(each[at]) for each in (*chances, difference.mean, difference.low, difference.high))
        without, with_it, mean, low, high = figures
        yield Row(believed, what, week, without, with_it, mean, low, high, parts_at(parts, *at))


def _chance(projection: Projection) -> Array:
    """Return P(any attack by week h), (series, horizon)."""
    chance: Array = projection.any_attack.mean(axis=0)
    return chance


def embedded_placebo(calendars: int) -> PlaceboTest:
    """Return the placebo test of the embedded case under learned beliefs."""
    return placebo_test_of(plan_of(Priors()), calendars, progress=lambda *_: None)


def table(rows: Iterator[Row]) -> str:
    """Return the contrasts as the table of docs/drivers.md."""
    columns = ("beliefs", "scenario", "weeks", "without", "with", "difference", "record", "data", "belief", "before")
    head = f"| {' | '.join(columns)} |"
    lines = [head, "|---" * len(columns) + "|"]
    for row in rows:
        moved = f"{in_points(row.difference)} {points_interval(row.low, row.high)}"
        before = f"{in_points(row.parts.before)} {points_interval(row.parts.before_low, row.parts.before_high)}"
        parts = (in_points(each) for each in (row.parts.record, row.parts.data, row.parts.belief))
        chances = (percent(row.without), percent(row.with_it))
        lines.append(f"| {' | '.join((row.believed, row.what, str(row.week), *chances, moved, *parts, before))} |")
    return "\n".join(lines)


def placebo_words(test: PlaceboTest) -> str:
    """Return how many drivers the test calls an effect, how many would each by itself, and its false calls."""
    called = [f"{row.covariate} on {row.on} (p {row.p_any:.2f})" for row in test.effects if row.called]
    alone = [f"{row.covariate} on {row.on} ({row.p:.2f})" for row in test.effects if row.p <= test.level]
    return "\n".join(
        (
            f"{test.calendars} placebo calendars: {len(called)} of {len(test.effects)} effects are called one",
            *called,
            f"least p of any: {min(row.p_any for row in test.effects):.2f}",
            f"by its own calendars alone p <= {test.level}: {', '.join(alone) or 'none'}",
            f"of the placebo calendars, each taken for the real one, {percent(test.false_calls)} have one called",
            f"all events together p {test.p:.2f}",
        )
    )


def main() -> None:
    """Write the table into the page, with what it was made from beside this file; and the placebo test if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", 1)[0])
    parser.add_argument("--store", type=Path, help="the runs; fitted if they are not there")
    parser.add_argument("--calendars", type=int, default=0, help="placebo calendars; 0: no placebo test")
    given = parser.parse_args()
    made = f"\n{table(contrasts(Store(given.store)))}\n\n"
    head, rest = PAGE.read_text("utf-8").split(BEGIN)
    with whole_file(PAGE) as scratch:
        scratch.write_text(f"{head}{BEGIN}{made}{END}{rest.split(END)[1]}", encoding="utf-8")
    write_json(FIGURES, made_from() | {"table": made})
    if given.calendars:
        test = embedded_placebo(given.calendars)
        write_json(PLACEBO, {"run_id": made_from()["run_id"], "test": asdict(test)})
        print(placebo_words(test))


if __name__ == "__main__":
    main()
