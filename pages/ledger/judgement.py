"""Under an answer: the reader's own number beside the model's, publishing, and comments; all kept with the question.

What is kept stands in the ledger of the reader's store under the question, its series, its day and the scenario: no
other fit, scenario or link changes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lull.data.schema import InputError
from lull.ledger.entries import About, Comment, Entry, Published
from lull.ledger.forecasters import pooled
from lull.ledger.journal import Ledger, open_ledger
from lull.ledger.outcomes import COUNTED, DECIDED_BY_COUNTS
from lull.ledger.own_numbers import checked_text, own_number
from lull.ledger.publication import Asked, Terms, enter_comment, enter_number, published_of, register, why_closed
from lull.ledger.standing import about as entries_about
from lull.ledger.standing import numbers_of
from lull.pages.widgets.user_folders import reader_name, reader_store
from lull.scenarios.beliefs.reader_beliefs import beliefs_sentence
from lull.scenarios.engine.questions import Answer, Question
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.language.spec import Scenario
from lull.scenarios.presentation.wording import literal, percent

UNDECIDED = "Weekly counts do not decide this question, so it is not published and has no number of yours."
LEVELS = ("5 %", "Median", "95 %")
MOST = 1_000_000.0  # attacks


@dataclass(frozen=True)
class _Subject:
    """What the reader judges: a question of a series under a scenario, and what the model says of it."""

    session: SeriesSession
    question: Question
    scenario: Scenario
    answer: Answer
    ledger: Ledger
    reader: str

    @property
    def about(self) -> About:
        """What names the question in the ledger."""
        return About(question=self.question.text, series=self.answer.series, deadline=self.question.by)

    @property
    def key(self) -> str:
        """What distinguishes its widgets from those of another one."""
        return "|".join((*map(str, self.about.key), self.scenario.id))


def show_judgement(session: SeriesSession, question: Question, answers: Sequence[tuple[Scenario, Answer]]) -> None:
    """Show the reader's number, publishing and comments of a question under one of the scenarios."""
    st.header("My number, publication and comments")
    if question.kind not in DECIDED_BY_COUNTS:
        st.caption(UNDECIDED)
        return
    try:
        _show(_chosen(session, question, answers))
    except InputError as error:
        st.error(literal(str(error)))


def _chosen(session: SeriesSession, question: Question, answers: Sequence[tuple[Scenario, Answer]]) -> _Subject:
    """Return the subject: the scenario is asked for where there are several."""
    place = 0
    if len(answers) > 1:
        titles = [scenario.title for scenario, _ in answers]
        place = st.selectbox("Under", range(len(answers)), format_func=titles.__getitem__, key="judgement.scenario")
    scenario, answer = answers[place]
    return _Subject(session, question, scenario, answer, open_ledger(reader_store()), reader_name())


def _show(subject: _Subject) -> None:
    for problem in subject.ledger.problems():
        st.warning(f"The ledger is not whole. {literal(str(problem))}")
    entries = subject.ledger.entries()
    closed = why_closed(entries, subject.about.key)
    if closed:
        st.caption(f"Closed to numbers and publication: {literal(closed.what)}")
    _ask_number(subject, disabled=closed is not None)
    left, right = st.columns(2)
    with left:
        _offer_publication(subject, disabled=closed is not None)
    with right:
        _ask_comment(subject)
    entries = entries_about(subject.ledger.entries(), subject.about.key)
    _show_numbers(subject, entries)
    _show_published(entries)
    _show_comments(entries)


def _ask_number(subject: _Subject, *, disabled: bool) -> None:
    mine = numbers_of(subject.ledger.entries(), subject.scenario.id).get(subject.reader)
    counted = subject.question.kind in COUNTED
    with st.form(f"number.{subject.key}", border=True):
        columns = iter(st.columns([2, 1, 1, 1, 4] if counted else [2, 4], vertical_alignment="bottom"))
        own = 100 * mine.chance if mine and mine.chance is not None else None
        chance = next(columns).number_input("My probability, %", 0.0, 100.0, own, step=1.0, key=f"chance.{subject.key}")
        levels: list[float | None] = []
        for place, name in enumerate(LEVELS if counted else ()):
            known = mine.quantiles[place] if mine and mine.quantiles else None
            key = f"level.{place}.{subject.key}"
            levels.append(next(columns).number_input(f"Attacks, {name}", 0.0, MOST, known, step=1.0, key=key))
        reason = next(columns).text_input("Reason", mine.reason if mine else "", key=f"reason.{subject.key}")
        kept = st.form_submit_button("Keep my number", disabled=disabled)
    if kept:
        _keep(subject, chance, levels, reason)


def _keep(subject: _Subject, chance: float | None, levels: Sequence[float | None], reason: str) -> None:
    given = [level for level in levels if level is not None]
    number = own_number(
        subject.about,
        subject.scenario.id,
        reader=subject.reader,
        chance=None if chance is None else chance / 100,
        quantiles=given or None,
        reason=reason,
    )
    if number is None:
        st.warning("Give a probability, or three numbers of attacks.")
    else:
        enter_number(subject.ledger, number)
        st.success("Your number is kept with the question.")


def _offer_publication(subject: _Subject, *, disabled: bool) -> None:
    words = "Enters the forecast and your number in the ledger, to be decided and scored. It is never changed after."
    if not st.button("Publish", help=words, disabled=disabled, key=f"publish.{subject.key}"):
        return
    with st.spinner("Publishing"):
        projection = subject.session.project(subject.scenario)
        asked = Asked(subject.question, subject.answer, subject.scenario, projection)
        body = published_of(subject.session.open_run.run, asked, Terms(reader=subject.reader))
        entry, *_ = register(subject.ledger, body)
    st.success(f"Published as entry {entry.number} of the ledger. {literal(body.rule)}")


def _ask_comment(subject: _Subject) -> None:
    with st.form(f"comment.{subject.key}", clear_on_submit=True, border=False):
        text = st.text_area("Comment", key=f"text.{subject.key}", height=80)
        sent = st.form_submit_button("Add the comment")
    if sent and (words := checked_text("Comment", text)):
        about = subject.about
        enter_comment(
            subject.ledger,
            Comment(
                question=about.question,
                series=about.series,
                deadline=about.deadline,
                reader=subject.reader,
                scenario=subject.scenario.id,
                text=words,
            ),
        )


def _show_numbers(subject: _Subject, entries: Sequence[Entry]) -> None:
    """Show the model, every reader and the pools side by side; nothing where no reader has a number."""
    numbers = numbers_of(entries, subject.scenario.id)
    if not numbers:
        return
    rows = [{"who": "model, this run", "probability": percent(subject.answer.probability), "attacks": "", "reason": ""}]
    for reader, one in numbers.items():
        chance = "" if one.chance is None else percent(one.chance)
        attacks = "" if one.quantiles is None else "{1:g}, {0:g} to {2:g}".format(*one.quantiles)
        row = {"who": literal(reader), "probability": chance, "attacks": attacks, "reason": literal(one.reason)}
        rows.append(row)
    chances = [subject.answer.probability, *(one.chance for one in numbers.values() if one.chance is not None)]
    if len(chances) > 1:
        for name, pool in (("pool: mean", pooled(chances)), ("pool: mean of log odds", pooled(chances, way="log"))):
            rows.append({"who": name, "probability": percent(pool), "attacks": "", "reason": ""})
    st.table(rows)


def _show_published(entries: Sequence[Entry]) -> None:
    published = [(one, one.body) for one in entries if isinstance(one.body, Published)]
    if published:
        st.markdown("**Published**")
        for entry, body in published:
            baseline = f", without the model {percent(body.baseline.chance)}" if body.baseline else ""
            under = f" under {literal(body.scenario_title)}" if body.scenario_title else ""
            words = f"{percent(body.chance)}{under}{baseline}, known to {body.known_to}, run {body.run_id}"
            believed = literal(beliefs_sentence({"beliefs": body.beliefs}))
            st.markdown(f"{entry.time:%-d %B %Y}: {words}, by {literal(body.reader)}. {believed}".rstrip())


def _show_comments(entries: Sequence[Entry]) -> None:
    comments = [(one, one.body) for one in entries if isinstance(one.body, Comment)]
    if comments:
        st.markdown("**Comments**")
        for entry, body in comments:
            st.markdown(f"{entry.time:%-d %B %Y}, {literal(body.reader)}: {literal(body.text)}")
