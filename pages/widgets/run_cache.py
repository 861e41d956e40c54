"""Runs and what was computed from them, in caches that all browsers share: keyed by run id, bounded, nobody's own.

What lies here is a function of a stored run alone; what a reader assumes never does.
"""

from pathlib import Path

import streamlit as st

from lull.data.schema import InputError, Problem
from lull.model.runs.store import Run, Store
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import Answer, Question
from lull.scenarios.engine.series_session import OpenRun, SeriesSession
from lull.scenarios.engine.series_session import open_run as read_run
from lull.scenarios.engine.tornado import MoveAnswer, tornado
from lull.scenarios.language.spec import Scenario
from lull.scenarios.language.standard import SEED
from lull.scenarios.results.document import PartForecast
from lull.scenarios.results.forecast import part_forecasts
from lull.scenarios.results.situation import Situation, situation

RUNS_OPEN, SERIES_OPEN, ANSWERS_KEPT = 4, 8, 512


def open_run(run: Run) -> OpenRun:
    """Return a run ready to be asked; the first time takes about a second."""
    return _open(str(run.folder.parent), run.run_id)


def session_of(run: Run, series: str) -> SeriesSession:
    """Return one series of a run, ready to be asked again and again."""
    return _session(str(run.folder.parent), run.run_id, series)


def answer(run: Run, series: str, question: Question, scenario: Scenario) -> Answer:
    """Return the answer to a question; the same question of the same run is not computed again."""
    return _answer(str(run.folder.parent), run.run_id, series, question.text, scenario)


def situation_of(run: Run) -> Situation:
    """Return what a run says of the past."""
    return _situation(str(run.folder.parent), run.run_id)


@st.cache_resource(max_entries=RUNS_OPEN, show_spinner=False)
def _situation(store: str, run_id: str) -> Situation:
    return situation(_found(store, run_id))


@st.cache_resource(max_entries=RUNS_OPEN, show_spinner=False)
def _open(store: str, run_id: str) -> OpenRun:
    return read_run(_found(store, run_id))


def _found(store: str, run_id: str) -> Run:
    """Return a run of the store; raises `InputError` if it is there no more, or was damaged and is set apart."""
    run = Store(Path(store)).find(run_id)
    if run is None:
        raise InputError(Problem(f"run {run_id}", "a whole run of the store", "none", "Reload the page."))
    return run


@st.cache_resource(max_entries=SERIES_OPEN, show_spinner=False)
def _session(store: str, run_id: str, series: str) -> SeriesSession:
    return SeriesSession.of(_open(store, run_id), series)


@st.cache_data(
    max_entries=ANSWERS_KEPT, show_spinner=False, hash_funcs={Scenario: lambda scenario: scenario.model_dump_json()}
)
def _answer(store: str, run_id: str, series: str, question: str, scenario: Scenario) -> Answer:
    return _session(store, run_id, series).ask(parse_question(question), scenario)


def parts_of(run: Run, series: str) -> tuple[PartForecast, ...]:
    """Return the forecast of a series, and what each of the models that it pools says alone."""
    return _parts(str(run.folder.parent), run.run_id, series)


@st.cache_data(max_entries=ANSWERS_KEPT, show_spinner=False)
def _parts(store: str, run_id: str, series: str) -> tuple[PartForecast, ...]:
    run = Store(Path(store)).find(run_id)
    assert run is not None
    return tuple(part_forecasts(run, series, seed=SEED))


def sensitivity_of(run: Run, series: str, question: Question) -> tuple[MoveAnswer, ...]:
    """Return how far each driver, moved alone, moves the answer; the farthest first."""
    return _sensitivity(str(run.folder.parent), run.run_id, series, question.text)


@st.cache_data(max_entries=ANSWERS_KEPT, show_spinner=False)
def _sensitivity(store: str, run_id: str, series: str, question: str) -> tuple[MoveAnswer, ...]:
    return tornado(_session(store, run_id, series), parse_question(question))
