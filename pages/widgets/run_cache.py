"""Runs and what was computed from them, in caches that all browsers share: keyed by run id, bounded, nobody's own.

What lies here is a function of a stored run and of what is asked; whose question it was is not known here.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import streamlit as st

from lull.data.schema import InputError, Problem
from lull.model.runs.store import Run, Store
from lull.scenarios.beliefs.belief_file import parse_beliefs
from lull.scenarios.beliefs.believed_run import Believed, believed
from lull.scenarios.beliefs.reader_beliefs import Beliefs
from lull.scenarios.drivers.added import Added, drivers_added
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import Answer, Question, is_exact
from lull.scenarios.engine.series_session import BranchAnswer, OpenRun, SeriesSession
from lull.scenarios.engine.series_session import open_run as read_run
from lull.scenarios.engine.tornado import MoveAnswer, tornado
from lull.scenarios.language.spec import Scenario
from lull.scenarios.language.standard import SEED
from lull.scenarios.presentation.curves import curve_table
from lull.scenarios.results.document import DifferenceParts, PartForecast
from lull.scenarios.results.forecast import part_forecasts
from lull.scenarios.results.situation import Situation, situation
from lull.scenarios.timeline.rows import standing_table

RUNS_OPEN, BELIEFS_KEPT, SERIES_OPEN, ANSWERS_KEPT = 6, 4, 12, 512  # answers: 20 readers with 25 settings each


@dataclass(frozen=True)
class Assumed:
    """A scenario of one series of a run. It is projected once at most, when something that no cache has needs it."""

    run: Run
    series: str
    scenario: Scenario

    @property
    def key(self) -> tuple[str, ...]:
        """What caches know it by."""
        return str(self.run.folder.parent), self.run.run_id, self.series, self.scenario.model_dump_json()

    @property
    def session(self) -> SeriesSession:
        """The series, ready to be asked."""
        return session_of(self.run, self.series)

    @cached_property
    def projection(self) -> Projection:
        """What the scenario makes of the series. Raises `InputError` for what it cannot mean here."""
        return self.session.project(self.scenario)


@dataclass(frozen=True)
class Behind:
    """What stands behind an answer: its parts, the branches, and the drivers that move."""

    parts: DifferenceParts | None
    ways: tuple[BranchAnswer, ...]
    moved: tuple[str, ...]


def open_run(run: Run) -> OpenRun:
    """Return a run ready to be asked; the first time takes about a second."""
    return _open(str(run.folder.parent), run.run_id, run)


def session_of(run: Run, series: str) -> SeriesSession:
    """Return one series of a run, ready to be asked again and again."""
    return _session(str(run.folder.parent), run.run_id, series, run)


def answer(run: Run, series: str, question: Question, scenario: Scenario) -> Answer:
    """Return the answer to a question; the same question of the same run is not computed again."""
    return answer_under(Assumed(run, series, scenario), question)


def answer_under(assumed: Assumed, question: Question) -> Answer:
    """Return the answer to a question under a scenario; readers who ask the same share it."""
    return _answer(assumed.key, question.text, assumed)


def behind(assumed: Assumed, question: Question) -> Behind:
    """Return what stands behind the answer to a question under a scenario; readers who ask the same share it."""
    return _behind(assumed.key, question.text, assumed)


def curve_of(assumed: Assumed, question: Question) -> pa.Table:
    """Return the chance by week under a scenario (`curve_table`); readers who ask the same share it."""
    return _curve(assumed.key, question.text, assumed)


def believed_run(run: Run, beliefs: Beliefs) -> Believed:
    """Return a run under a reader's beliefs, and how far its draws carry it; the same beliefs are weighed once."""
    said = json.dumps(beliefs.document())
    return _believed(str(run.folder.parent), run.run_id, said, open_run(run).run)


@st.cache_resource(max_entries=BELIEFS_KEPT, show_spinner=False)
def _believed(store: str, run_id: str, said: str, _run: Run) -> Believed:
    del store, run_id
    return believed(_run, parse_beliefs(said, "said.json"))


def situation_of(run: Run) -> Situation:
    """Return what a run says of the past."""
    return _situation(str(run.folder.parent), run.run_id, run)


@st.cache_resource(max_entries=RUNS_OPEN, show_spinner=False)
def _situation(store: str, run_id: str, _run: Run) -> Situation:
    return situation(_found(store, run_id, _run))


@st.cache_resource(max_entries=RUNS_OPEN, show_spinner=False)
def _open(store: str, run_id: str, _run: Run) -> OpenRun:
    return read_run(_found(store, run_id, _run))


def _found(store: str, run_id: str, at_hand: Run) -> Run:
    """Return a run of the store; raises `InputError` if it is there no more, or was damaged and is set apart.

    One under a reader's beliefs is nowhere but in memory.
    """
    if not at_hand.is_kept:
        return at_hand
    run = Store(Path(store)).find(run_id)
    if run is None:
        raise InputError(Problem(f"run {run_id}", "a whole run of the store", "none", "Reload the page."))
    return run


@st.cache_resource(max_entries=SERIES_OPEN, show_spinner=False)
def _session(store: str, run_id: str, series: str, _run: Run) -> SeriesSession:
    return SeriesSession.of(_open(store, run_id, _run), series)


@st.cache_data(max_entries=ANSWERS_KEPT, show_spinner=False)
def _answer(key: tuple[str, ...], question: str, _assumed: Assumed) -> Answer:
    del key
    asked = parse_question(question)
    projection = _assumed.projection if is_exact(asked) else None  # what is counted has rounds of its own
    return _assumed.session.ask(asked, _assumed.scenario, projection)


@st.cache_resource(max_entries=ANSWERS_KEPT, show_spinner=False)
def _behind(key: tuple[str, ...], question: str, _assumed: Assumed) -> Behind:
    del key
    asked, session, projection = parse_question(question), _assumed.session, _assumed.projection
    moved = [
        name
        for at, name in enumerate(projection.state.covariates)
        if any(way.push.covariate[:, :, at].any() for way in projection.ways)
    ]
    return Behind(
        session.parts(asked, projection),
        session.ways(asked, session.believed(_assumed.scenario)),
        tuple(moved),
    )


@st.cache_resource(max_entries=ANSWERS_KEPT, show_spinner=False)
def _curve(key: tuple[str, ...], question: str, _assumed: Assumed) -> pa.Table:
    del key
    return curve_table(_assumed.session, parse_question(question), _assumed.projection)


def standing_of(run: Run, series: str, past_weeks: int | None) -> pa.Table:
    """Return what no scenario changes of the timeline of a series (`standing_table`)."""
    return _standing(str(run.folder.parent), run.run_id, series, past_weeks, run)


@st.cache_resource(max_entries=SERIES_OPEN, show_spinner=False)
def _standing(store: str, run_id: str, series: str, past_weeks: int | None, _run: Run) -> pa.Table:
    past = _situation(store, run_id, _run)
    return standing_table(past, _session(store, run_id, series, _run), past_weeks=past_weeks)


def parts_of(run: Run, series: str) -> tuple[PartForecast, ...]:
    """Return the forecast of a series, and what each of the models that it pools says alone."""
    return _parts(str(run.folder.parent), run.run_id, series, run)


@st.cache_data(max_entries=ANSWERS_KEPT, show_spinner=False)
def _parts(store: str, run_id: str, series: str, _run: Run) -> tuple[PartForecast, ...]:
    return tuple(part_forecasts(_found(store, run_id, _run), series, seed=SEED))


def sensitivity_of(run: Run, series: str, question: Question) -> tuple[MoveAnswer, ...]:
    """Return how far each driver, moved alone, moves the answer; the farthest first."""
    return _sensitivity(str(run.folder.parent), run.run_id, series, question.text, run)


@st.cache_data(max_entries=ANSWERS_KEPT, show_spinner=False)
def _sensitivity(store: str, run_id: str, series: str, question: str, _run: Run) -> tuple[MoveAnswer, ...]:
    return tornado(_session(store, run_id, series, _run), parse_question(question))


def added_of(run: Run, series: str, question: Question) -> tuple[Added, ...]:
    """Return what each driver adds to the answer as scheduled."""
    return _added(str(run.folder.parent), run.run_id, series, question.text, run)


@st.cache_data(max_entries=ANSWERS_KEPT, show_spinner=False)
def _added(store: str, run_id: str, series: str, question: str, _run: Run) -> tuple[Added, ...]:
    return drivers_added(_session(store, run_id, series, _run), parse_question(question))
