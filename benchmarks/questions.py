"""Time a question that is counted on paths beside one that is answered exactly, on the same draws in the same run.

A screen, `lull ask` and the tornado ask one series of a fit again and again: the state, the random numbers and the
baseline stay (`scenarios/engine/series_session.py`), so what an answer costs is its scenario. Each pair of questions
is asked under a scenario that nobody asked before; `ratio` is the median of counted over exact, pair by pair.
`first_ms` is the first counted question, which also projects the baseline's rounds; `tornado_ratio` compares all moves
of a tornado. Monte Carlo errors are those that the answers state, in points.

By default 4,000 draws of the priors; `--run` takes a run of the store, found by the first letters of its id.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from shared.figures import arguments, begin
from whatif import scenarios

from lull.data.schema import InputError
from lull.model.forward.origin import origin_state
from lull.model.forward.prior_state import prior_state, with_prior_hurdle
from lull.model.forward.simulate import OriginState
from lull.model.runs.store import Store
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import Question
from lull.scenarios.engine.series_session import OpenRun, SeriesSession
from lull.scenarios.engine.tornado import tornado
from lull.scenarios.language.standard import HORIZON

DRAWS, SERIES = 4000, ("israel", "us_forces")
ROUNDS = 30
EXACT, COUNTED = "any attack", "total at least 20"


def state_of(run: str | None, store: Path | None) -> OriginState:
    """Return the state at the origin of a run of the store, or of the priors."""
    if run is None:
        state = with_prior_hurdle(
            prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=1), share=1 / 3, recent=1 / 3, seed=1
        )
        return replace(state, p_active=np.where(state.silent_weeks > 0, 0.2, 0.9), chains=4)
    (found,) = [each for each in Store(store).runs() if each.run_id.startswith(run)]
    return origin_state(found.posterior(), horizon=HORIZON, run_id=found.run_id)


def session_of(state: OriginState) -> SeriesSession:
    """Return a session of the first series; a question needs nothing of a stored run but its state and no beliefs."""
    opened = OpenRun(cast("Any", SimpleNamespace(record={})), state, cast("Any", None), ())
    return SeriesSession.of(opened, state.series[0])


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def time_questions(session: SeriesSession) -> dict[str, float]:
    """Return the figures."""
    by = session.open_run.last_day - timedelta(weeks=HORIZON // 2)
    exact, counted = (parse_question(f"{text} by {by}") for text in (EXACT, COUNTED))
    new = [each for each in scenarios(ROUNDS + 3) if _possible(session, exact, each)]
    session.ask(exact, new[0])
    first = milliseconds(lambda: session.ask(counted, new[0]))
    pairs = [
        (
            milliseconds(lambda each=each: session.ask(exact, each)),
            milliseconds(lambda each=each: session.ask(counted, each)),
        )
        for each in new[1:]
    ]
    ratios = [one / other for other, one in pairs]
    moves = [milliseconds(lambda each=each: tornado(session, each)) for each in (exact, counted)]
    return {
        "exact_ms": float(np.median([exact for exact, _ in pairs])),
        "counted_ms": float(np.median([counted for _, counted in pairs])),
        "ratio": float(np.median(ratios)),
        "first_ms": first,
        "tornado_ratio": moves[1] / moves[0],
        "exact_mc_error": 100 * session.ask(exact, new[0]).mc_error,
        "counted_mc_error": 100 * session.ask(counted, new[0]).mc_error,
    }


def _possible(session: SeriesSession, question: Question, scenario: Any) -> bool:
    """Return whether a scenario can be assumed of this run."""
    try:
        session.ask(question, scenario)
    except InputError:
        return False
    return True


def main() -> None:
    """Print the figures."""
    parser = arguments(__doc__)
    parser.add_argument("--run", help="a run of the store, by its first letters; by default draws of the priors")
    parser.add_argument("--store", type=Path, help="the runs; by default the user's")
    options = parser.parse_args()
    measurement = begin("questions", options)
    figures = time_questions(session_of(state_of(options.run, options.store)))
    measurement.publish(figures, {}, whole=options.run is None)


if __name__ == "__main__":
    main()
