"""The drivers on a screen: what the record says, what was believed, what these data did to it; scenarios come true."""

from collections.abc import Iterable, Sequence

import streamlit as st

from lull.data.schema import InputError
from lull.evaluation.presentation.scenario_words import NONE_SCORED, record_rows, together_sentence
from lull.evaluation.scenario_record import scored_scenarios, together
from lull.model.runs.store import Run, Store
from lull.pages.panels.folded_table import csv_of
from lull.pages.pictures.whiskers import show_driver_whiskers
from lull.scenarios.drivers.driver_record import COURSE, RECORD, known_rows, moved_effects
from lull.scenarios.presentation.wording import EFFECTS, glued, literal, placebo_sentence
from lull.scenarios.results.document import DriverEffect
from lull.scenarios.results.evidence_used import driver_effects, placebo_of


def show_drivers(run: Run) -> None:
    """Show all drivers of a run, and what placebo calendars say."""
    st.header("What is known of each driver")
    st.write(glued(RECORD))
    st.write(glued(EFFECTS))
    show_driver_whiskers(driver_effects(run), key="drivers")
    with st.expander("The drivers as a table"):
        _show_table(driver_effects(run))
        rows = known_rows(driver_effects(run), picture=False)
        st.download_button(
            "Download CSV", csv_of(rows), "drivers.csv", "text/csv", key="drivers.csv", on_click="ignore"
        )
    st.write(glued(placebo_sentence(placebo_of(run))))


def show_moved_drivers(run: Run, moved: Sequence[str]) -> None:
    """Show the drivers that a scenario moves; nothing where it moves none."""
    effects = moved_effects(driver_effects(run), moved)
    if not effects:
        return
    label = f"What is known of the drivers that it moves: {', '.join(moved).replace('_', ' ')}"
    folded = st.expander(label, key="open.moved", on_change="rerun")
    if folded.open:
        with folded:
            st.write(glued(RECORD))
            show_driver_whiskers(effects, key="drivers.moved")
            _show_table(effects)


def show_scenario_record(store: Store) -> None:
    """Show how good the scenarios were that came true."""
    st.header("Scenarios that came true")
    try:
        scored = scored_scenarios(store)
    except InputError as error:
        st.warning(literal(str(error)))
        return
    whole = together(scored)
    if whole is None:
        st.write(NONE_SCORED)
        return
    st.write(literal(together_sentence(whole)))
    st.dataframe(record_rows(scored), hide_index=True)


def _show_table(effects: Iterable[DriverEffect]) -> None:
    picture = st.column_config.LineChartColumn(COURSE, help="Mean effect in weeks 1-4, 5-13, 14-26 and 27-52 after.")
    st.dataframe(known_rows(effects, picture=True), hide_index=True, column_config={COURSE: picture})
