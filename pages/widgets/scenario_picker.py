"""The scenarios set side by side: chosen by the reader, or the usual ones of the run."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from lull.data.schema import InputError
from lull.pages.widgets.layout import Screen
from lull.pages.widgets.scenario_menu import known_scenarios
from lull.pages.widgets.session import bind, current, move
from lull.pages.widgets.view import LONGEST
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.language.spec import BASELINE, Scenario
from lull.scenarios.language.standard import standard_scenarios
from lull.scenarios.presentation.wording import literal

BESIDE = "beside"


@dataclass(frozen=True)
class Chosen:
    """The scenarios that are valid in this run, with their projections; the baseline is not among them."""

    scenarios: tuple[Scenario, ...]
    projections: tuple[Projection, ...]


def choose_scenarios(at: Screen, session: SeriesSession) -> Chosen:
    """Let the reader choose what to set side by side, and return what is valid here."""
    usual, options = beside_of(at), _options(at)
    bind(BESIDE, [name for name, each in options.items() if each in usual])
    st.multiselect(
        "Scenarios compared with the baseline", list(options), format_func=lambda name: options[name].title, key=BESIDE,
        max_selections=LONGEST, on_change=_chosen, args=(options,), placeholder="Choose scenarios",
    )  # fmt: skip
    scenarios, projections = [], []
    for each in usual:
        try:
            projections.append(session.project(each))
            scenarios.append(each)
        except InputError as error:
            first = error.problems[0]
            st.info(literal(f"“{each.title}” does not apply here: expected {first.expected}, found {first.found}."))
    return Chosen(tuple(scenarios), tuple(projections))


def beside_of(at: Screen) -> tuple[Scenario, ...]:
    """Return the scenarios of the view; where nobody chose, the usual ones and the one in hand."""
    view = current()
    if view.beside is not None:
        return view.beside
    usual = [each for each in standard_scenarios(at.run) if each.id != BASELINE]
    here = view.scenario
    return tuple(usual) if here.id == BASELINE or here in usual else (here, *usual)


def _options(at: Screen) -> Mapping[str, Scenario]:
    """Return all that can be chosen: what is kept, and what the view holds, by a name of its own."""
    known = {name: each for name, each in known_scenarios().items() if name != BASELINE}
    held = [each for each in (current().scenario, *beside_of(at)) if each.id != BASELINE]
    for place, each in enumerate(held):
        if each not in known.values():
            known[f"~{place}"] = each
    return known


def _chosen(options: Mapping[str, Scenario]) -> None:
    names = st.session_state[BESIDE]
    move(beside=tuple(options[name] for name in names), weights=())
