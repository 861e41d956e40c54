"""Each driver moved alone, once each way: how sensitive the answer is to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from lull.data.schema import InputError
from lull.scenarios.engine.questions import Answer, Question
from lull.scenarios.engine.series_session import CEASEFIRE, OpenRun, SeriesSession
from lull.scenarios.language import spec
from lull.scenarios.language.description import in_words
from lull.scenarios.language.spec import Intervention, Scenario
from lull.scenarios.language.uncertain import Exactly, On

DIMENSIONS: tuple[Literal["deterrence", "pressure", "mobilisation"], ...] = ("deterrence", "pressure", "mobilisation")
FACTORS: dict[Literal["intensity", "halt_hazard", "resumption_hazard"], str] = {
    "intensity": "attacks when active",
    "halt_hazard": "odds of a pause starting",
    "resumption_hazard": "odds of resuming",
}
HALF, TWICE = 0.5, 2.0


@dataclass(frozen=True)
class Move:
    """One driver moved one way, described in `way`."""

    driver: str
    way: str
    scenario: Scenario


@dataclass(frozen=True)
class MoveAnswer:
    """What a move does to the answer."""

    move: Move
    answer: Answer


def driver_moves(opened: OpenRun) -> tuple[Move, ...]:
    """Return the moves that make sense in a run: the ceasefire, events of each kind, the odds, reporting."""
    return tuple(Move(driver, way, _scenario(way, intervention)) for driver, way, intervention in _moves(opened))


def tornado(session: SeriesSession, question: Question) -> tuple[MoveAnswer, ...]:
    """Return what each move does, the driver with the largest effect first. Invalid moves are left out."""
    moved = []
    for move in driver_moves(session.open_run.of_series(session.series)):
        try:
            moved.append(MoveAnswer(move, session.ask(question, move.scenario)))
        except InputError:
            continue
    reach: dict[str, float] = {}
    for each in moved:
        reach[each.move.driver] = max(reach.get(each.move.driver, 0.0), abs(each.answer.difference))
    return tuple(sorted(moved, key=lambda each: (-reach[each.move.driver], each.move.driver)))


def _moves(opened: OpenRun) -> Iterator[tuple[str, str, Intervention]]:
    day = On(on=opened.first_day + timedelta(weeks=1))
    if opened.ceasefire_end is not None:
        collapse = spec.Ceasefire(kind="ceasefire", action="collapse", date=day)
        yield CEASEFIRE, "ceasefire collapses", collapse
        yield CEASEFIRE, "ceasefire extended indefinitely", spec.Ceasefire(kind="ceasefire", action="extend")
    elif CEASEFIRE in opened.state.covariates:
        yield CEASEFIRE, "ceasefire starts", spec.Ceasefire(kind="ceasefire", action="start", date=day)
    for name in DIMENSIONS:
        if name in opened.state.covariates:
            gone = spec.Covariate(kind="covariate", action="scale", covariate=name, factor=Exactly(exactly=0.0))
            yield name, f"past {name} removed", gone
            event = spec.Event(kind="event", dimension=name, date=day, salience=Exactly(exactly=5.0))
            yield name, f"event of {name}", event
    for kind, words in FACTORS.items():
        for factor, written in ((HALF, "½"), (TWICE, "2")):
            yield kind, f"{words} × {written}", spec.Scale(kind=kind, factor=Exactly(exactly=factor))
    yield "reporting", "only half of attacks claimed", spec.Reporting(kind="reporting", share=HALF)


def _scenario(way: str, intervention: Intervention) -> Scenario:
    title = f"{way[0].upper()}{way[1:]}"
    return Scenario(id="driver", title=title, assumptions=in_words(intervention), interventions=(intervention,))


def words_of(moves: Sequence[MoveAnswer]) -> str:
    """Return what a tornado shows, in words."""
    top = moves[0]
    points = f"{100 * top.answer.difference:+.0f} points"
    return f"Each driver is changed on its own. Largest effect: {top.move.way}, {points}."
