"""Dots and whiskers on a screen: drivers, reports against what others imply, scenarios; tables folded below."""

from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from lull.pages.panels.folded_table import show_folded
from lull.scenarios.engine.questions import Answer
from lull.scenarios.presentation.rows import tension_rows
from lull.scenarios.presentation.wording import glued
from lull.scenarios.results.document import DriverEffect, Tension
from lull.scenarios.whiskers.picture import whiskers_spec
from lull.scenarios.whiskers.rows import (
    DRIVERS,
    REPORTS,
    SCENARIOS,
    driver_whiskers,
    labels_of,
    report_whiskers,
    scenario_whiskers,
)

MOST = 20  # reports of a picture


def show_driver_whiskers(effects: Sequence[DriverEffect], *, key: str) -> None:
    """Show record, belief and posterior of each driver as three marks on one line."""
    st.caption(glued("Record, belief and posterior of each driver: median and 90 % interval; 0 is no effect."))
    show_whiskers(driver_whiskers(effects), DRIVERS, "effect, log or logit scale", key=key)


def show_reports_apart(reports: Sequence[Tension], *, key: str) -> None:
    """Show reports against what all others imply, the farthest apart first, and all of them as a table."""
    if not reports:
        return
    farthest = sorted(reports, key=lambda each: -abs(each.residual))[:MOST]
    show_whiskers(report_whiskers(farthest), REPORTS, "attacks in the window of the report", key=key, wide=True)
    show_folded(tension_rows(reports), f"The {len(reports)} reports as a table", key=f"{key}.table")


def show_scenario_whiskers(answers: Sequence[tuple[str, Answer]], *, key: str) -> None:
    """Show the difference of each scenario from the baseline on one scale, in points."""
    if answers:
        show_whiskers(scenario_whiskers(answers), SCENARIOS, "change (points), 90 % interval", key=key)


def show_whiskers(table: pa.Table, kinds: tuple[str, ...], title: str, *, key: str, wide: bool = False) -> None:
    """Show rows with the columns of `WHISKERS` on one scale; nothing where there are none."""
    if not table.num_rows:
        return
    spec = whiskers_spec(labels_of(table), kinds, title=title, wide=wide)
    words = "; ".join(f"{row['label']}, {row['kind']}: {row['shown']}" for row in table.to_pylist())
    st.vega_lite_chart(table, dict(spec), alt=f"{title}. {words}.", key=f"chart.{key}", width="stretch")
