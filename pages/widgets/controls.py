"""The controls of the lab: each shows one part of the scenario in hand and, moved, replaces it in the view.

A control that is at rest adds nothing. What no control can show is described in words and can be removed.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import streamlit as st

from lull.pages.panels.ceasefire_control import show_ceasefire
from lull.pages.panels.event_controls import day_of, show_events
from lull.pages.panels.folded_panel import folded_panel
from lull.pages.widgets.session import bind, current, move, put
from lull.scenarios.beliefs.assumed import as_believed
from lull.scenarios.engine.series_session import OpenRun
from lull.scenarios.language import spec
from lull.scenarios.language.description import in_words
from lull.scenarios.language.draft import (
    CEASEFIRE,
    REPORTING,
    SCALES,
    in_slot,
    others,
    own_branches,
    without,
)
from lull.scenarios.language.spec import Scenario
from lull.scenarios.presentation.wording import glued, literal, percent

FACTORS = (0.25, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
DIMENSIONS = ("deterrence", "pressure", "mobilisation")
SCALE_NAMES = {
    "intensity": ("Attack rate when active", "Multiplies the expected number of attacks of every active week."),
    "halt_hazard": ("Odds of a pause starting", "Multiplies the weekly odds that an active group halts."),
    "resumption_hazard": ("Odds of resuming", "Multiplies the weekly odds that a halted group resumes."),
}
UNIT = "Scale: 1 = one event of the highest salience this week; 0 = none."
MODES = {"scheduled": "Scheduled", "hold": "Hold", "scale": "Scale", "ramp": "Ramp"}


def show_controls(opened: OpenRun) -> None:
    """Show the controls of the scenario in hand."""
    scenario, known = current().scenario, opened.state.covariates
    if CEASEFIRE in known:
        show_ceasefire(scenario, opened)
    if drivers := [name for name in DIMENSIONS if name in known]:
        show_events(scenario, opened, drivers)
        panel = folded_panel("Deterrence, pressure, mobilisation", key="open.drivers", used=_any(scenario, drivers))
        if panel.open:
            with panel:
                st.caption(UNIT)
                for name in drivers:
                    _show_driver(scenario, opened, name)
    panel = folded_panel("Rates and reporting", key="open.pace", used=_any(scenario, (*SCALES, REPORTING)))
    if panel.open:
        with panel:
            for kind in SCALES:
                _show_factor(scenario, kind)
            _show_reporting(scenario)
    _show_rest(scenario)


def _any(scenario: Scenario, slots: Sequence[str]) -> bool:
    return any(in_slot(scenario, slot) is not None for slot in slots)


def _show_driver(scenario: Scenario, opened: OpenRun, name: str) -> None:
    """Show one covariate: as scheduled, held, scaled or ramped."""
    now = in_slot(scenario, name)
    mode = "scheduled" if now is None else now.action
    moved = partial(_driver_moved, name, opened)
    key = bind(f"{name}.mode", mode)
    choose = partial(st.segmented_control, name.capitalize(), list(MODES), format_func=MODES.__getitem__, required=True)
    choose(key=key, on_change=moved)
    if now is None:
        return
    size = now.factor if mode == "scale" else now.value
    label, top = ("Factor", 3.0) if mode == "scale" else ("Value", 4.0)
    key = bind(f"{name}.size", min(size.exactly, top))
    st.slider(f"{label} ({name})", 0.0, top, step=0.1, key=key, on_change=moved)
    if mode == "ramp":
        bind(f"{name}.days", (day_of(now.start, opened), day_of(now.until, opened)))
        first, last = opened.first_day, opened.last_day
        st.slider(f"Ramp from, to ({name})", first, last, key=f"{name}.days", format="D MMM", on_change=moved)


def _driver_moved(name: str, opened: OpenRun) -> None:
    """Replace a covariate's intervention by what its control says."""
    widgets, now = st.session_state, in_slot(current().scenario, name)
    mode = widgets[f"{name}.mode"]
    same = now is not None and now.action == mode
    size = widgets.get(f"{name}.size") if same else None
    size = size if size is not None else {"scale": 0.5}.get(mode, 1.0)
    make = partial(spec.Covariate, kind="covariate", action=mode, covariate=name)
    if mode == "scale":
        put(name, make(factor=size))
    elif mode == "hold":
        put(name, make(value=size))
    elif mode == "ramp":
        usual = (opened.first_day, opened.first_day + timedelta(weeks=8))
        start, until = widgets[f"{name}.days"] if same and f"{name}.days" in widgets else usual
        put(name, make(value=size, start=start, until=until))
    else:
        put(name, None)


def _show_factor(scenario: Scenario, kind: str) -> None:
    now, (label, words) = in_slot(scenario, kind), SCALE_NAMES[kind]
    value = 1.0 if now is None else now.factor.exactly
    options = sorted({*FACTORS, value})
    key = bind(f"{kind}.factor", value)
    slide = partial(st.select_slider, label, options, format_func=lambda each: f"× {each:g}", help=words)
    slide(key=key, on_change=_factor_moved, args=(kind,))


def _factor_moved(kind: Any) -> None:
    factor = st.session_state[f"{kind}.factor"]
    put(kind, None if factor == 1 else spec.Scale(kind=kind, factor=factor))


def _show_reporting(scenario: Scenario) -> None:
    now = in_slot(scenario, REPORTING)
    key = bind("reporting.share", 100 if now is None else round(100 * now.share))
    words = "Attacks go on as before, and only this share of them is claimed, relative to the past."
    st.slider(
        "Share of attacks claimed", 0, 100, step=5, format="%d %%", help=words, key=key, on_change=_reporting_moved
    )


def _reporting_moved() -> None:
    share = st.session_state["reporting.share"] / 100
    put(REPORTING, None if share == 1 else spec.Reporting(kind="reporting", share=share))


def _show_rest(scenario: Scenario) -> None:
    """Show what no control can: in words, each with a way to take it away."""
    rest, branches = others(scenario), own_branches(as_believed(scenario, current().beliefs))
    if not rest and not branches:
        return
    with st.container(border=True):
        st.markdown("**Other assumptions**")
        for place, each in enumerate(rest):
            words, button = st.columns([5, 1])
            words.caption(literal(in_words(each)))
            button.button(
                "", icon=":material/delete:", key=f"rest.{place}", help="Remove", type="tertiary",
                on_click=_rest_removed, args=(each,),
            )  # fmt: skip
        for branch in branches:
            st.caption(glued(f"{percent(branch.probability)}: {literal(branch.title)}"))


def _rest_removed(intervention: spec.Intervention) -> None:
    move(scenario=without(current().scenario, intervention))
