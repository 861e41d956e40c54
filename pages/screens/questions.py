"""A question, answered under every scenario, to copy or download: as text, as CSV, as percentiles."""

import streamlit as st

from lull.pages.ledger.judgement import show_judgement
from lull.pages.panels.folded_table import csv_of
from lull.pages.panels.number_table import show_numbers
from lull.pages.pictures.date_distribution import show_date_distribution
from lull.pages.pictures.total_distribution import show_total_distribution
from lull.pages.widgets.layout import Screen, screen
from lull.pages.widgets.question_form import choose_question
from lull.pages.widgets.run_cache import answer, session_of
from lull.pages.widgets.scenario_picker import Chosen, choose_scenarios
from lull.pages.widgets.session import current
from lull.scenarios.beliefs.reader_beliefs import beliefs_sentence
from lull.scenarios.engine.questions import Answer, Question
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.language.spec import BASELINE, Scenario, baseline
from lull.scenarios.presentation.answer_words import answer_row, asked_words, begun, counted_in, plain_answer
from lull.scenarios.presentation.wording import apart_words, glued, literal, percent, series_name
from lull.scenarios.results.evidence_used import what_counts_are
from lull.scenarios.results.percentiles import has_a_date

COLUMNS = (
    "question", "series", "scenario", "probability", "baseline", "difference", "difference_low", "difference_high",
    "mc_error", "run_id",
)  # fmt: skip


def show_questions() -> None:
    """Show a question and its answers."""
    with screen("Questions") as at:
        question = choose_question(at)
        session = session_of(at.run, current().series)
        chosen = choose_scenarios(at, session)
        answers = [(each, answer(at.run, session.series, question, each)) for each in (baseline(), *chosen.scenarios)]
        _show_answers(at, question, answers)
        show_judgement(session, question, answers)
        _show_distributions(session, question, chosen)


def _show_answers(at: Screen, question: Question, answers: list[tuple[Scenario, Answer]]) -> None:
    series = series_name(answers[0][1].series)
    st.markdown(f"**{begun(asked_words(question))}** ({literal(series)})")
    rows = [answer_row(each, title=one.title, is_baseline=one.id == BASELINE) for one, each in answers]
    show_numbers(rows, key="answers")
    reference = answers[0][1].reference_rate
    if reference is not None:
        apart = apart_words(answers[0][1].baseline, reference)
        words = f"Base rate: {percent(reference)} of past silences this long ended within this time."
        st.caption(glued(f"{words} {apart}"))
    text = "\n".join(
        plain_answer(each, question, title=one.title, series=series, of=counted_in(one)) for one, each in answers
    )
    as_of = at.run.record["as_of"]
    st.markdown("**As text**")
    st.code(
        f"{text}\nAs known on {as_of}. {what_counts_are(at.run.record)} {_whose(at)}Run {at.run.run_id}.",
        language=None,
        wrap_lines=True,
    )
    rows = [{name: getattr(each, name) for name in COLUMNS} for _, each in answers]
    st.download_button("Download CSV", csv_of(rows), "answers.csv", "text/csv", on_click="ignore")


def _whose(at: Screen) -> str:
    """Return whose beliefs the answers hold, and a space; nothing where the record speaks."""
    words = beliefs_sentence(at.run.record)
    return f"{words} " if words else ""


def _show_distributions(session: SeriesSession, question: Question, chosen: Chosen) -> None:
    """Show when what is asked comes, and how many attacks there may be by the day asked about."""
    projections = (session.baseline, *chosen.projections)
    if has_a_date(question):
        show_date_distribution(session, question, projections)
    show_total_distribution(session, question, projections)
