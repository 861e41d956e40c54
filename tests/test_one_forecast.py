"""One forecast: page, command, batch, exports and backtest give the same number for the same question."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from lull.evaluation.forecasters.participants import _forward
from lull.model.forward.origin import state_of
from lull.model.runs.store import Run
from lull.scenarios.engine.contrast import Contrast, any_attack, cumulated
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import ask
from lull.scenarios.engine.series_session import SeriesSession, open_run
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import baseline
from lull.scenarios.results.answer_table import answers_table
from lull.scenarios.results.forecast import forecast, part_forecasts
from lull.scenarios.results.forecast_cache import Request
from lull.scenarios.results.tables import forecast_table

pytestmark = pytest.mark.integration

WEEKS, SEED = 12, 1
QUESTION = f"any attack within {WEEKS} weeks"


def ways_to_ask(run: Run, series: str) -> Iterator[tuple[str, float]]:
    """Yield the chance of an attack by every way that there is."""
    state = state_of(run, horizon=40)
    question = parse_question(QUESTION, origin=state.origin)
    yield "command", ask(question, baseline(), state, series=series, seed=SEED).probability
    session = SeriesSession.of(open_run(run), series)
    yield "page", session.ask(question, baseline()).probability
    yield (
        "batch",
        float(answers_table(run, [QUESTION], [baseline()], seed=SEED).filter(_of(series))["probability"][0].as_py()),
    )
    made = forecast(run, Request.of([], horizon=26, seed=SEED), progress=lambda *_: None)
    yield "document", made.document().chance("any attack", "baseline", series, WEEKS).probability
    table = forecast_table(made.projections)
    rows = table.filter(_of(series) & (pc.field("target") == "any attack by date") & (pc.field("horizon") == WEEKS))
    yield "export", float(rows.filter(pc.field("output_type_id") == "yes")["value"][0].as_py())
    yield "parts", next(iter(part_forecasts(run, series, seed=SEED))).any_attack[2]


def _of(series: str) -> Any:
    return pc.field("series") == series


@pytest.mark.parametrize("series", ["israel", "us_forces"])
def test_every_way_to_ask_gives_the_same_number(write_run: Callable[..., Run], series: str) -> None:
    found = dict(ways_to_ask(write_run(), series))
    assert found == pytest.approx(dict.fromkeys(found, found["command"]), abs=1e-12)


def test_a_backtest_scores_the_number_that_is_shown(write_run: Callable[..., Run]) -> None:
    run = write_run()
    scored = _forward(run.posterior(), 26, SEED, part="pool", usable=True).attack_chance()[WEEKS - 1]
    assert scored == pytest.approx(dict(ways_to_ask(run, "israel"))["command"], abs=1e-12)


def test_draws_that_did_not_converge_decide_no_path(write_run: Callable[..., Run]) -> None:
    run = write_run(grade="unusable")
    made = forecast(run, Request.of([], horizon=26, seed=SEED), progress=lambda *_: None)
    assert {note.regime_share for note in made.document().series} == {0.0}
    others = [
        forecast(run, Request.of([], horizon=26, seed=SEED, part=part), progress=lambda *_: None).projections[0].paths
        for part in ("hurdle", "recent")
    ]
    same = [(made.projections[0].paths.count == other.count).all(axis=-1) for other in others]
    assert np.logical_or(*same).all()


def test_a_contrast_can_be_had_again_from_the_exported_paths(write_run: Callable[..., Run]) -> None:
    """One id is one world, whichever model decides it: differences of samples are those of paths."""
    run = write_run()
    scenario = find_scenario("ceasefire-collapses")
    made = forecast(run, Request.of([scenario], horizon=WEEKS, seed=SEED), progress=lambda *_: None)
    other, base = made.projections[1], made.projections[0]
    table = forecast_table((base, other), samples=base.paths.draws)
    samples = table.filter(_of("israel") & (pc.field("output_type") == "sample"))
    totals = {scenario_id: np.zeros(base.paths.draws) for scenario_id in ("baseline", scenario.id)}
    for row in samples.select(["scenario_id", "output_type_id", "value"]).to_pylist():
        totals[row["scenario_id"]][int(row["output_type_id"])] += row["value"]
    difference = totals[scenario.id] - totals["baseline"]
    shown = Contrast(other, base).difference(cumulated)
    assert difference.mean() == pytest.approx(shown.mean[0, -1], abs=1e-9)
    assert (difference != 0).any()
    worlds = state_of(run, horizon=WEEKS).hurdle
    assert worlds is not None
    moved = any_attack(other) != any_attack(base)
    assert moved[worlds.follows[:, 0], 0].any()
    assert moved[~worlds.follows[:, 0], 0].any()
