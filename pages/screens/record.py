"""The record: how good the published forecasts were, whose, and what share of the questions the scores know."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from lull.ledger.journal import open_ledger
from lull.ledger.record_charts import reliability_chart
from lull.ledger.record_scores import AHEAD, ALL, KIND, UNDER, Record, record
from lull.ledger.record_tables import Format, export, question_row
from lull.ledger.record_words import WHAT_IT_IS, coverage_sentence, early_sentence, score_row
from lull.pages.widgets.user_folders import reader_store
from lull.scenarios.presentation.wording import literal, percent

NONE = (
    "No forecasts published yet. A published forecast is fixed before its outcome is known and scored here afterwards, "
    "beside a baseline. To publish one, ask it under *Questions* and press *Publish*, or use `lull publish`."
)
FILES: dict[tuple[Format, str, str], str] = {
    ("csv", "forecasts.csv", "text/csv"): "Forecasts and scores (CSV)",
    ("parquet", "forecasts.parquet", "application/vnd.apache.parquet"): "Forecasts and scores (Parquet)",
    ("hub", "hub.zip", "application/zip"): "Hub (hubverse)",
}


def show_record() -> None:
    """Show the record of the reader's ledger; no run is needed."""
    st.title("Record")
    ledger = open_ledger(reader_store())
    for problem in ledger.problems():
        st.warning(f"The ledger is not whole. {literal(str(problem))}")
    made = record(ledger)
    if not made.questions:
        st.write(NONE)
        return
    st.write(f"**{coverage_sentence(made)}** {early_sentence(made)}")
    _show_scores(made)
    _show_reliability(made)
    _show_scenarios(made)
    _show_questions(made)
    _offer_downloads(made)
    st.caption(WHAT_IT_IS)


def _show_scores(made: Record) -> None:
    st.header("Scores")
    if not made.scores:
        st.write("No question is resolved yet: `lull resolve --counts newer.csv` decides them by newer data.")
        return
    st.dataframe([score_row(one) for one in made.scores if one.group == ALL], hide_index=True)
    for title, group in (("By kind of question", KIND), ("By weeks ahead", AHEAD), ("Under scenarios", UNDER)):
        rows = [score_row(one) for one in made.scores if one.group == group]
        if rows:
            with st.expander(title):
                st.dataframe(rows, hide_index=True)


def _show_reliability(made: Record) -> None:
    if not made.reliability:
        return
    st.header("Reliability")
    spec = reliability_chart(made.reliability).to_dict()
    words = str(spec.pop("description"))
    st.vega_lite_chart(spec=spec, alt=words, key="chart.reliability", width="stretch")


def _show_scenarios(made: Record) -> None:
    if not made.scenarios:
        return
    st.header("Scenarios")
    st.write("A forecast under a scenario is scored only if its premise came true.")
    rows = [
        {
            "scenario": one.title or one.scenario,
            "premise": one.premise,
            "published": one.published,
            "came true": one.confirmed,
            "overtaken": one.overtaken,
            "open": one.open,
        }
        for one in made.scenarios
    ]
    st.dataframe(rows, hide_index=True)


def _show_questions(made: Record) -> None:
    st.header("Questions")
    for title, wanted in (("Open", {"open"}), ("Resolved, or void", {"yes", "no", "void"})):
        rows = [_shown(row) for one in made.standings if (row := question_row(one))["outcome"] in wanted]
        if rows:
            st.markdown(f"**{title}**")
            st.dataframe(rows, hide_index=True)


def _shown(row: dict[str, object]) -> dict[str, object]:
    names = ("question", "series", "deadline", "first_published_on", "versions", "outcome", "reason")
    return {name.replace("_", " "): row[name] for name in names} | {"model": percent(float(str(row["chance"])))}


def _offer_downloads(made: Record) -> None:
    for (name, title), column in zip(FILES.items(), st.columns(len(FILES)), strict=True):
        kind, file, mime = name
        content = partial(_file, made, kind, file)
        column.download_button(title, content, file, mime, key=f"record.{file}", on_click="ignore")


def _file(made: Record, kind: Format, name: str) -> bytes:
    """Return a file of the record; a hub is an archive of all of its files."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "record"
        export(made, folder, [kind])
        if kind == "hub":
            return Path(shutil.make_archive(str(Path(scratch) / "hub"), "zip", folder)).read_bytes()
        return (folder / name).read_bytes()
