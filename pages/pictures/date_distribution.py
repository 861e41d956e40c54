"""When what is asked comes: its chance by each day as a picture, the quartiles in words, and all days as a file."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from lull.pages.panels.folded_table import csv_of
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.questions import Question
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.presentation.answer_words import come_words
from lull.scenarios.presentation.compare_charts import overlay_spec
from lull.scenarios.presentation.curves import daily_table
from lull.scenarios.presentation.wording import glued, literal, percent, series_name
from lull.scenarios.results.percentiles import SHOWN, daily_chances, date_percentiles

QUARTILES = {25: "lower quartile", 50: "median", 75: "upper quartile"}


def show_date_distribution(session: SeriesSession, question: Question, projections: Sequence[Projection]) -> None:
    """Show the distribution of the day on which what is asked comes, over the whole horizon."""
    last = session.open_run.last_day
    st.header("When it comes")
    st.markdown(f"**{literal(come_words(question))}** ({literal(series_name(session.series))})")
    st.markdown(_sentence(question, projections[0], last))
    titles = tuple(dict.fromkeys(each.title for each in projections))
    table = daily_table(question, projections)
    ends = "; ".join(f"{each.title} {percent(_by(question, each, last))}" for each in projections)
    alt = f"{come_words(question)}, by day. By {last:%-d %B %Y}: {ends}."
    st.vega_lite_chart(table, dict(overlay_spec(titles)), alt=alt, key="chart.date", width="stretch")
    st.caption(f"The day by which the chance reaches each level; “later” means after {last:%-d %B %Y}.")
    rows = [
        {"scenario": each.title, **{glued(f"{level} %"): _short(day) for level, day in found.items()}}
        for each in projections
        for found in (date_percentiles(question, each, SHOWN),)
    ]
    st.dataframe(rows, hide_index=True)  # wider than a phone: it scrolls by keyboard too
    name = f"by-day-{session.open_run.run.run_id[:6]}.csv"
    text = csv_of(_by_day(session, question, projections))
    st.download_button("Download the chance by day", text, name, "text/csv", on_click="ignore")


def _sentence(question: Question, baseline: Projection, last: date) -> str:
    """Return the quartiles of the baseline in words."""
    days = date_percentiles(question, baseline, tuple(QUARTILES))
    parts = [
        f"{QUARTILES[level]} **{f'{day:%-d %B %Y}' if day else f'after {last:%-d %B %Y}'}**"
        for level, day in days.items()
    ]
    whole = f"The chance by {last:%-d %B %Y}, the last day ahead, is {percent(_by(question, baseline, last))}"
    return glued(f"As scheduled: {', '.join(parts)}. {whole}.")


def _by(question: Question, projection: Projection, day: date) -> float:
    return daily_chances(question, projection)[day]


def _by_day(session: SeriesSession, question: Question, projections: Sequence[Projection]) -> list[dict[str, object]]:
    """Return a row for each scenario and day."""
    run, what = session.open_run.run, {"question": come_words(question), "series": session.series}
    return [
        what
        | {"scenario": each.title, "date": day, "chance_by_then": f"{chance:.5f}"}
        | {"as_of": run.record["as_of"], "run_id": run.run_id}
        for each in projections
        for day, chance in daily_chances(question, each).items()
    ]


def _short(day: date | None) -> str:
    return f"{day:%-d %b %y}".replace(" ", "\N{NO-BREAK SPACE}") if day else "later"
