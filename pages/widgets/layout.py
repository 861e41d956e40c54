"""What every screen has: a heading, whose attacks and as known when, the choice of the run, the sampler's verdict.

Nothing of a screen is shown without the verdict above it, and no failure becomes a traceback: a run that cannot be
read is one sentence and a next step.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

import streamlit as st

from lull.data.calendar import calendar_sentence
from lull.data.schema import InputError
from lull.model.runs.embedded_run import embedded_run
from lull.model.runs.labels import Label, labels
from lull.model.runs.store import Run, Store
from lull.pages.widgets.first_run import show_first_run, show_jobs
from lull.pages.widgets.run_cache import believed_run, open_run
from lull.pages.widgets.session import begin, bind, current, has_begun, move, notes, publish, settle
from lull.pages.widgets.user_folders import reader_store
from lull.pages.widgets.view import View
from lull.scenarios.beliefs.reader_beliefs import beliefs_sentence
from lull.scenarios.engine.question_grammar import dated, parse_question
from lull.scenarios.engine.series_session import OpenRun
from lull.scenarios.language.spec import baseline
from lull.scenarios.overview.run_rows import subject
from lull.scenarios.presentation.verdicts import caution, reasons_sentence
from lull.scenarios.presentation.wording import glued, literal, series_name
from lull.scenarios.results.evidence_used import (
    convergence,
    evidence_used,
    known_to,
    of_run,
    thin_sentence,
    what_counts_are,
)

NOT_CARRIED = "they are so far from those of the fit that its draws do not carry them"
NOT_EMBEDDED = "The embedded case has no run in this store; the newest run that rests on evidence is shown."
MOST_RUNS = 200  # to choose from
USUAL_WEEKS = 9  # from the day of knowledge to the day asked about, if nobody says which


@dataclass(frozen=True)
class Screen:
    """What a screen is about: a run ready to be asked, and what the reader looks at.

    `run` is under the reader's beliefs, where there are any that its draws carry; `fitted` is as the store has it.
    """

    run: Run
    opened: OpenRun
    view: View
    runs: Sequence[Run]
    fitted: Run


@contextmanager
def screen(title: str, *, weighing: bool = True) -> Iterator[Screen]:
    """Yield the run and the view below a heading; afterwards the address says what is shown.

    The run is under the reader's beliefs, unless the screen does the `weighing` itself.

    Without a run the screen that makes the first one is shown instead, and the rest of the script does not run.
    """
    store = reader_store()
    show_jobs(store)
    survey = store.survey()
    for problem in survey.problems:
        st.warning(f"One run cannot be read. {literal(str(problem))}")
    runs = survey.runs
    if not runs:
        show_first_run(store)
        st.stop()
    try:
        pinned, embedded = pinned_run(store, runs), embedded_run(store)
        named = pinned or embedded or has_begun() or "run" in st.query_params
        messages = () if named else (NOT_EMBEDDED,)
        shown = pinned or embedded or usual_run(runs)
        at = _settled(begin(_usual(shown)), runs, otherwise=shown, messages=messages)
    except InputError as error:
        st.error(f"This run cannot be shown. {error} Choose another run, or fit it again.")
        st.stop()
    _heading(title, at)
    at = replace(at, view=current())
    yield under_beliefs(at) if weighing else at
    publish()


def under_beliefs(at: Screen) -> Screen:
    """Return a screen whose run is under the reader's beliefs, and say so; or why its draws do not carry them."""
    beliefs = current().beliefs
    if not beliefs:
        return replace(at, run=at.fitted, opened=open_run(at.fitted))
    try:
        found = believed_run(at.fitted, beliefs)
    except InputError as error:
        st.warning(f"**These numbers are without your beliefs.** {literal(str(error))}")
        return replace(at, run=at.fitted, opened=open_run(at.fitted))
    if found.run is None:
        st.warning(f"**These numbers are without your beliefs**: {NOT_CARRIED} ({found.weighing.words}).")
        return replace(at, run=at.fitted, opened=open_run(at.fitted))
    st.info(literal(beliefs_sentence(found.run.record)))
    return replace(at, run=found.run, opened=open_run(found.run))


def pinned_run(store: Store, runs: Sequence[Run]) -> Run | None:
    """Return the run that the reader pinned, None if there is none."""
    pinned = [run_id for run_id, label in labels(store).items() if label.pinned]
    return next((run for run in runs if run.run_id in pinned), None)


def usual_run(runs: Sequence[Run]) -> Run:
    """Return the newest run that rests on evidence; without one the newest."""
    return next((run for run in runs if not thin_sentence(evidence_used(run.record))), runs[0])


def choose_series(at: Screen, *, label: str = "Series") -> str:
    """Let the reader choose the series, and return it."""
    names = at.opened.state.series
    key = bind("series", current().series)  # not that of `at`: a fragment is run again with the screen of before
    st.selectbox(label, names, format_func=series_name, key=key, on_change=_take, args=(key, "series"))
    return current().series


def _usual(run: Run) -> View:
    """Return the view of a run that nobody asked anything yet."""
    opened = open_run(run)
    by = date.fromisoformat(str(run.record["as_of"])) + timedelta(weeks=USUAL_WEEKS)
    by = min(by.replace(day=1) if by.day < 15 else by, opened.last_day)  # noqa: PLR2004 - the first of the month is read easily
    return View(run.run_id, opened.state.series[0], f"any attack by {by}", baseline())


def _settled(view: View, runs: Sequence[Run], *, otherwise: Run, messages: Sequence[str]) -> Screen:
    """Return the screen of a view, with the usual in place of what the store or the run does not have.

    `messages` is said above it, and what of the address could not be understood.
    """
    run = next((run for run in runs if run.run_id == view.run_id), None)
    messages = [*messages, *notes()]
    if run is None:
        run = otherwise
        messages.append(f"The run {view.run_id} is not in this store; run {run.run_id} is shown.")
    opened = open_run(run)
    view, unmet = _met(replace(view, run_id=run.run_id), run, opened)
    settle(view)
    for message in messages:
        st.info(literal(message))
    for message in unmet:
        st.warning(literal(message))
    return Screen(run, opened, current(), runs, run)


def _met(view: View, run: Run, opened: OpenRun) -> tuple[View, Sequence[str]]:
    """Return a view that the run can answer, and what of it had to be replaced: the numbers are of another question."""
    usual, unmet = _usual(run), []
    try:
        view = replace(view, question=dated(view.question, opened.state.origin))
        question = parse_question(view.question)
        if not opened.first_day <= question.by <= opened.last_day:
            span = f"{opened.first_day:%-d %B %Y} to {opened.last_day:%-d %B %Y}"
            unmet.append(f"This run answers questions about {span}, not “{view.question}”.")
    except InputError as error:
        unmet.append(
            f"The question was not understood: expected {error.problems[0].expected}, found “{view.question}”."
        )
    if unmet:
        view = replace(view, question=usual.question)
        unmet[0] += f" Shown instead: “{usual.question}”."
    if view.series not in opened.state.series:
        unmet.append(f"This run has no series “{view.series}”. Shown instead: “{usual.series}”.")
        view = replace(view, series=usual.series)
    return view, unmet


def _heading(title: str, at: Screen) -> None:
    """Show the title, what the run is of, and the sampler's verdict if it is not good."""
    st.title(title)
    verdict = convergence(at.run)
    known = date.fromisoformat(str(at.run.record["as_of"]))
    words = f"**{literal(subject(at.run.record))}**, as known on {known:%-d %B %Y}, known to "
    words += f"{known_to(at.run.record):%-d %B %Y}. {what_counts_are(at.run.record)}"
    words = f"{words} {calendar_sentence(at.opened.state.origin)}".rstrip()
    st.caption(f"{words} Convergence: {verdict.grade}.")
    st.caption(glued(f"Track record: {literal(verdict.calibrated)}."))
    if thin := thin_sentence(evidence_used(at.run.record)):
        st.warning(thin)
    if len(at.runs) > 1:
        names = _names(at)
        key = bind("run", at.run.run_id)
        st.selectbox("Run", list(names), format_func=names.__getitem__, key=key, on_change=_take, args=(key, "run_id"))
    if words := caution(verdict.grade):
        (st.warning if verdict.usable else st.error)(f"**{words}**: {literal(reasons_sentence(verdict))}")
    if verdict.calibration == "contradicted":
        st.warning(f"**Past forecasts of these data were wrong too often**: {literal(verdict.calibration_reason)}.")


def _names(at: Screen) -> Mapping[str, str]:
    """Return the runs to choose from: those with a name, then the newest, and the one that is shown."""
    noted = labels(Store(at.run.folder.parent))
    named = sorted(at.runs, key=lambda run: not noted.get(run.run_id, Label()).name)
    shown = [*named[:MOST_RUNS], *(() if at.run in named[:MOST_RUNS] else (at.run,))]
    return {run.run_id: run_name(run, noted.get(run.run_id)) for run in shown}


def run_name(run: Run, label: Label | None) -> str:
    """Return a run as lists of runs name it: by the reader's own name, else by what it is of."""
    of = label.name if label is not None and label.name else of_run(run.record)
    return f"{of} · {run.record['as_of']} · {run.record['grade']} · {run.run_id[:6]}"


def _take(key: str, part: str) -> None:
    """Move one part of the view to what its widget says."""
    move(**{part: st.session_state[key]})
