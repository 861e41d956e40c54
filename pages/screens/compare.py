"""Scenarios side by side: the answer under each, small pictures on one scale, its sensitivity, and their mixture."""

from collections.abc import Sequence
from itertools import batched

import streamlit as st

from lull.pages.panels.number_table import show_numbers
from lull.pages.pictures.whiskers import show_scenario_whiskers
from lull.pages.widgets.layout import Screen, screen
from lull.pages.widgets.question_form import choose_question
from lull.pages.widgets.run_cache import answer, sensitivity_of, session_of
from lull.pages.widgets.scenario_picker import Chosen, choose_scenarios
from lull.pages.widgets.session import bind, current, move, publish, say
from lull.scenarios.engine.given_it_happens import given_it_happens
from lull.scenarios.engine.questions import Question
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.engine.tornado import words_of
from lull.scenarios.language.mixture import mixture
from lull.scenarios.language.spec import BASELINE, Scenario, baseline
from lull.scenarios.presentation.answer_words import (
    answer_row,
    answer_words,
    asked_words,
    begun,
    counted_in,
    sensitivity_row,
)
from lull.scenarios.presentation.compare_charts import overlay_spec, tornado_spec, tornado_table
from lull.scenarios.presentation.curves import chance_at_end, fan_table, overlay_table
from lull.scenarios.presentation.lab_charts import fan_spec
from lull.scenarios.presentation.rows import chance_rows
from lull.scenarios.presentation.wording import glued, literal, percent, series_name

IN_A_ROW, SMALL, PAST_WEEKS = 3, 190, 26
ROOM = 1.05  # above the highest interval of the small pictures
GIVEN = "given that it happens"
HEADLINE = {"any attack": "At least one attack", "resumption": "A resumption"}


def show_compare() -> None:
    """Show scenarios side by side."""
    with screen("Compare scenarios") as at:
        question = choose_question(at)
        session = session_of(at.run, current().series)
        chosen = choose_scenarios(at, session)
        _show_answers(at, question, chosen)
        _show_curves(session, question, chosen)
        _show_fans(session, chosen)
        _show_mixture(at, question, chosen.scenarios)
        _show_sensitivity(at, question)
        _show_standard(session, chosen)


def _show_answers(at: Screen, question: Question, chosen: Chosen) -> None:
    """Show the answer under each scenario, as a table."""
    view = current()
    rows, moved = [], []
    for each in (baseline(), *chosen.scenarios):
        found = answer(at.run, view.series, question, each)
        row = answer_row(found, title=each.title, is_baseline=each.id == BASELINE)
        rows.append(row | {GIVEN: _given(at, question, each)})
        moved += [(each.title, found)] if each.id != BASELINE else []
    if not any(row[GIVEN] for row in rows):
        rows = [{name: cell for name, cell in row.items() if name != GIVEN} for row in rows]
    asked = f"**{begun(asked_words(question))}** ({literal(series_name(view.series))}); 90 % interval in brackets"
    st.markdown(glued(asked))
    show_numbers(rows, key="answers")
    show_scenario_whiskers(moved, key="answers")


def _given(at: Screen, question: Question, scenario: Scenario) -> str:
    """Return the answer given that what may happen under a scenario does; nothing where that is no question."""
    given = given_it_happens(scenario, first=at.opened.first_day, by=question.by)
    return glued(percent(answer(at.run, current().series, question, given.scenario).probability)) if given else ""


def _show_curves(session: SeriesSession, question: Question, chosen: Chosen) -> None:
    st.header("Week by week")
    titles = (session.baseline.title, *dict.fromkeys(each.title for each in chosen.projections))
    ends = {each.title: chance_at_end(question, each) for each in (session.baseline, *chosen.projections)}
    chances = "; ".join(f"{title} {percent(value)}" for title, value in ends.items())
    table = overlay_table(session, question, chosen.projections)
    alt = f"{begun(asked_words(question))}, week by week. After {session.state.horizon} weeks: {chances}."
    st.vega_lite_chart(table, dict(overlay_spec(titles)), alt=alt, key="chart.overlay", width="stretch")


def _show_fans(session: SeriesSession, chosen: Chosen) -> None:
    """Show a small fan for each scenario, all on one scale."""
    st.header("Attacks per week")
    st.caption(
        glued("Median, 50 % and 90 % intervals of each scenario, with the baseline dashed; all on the same scale.")
    )
    tables = [fan_table(session, each, past_weeks=PAST_WEEKS) for each in chosen.projections]
    highest = max((value for table in tables for value in table.column("high_90").to_pylist() if value), default=1.0)
    spec = dict(fan_spec(height=SMALL, legend=False, top=ROOM * highest))
    for row in batched(zip(chosen.projections, tables, strict=True), IN_A_ROW, strict=False):
        for column, (projection, table) in zip(st.columns(IN_A_ROW), row, strict=False):
            with column:
                st.markdown(f"**{literal(projection.title)}**")
                mean = projection.paths.count[:, 0, -1].mean()
                alt = f"Weekly attacks under “{projection.title}” over the baseline; {mean:.1f} on average at the end."
                st.vega_lite_chart(table, spec, alt=alt, width="stretch")


@st.fragment
def _show_mixture(at: Screen, question: Question, scenarios: Sequence[Scenario]) -> None:
    """Show weights to move, and the answer of the mixture."""
    st.header("Weight the scenarios")
    st.caption("Set how likely each one is; the result is their weighted average.")
    parts = (baseline(), *scenarios)
    weights = current().weights if len(current().weights) == len(parts) else (1,) * len(parts)
    columns = st.columns(2)
    for place, (each, weight) in enumerate(zip(parts, weights, strict=True)):
        with columns[place % 2]:
            key = bind(f"weight.{place}", weight)
            share = glued(f"{100 * weight / max(sum(weights), 1):.0f} %")
            st.slider(f"{each.title} · {share}", 0, 10, key=key, on_change=_weighed, args=(weights, place, scenarios))
    if not any(weights):
        st.info("Give at least one scenario a weight above 0.")
        return
    mixed = mixture(parts, weights)
    found = answer(at.run, current().series, question, mixed)
    at_rest, series = mixed.id == BASELINE, series_name(current().series)
    st.markdown(
        answer_words(found, question, title=mixed.title, series=series, is_baseline=at_rest, of=counted_in(mixed))
    )
    st.button("Open in the lab", key="weigh.lab", on_click=_to_the_lab, args=(mixed,), disabled=at_rest)
    publish()


def _weighed(weights: tuple[int, ...], place: int, scenarios: Sequence[Scenario]) -> None:
    """Take a weight into the view, with the scenarios that the weights are of: a link then holds both."""
    moved = st.session_state[f"weight.{place}"]
    move(weights=(*weights[:place], moved, *weights[place + 1 :]), beside=tuple(scenarios))


def _to_the_lab(mixed: object) -> None:
    move(scenario=mixed)
    say("The weighted average is now the scenario in the lab.")


def _show_sensitivity(at: Screen, question: Question) -> None:
    """Show how far each driver moves the answer, one at a time."""
    st.header("Sensitivity")
    st.caption(
        "Tornado chart: each driver is changed on its own, up and down. Bars show the change from the baseline in "
        f"points; thin lines, its {glued('90 % interval')}."
    )
    moves = sensitivity_of(at.run, current().series, question)
    spec = dict(tornado_spec(tuple(each.move.way for each in moves)))
    st.vega_lite_chart(tornado_table(moves), spec, alt=words_of(moves), key="chart.tornado", width="stretch")
    with st.expander("Show as a table"):
        moved = [(each.answer, each.move.way, each.move.scenario.assumptions) for each in moves]
        st.table([sensitivity_row(found, way=way, assumed=assumed) for found, way, assumed in moved])


def _show_standard(session: SeriesSession, chosen: Chosen) -> None:
    """Show the standard horizons for every scenario."""
    st.header("Standard horizons")
    document = session.document(chosen.projections)
    for asked in document.asked_of(session.series):
        words = f"**{HEADLINE[asked]}** by the end of the week; change from the baseline in points, 90 % interval"
        st.markdown(glued(words))
        show_numbers(chance_rows(document, asked, session.series), key=asked.replace(" ", "-"))
