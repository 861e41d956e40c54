"""What I believe: for each driver a question in plain units, beside what the record says; answered at once.

A moved slider replaces the belief in the view, and the lab weighs the draws of the run by it. Where they do not carry
it the old answer stays, marked, and a fit in the background is offered.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from lull.batch.fit_queue import start
from lull.data.evidence import Evidence, embedded_evidence
from lull.data.files import file_checksum
from lull.data.schema import InputError
from lull.model.runs.store import Run
from lull.model.spec import Normal
from lull.pages.panels.folded_panel import folded_panel
from lull.pages.widgets.beliefs.assumed_panel import has_assumed, show_assumed
from lull.pages.widgets.beliefs.belief_board import show_chips, show_readers
from lull.pages.widgets.beliefs.kept_beliefs import believe, show_kept
from lull.pages.widgets.layout import Screen
from lull.pages.widgets.run_cache import believed_run
from lull.pages.widgets.session import bind, current, move
from lull.pages.widgets.user_folders import reader_cabinet, reader_store
from lull.pages.widgets.view import NOTHING_OWN
from lull.scenarios.beliefs.believed_run import fitted_beliefs
from lull.scenarios.beliefs.plain_units import LEVELS, effect_of, plain, plain_quantiles
from lull.scenarios.beliefs.question_words import NAMES, TITLES, belief_words, question_words, without_words
from lull.scenarios.beliefs.reader_beliefs import FIELDS
from lull.scenarios.presentation.wording import literal
from lull.scenarios.results.evidence_used import driver_effects

DRIVER = "belief.driver"
LEAST, MOST, STEP = 0.05, 5.0, 0.05  # factors of the attacks that a slider reaches
QUICK = {"Half as strong": 0.5, "No effect": 0.0, "Twice as strong": 2.0}
WIDTH = LEVELS["q95"] - LEVELS["q05"]  # of the likely range, in standard deviations


def show_beliefs(at: Screen) -> None:
    """Show the questions of one driver at a time, and what becomes of the beliefs."""
    drivers = [name for name in at.opened.state.covariates if name in NAMES]
    if not drivers and not has_assumed():
        return
    beliefs = current().beliefs
    panel = folded_panel("What I believe", key="open.beliefs", used=bool(beliefs))
    if not panel.open:
        return
    with panel:
        try:
            fitted_beliefs(at.fitted, next(iter(TITLES)))
        except InputError as error:
            st.caption(literal(str(error)))
            return
        if drivers:
            _show_drivers(at, drivers)
        show_assumed()
        show_kept()
        if beliefs:
            st.button("Reset to the record", key="belief.reset", on_click=_reset, width="stretch")
        if beliefs.effects:
            _show_fit(at)


def _show_drivers(at: Screen, drivers: list[str]) -> None:
    """Show the questions of one driver, and other ways to a belief about it."""
    beliefs = current().beliefs
    st.caption("In place of what recorded cases of other actors say. Nine in ten of what you expect is in the range.")
    usual = next((name for name, _, _ in beliefs.effects if name in drivers), drivers[-1])
    if st.session_state.get(DRIVER) not in drivers:
        st.session_state[DRIVER] = "ceasefire" if "ceasefire" in drivers and not beliefs.effects else usual
    driver = st.selectbox(
        "Driver", drivers, format_func=lambda name: NAMES[name][:1].upper() + NAMES[name][1:], key=DRIVER
    )
    _show_quick(at.fitted, driver)
    for mechanism in TITLES:
        _show_question(at, driver, mechanism)
    show_chips(driver)
    show_readers(drivers)


def _record(run: Run, driver: str, mechanism: str) -> Normal:
    """Return what a run was fitted with."""
    return fitted_beliefs(run, mechanism).get(driver, Normal(0.0, 0.5))


def _held(run: Run, driver: str, mechanism: str) -> Normal:
    """Return what the reader believes: by default what the run was fitted with."""
    return current().beliefs.of(driver, mechanism) or _record(run, driver, mechanism)


def _show_quick(run: Run, driver: str) -> None:
    with st.container(horizontal=True):
        for label, factor in QUICK.items():
            st.button(label, key=f"belief.{factor}", on_click=_scaled, args=(run, driver, factor))


def _scaled(run: Run, driver: str, factor: float) -> None:
    """Believe all effects of a driver to be so many times what the run was fitted with; their spread stays."""
    beliefs = current().beliefs
    for mechanism in FIELDS:
        was = _record(run, driver, mechanism)
        beliefs = beliefs.believing(driver, mechanism, Normal(round(factor * was.mean, 4), was.sd))
    believe(beliefs)


def _reset() -> None:
    move(beliefs=NOTHING_OWN)


def _show_question(at: Screen, driver: str, mechanism: str) -> None:
    """Show one question: a slider of the median and one of the likely range, and what record and data say."""
    held, record = _held(at.fitted, driver, mechanism), _record(at.fitted, driver, mechanism)
    st.markdown(f"**{TITLES[mechanism]}.** {question_words(driver, mechanism)}")
    low, middle, high = plain_quantiles(mechanism, held, driver).values()
    keys = f"belief.{mechanism}.median", f"belief.{mechanism}.range"
    moved = partial(_moved, at.fitted, driver, mechanism, keys)
    shown, limits, unit = _slider(mechanism)
    bind(keys[0], shown(middle))
    bind(keys[1], (shown(low), shown(high)))
    for key, what in zip(keys, ("most likely", "likely range"), strict=True):
        st.slider(f"{TITLES[mechanism]}{unit}: {what}", *limits, key=key, on_change=moved)
    said = f"The record: {belief_words(record, driver, mechanism)}; {without_words(driver, mechanism)}."
    st.caption(f"{said} {_after(at, driver, mechanism)}")


def _after(at: Screen, driver: str, mechanism: str) -> str:
    """Return what these data make of it."""
    found = (row for row in driver_effects(at.run) if (row.covariate, row.on) == (driver, mechanism))
    row = next(found, None)
    if row is None:
        return ""
    low, middle, high = (plain(mechanism, each, driver) for each in (row.low, row.median, row.high))
    if mechanism == "intensity":
        return f"After these data: × {middle:.2f} [{low:.2f}, {high:.2f}]."
    return f"After these data: {100 * middle:.0f} of 100 [{100 * low:.0f}, {100 * high:.0f}]."


def _moved(run: Run, driver: str, mechanism: str, keys: tuple[str, str]) -> None:
    """Take the belief that a moved slider says: a median keeps the spread, a range says both."""
    held, record = _held(run, driver, mechanism), _record(run, driver, mechanism)
    low, middle, high = plain_quantiles(mechanism, held, driver).values()
    shown, _, _ = _slider(mechanism)
    median, ends = st.session_state[keys[0]], st.session_state[keys[1]]
    if median != shown(middle):
        belief = Normal(_effect(median, driver, mechanism), held.sd)
    elif ends != (shown(low), shown(high)):
        first, last = (_effect(end, driver, mechanism) for end in ends)
        belief = Normal(round((first + last) / 2, 4), round(max((last - first) / WIDTH, 0.05), 4))
    else:
        return
    believe(current().beliefs.believing(driver, mechanism, None if belief == record else belief))


def _effect(value: float, driver: str, mechanism: str) -> float:
    """Return the effect that a place of a slider says; the furthest that there is where none reaches it."""
    said = value if mechanism == "intensity" else value / 100
    try:
        return round(effect_of(mechanism, said, driver), 4)
    except ValueError:
        return -3.0 if said < plain(mechanism, 0.0, driver) else 3.0


def _slider(mechanism: str) -> tuple[Callable[[float], float], tuple[float, float, None, float], str]:
    """Return how a slider shows a plain value, its limits and step, and its unit in words."""
    if mechanism == "intensity":
        return _factor, (LEAST, MOST, None, STEP), ", times"
    return _of_100, (1, 99, None, 1), ", of 100"


def _factor(factor: float) -> float:
    return min(max(round(round(factor / STEP) * STEP, 2), LEAST), MOST)


def _of_100(chance: float) -> int:
    return min(max(round(100 * chance), 1), 99)


def _show_fit(at: Screen) -> None:
    """Show how far the draws carry the beliefs about drivers; where they do not, a fit in their place."""
    beliefs = current().beliefs
    if not beliefs.effects:
        return
    try:
        found = believed_run(at.fitted, beliefs)
    except InputError:
        return
    st.caption(f"{found.weighing.words}.")
    fits = [run for run in at.runs if run.record.get("beliefs") == beliefs.fitted.document() and _same(run, at.fitted)]
    if fits:
        st.button("Show the fit with these beliefs", key="belief.open", on_click=_open, args=(fits[0].run_id,))
    elif found.run is None:
        st.button("Fit with these beliefs", type="primary", key="belief.fit", on_click=_start, args=(at.fitted,))
        if words := st.session_state.pop("belief.failed", ""):
            st.error(words)


def _same(one: Run, other: Run) -> bool:
    """Return whether two runs are of the same evidence."""
    first, second = (run.record.get("plan", {}).get("evidence") for run in (one, other))
    return first is not None and first == second


def _open(run_id: str) -> None:
    beliefs = current().beliefs
    move(run_id=run_id, beliefs=replace(NOTHING_OWN, forks=beliefs.forks, salience=beliefs.salience))


def _start(run: Run) -> None:
    """Start a fit of the evidence of a run with the reader's beliefs, in the background."""
    evidence = _evidence_of(run)
    if evidence is None:
        words = "The files of this run are not at hand: `lull fit --priors beliefs.toml` with them makes the fit."
        st.session_state["belief.failed"] = words
        return
    try:
        start(evidence, reader_store(), beliefs=current().beliefs)
    except InputError as error:
        st.session_state["belief.failed"] = f"The fit could not be started. {literal(str(error))}"


def _evidence_of(run: Run) -> Evidence | None:
    """Return the evidence that a run was made from: the embedded case, or files of the reader's; None if not found."""
    said = run.record.get("plan", {}).get("evidence", {})
    paths = {file_checksum(each.path): each.path for each in reader_cabinet().files()}
    embedded = embedded_evidence()
    paths |= {file_checksum(path): path for path in (embedded.reports, embedded.events) if path}
    named: dict[str, Any] = {
        name: paths.get(said.get(name) or "") for name in ("reports", "counts", "events", "covariates")
    }
    as_of, origin = (_day(said.get(name)) for name in ("as_of", "origin"))
    found = Evidence(
        **named,
        as_of=as_of,
        origin=origin,
        faction=said.get("faction", ""),
        fill_zeros=said.get("fill_zeros") == "True",
    )
    return found if found.identity() == said else None


def _day(text: str | None) -> date | None:
    return None if text in (None, "None") else date.fromisoformat(str(text))
