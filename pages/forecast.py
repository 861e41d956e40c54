"""The screen of a run: one question in words, its answer, the pictures and tables behind it, and how far to trust it.

Everything shown is read from the forecast kept with the run; the choices stand in the address: a view is a link.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from data.schema import InputError
from model.store import Run, Store
from scenarios.charts import chance_chart, fan_chart
from scenarios.document import Asked, ForecastDocument
from scenarios.kept import KeptForecast, Request, find_kept
from scenarios.standard import standard_request
from scenarios.wording import (
    LEVERS,
    answer_sentence,
    chance_rows,
    change_in_points,
    lever_rows,
    literal,
    percent,
    series_sentence,
    week_rows,
)

KEPT_DOCUMENTS = 16  # parsed answers held in memory, for all who look at the page
ASKED: dict[Asked, str] = {"any attack": "At least one attack", "resumption": "Resumption"}


def show_forecast(runs: Sequence[Run]) -> None:
    """Show the forecast of the chosen run."""
    place = st.container()
    run = _choose_run(runs) if len(runs) > 1 else runs[0]
    try:
        document = _document(str(run.folder), run.run_id)
    except InputError as error:
        st.error(f"This run can not be shown. {error}")
        return
    with place:
        st.title(literal(document.subject))
        known = f"When attacks pause and resume, as known on {document.as_of:%-d %B %Y}."
        st.caption(f"{known} {document.claims}")
        _show_verdict(document)
    series, scenario = _choices(document)
    _show_answer(document, scenario, series)
    _show_charts(document, scenario, series)
    _show_tables(document, series)
    _show_evidence(document)


def _choose_run(runs: Sequence[Run]) -> Run:
    """Return the run that the reader chose, by default the newest."""
    names = {run.run_id: f"{run.record['as_of']} · {run.run_id[:8]} · {run.record['grade']}" for run in runs}
    chosen = _chosen("Run", names, key="run", usual=runs[0].run_id)
    return next(run for run in runs if run.run_id == chosen)


def _choices(document: ForecastDocument) -> tuple[str, str]:
    """Return the series and the scenario that the reader chose."""
    left, right = st.columns(2)
    series = {one.name: one.name for one in document.series}
    titles = {scenario.id: scenario.title for scenario in document.scenarios}
    with left:
        name = _chosen("Series", series, key="series", usual=document.series[0].name)
    with right:  # the baseline is shown beside every other anyway
        usual = document.scenarios[min(1, len(titles) - 1)].id
        return name, _chosen("Scenario", titles, key="scenario", usual=usual)


def _chosen(label: str, options: Mapping[str, str], *, key: str, usual: str) -> str:
    """Return the option that the reader chose (id: label), which the address remembers under its id."""
    if st.session_state.get(key) not in options:
        named = st.query_params.get(key)
        st.session_state[key] = named if named in options else usual
    chosen: str = st.selectbox(label, list(options), format_func=lambda option: options[option], key=key)
    st.query_params[key] = chosen
    return chosen


@st.cache_data(max_entries=KEPT_DOCUMENTS, show_spinner=False)
def _document(folder: str, run_id: str) -> ForecastDocument:
    """Return the standard forecast of a run: kept with it, or computed now."""
    run = Store(Path(folder).parent).find(run_id)
    assert run is not None
    request = standard_request(run)
    return (find_kept(run, request) or _computed(run, request)).document()


def _computed(run: Run, request: Request) -> KeptForecast:
    """Return a forecast that was not asked for before; simulates, and samples nothing."""
    with st.spinner("Projecting the scenarios"):
        from scenarios.forecast import make_forecast  # noqa: PLC0415 - takes seconds; a kept one does without

        return make_forecast(run, request, progress=lambda _step, _done, _total: None)


def _show_verdict(document: ForecastDocument) -> None:
    """Show a warning above every number if the sampler's verdict is not good."""
    convergence = document.convergence
    reasons = f"{'; '.join(convergence.reasons)}. {convergence.advice}"
    if not convergence.usable:
        st.error(f"**These numbers may not be used**: {reasons}")
    elif convergence.grade != "good":
        st.warning(f"**Doubtful**: {reasons}")


def _show_answer(document: ForecastDocument, scenario: str, series: str) -> None:
    """Show the answer in a sentence and four figures."""
    note = next(one for one in document.scenarios if one.id == scenario)
    st.markdown(answer_sentence(document, scenario, series))
    st.caption(f"**Assumptions.** {literal(note.assumptions)}")
    horizons = document.headline_horizons
    for column, horizon in zip(st.columns(len(horizons)), horizons, strict=True):
        chance = document.chance("any attack", scenario, series, horizon)
        column.metric(
            f"Attack by {chance.by:%-d %b %Y}",
            percent(chance.probability),
            change_in_points(chance) if note.departs is not None else None,
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="Chance of at least one attack; below it the paired difference from the baseline.",
        )


def _show_charts(document: ForecastDocument, scenario: str, series: str) -> None:
    """Show the past and the fan, and the chance of a resumption by week."""
    st.subheader("Attacks per week")
    st.write(series_sentence(document, series))
    st.altair_chart(fan_chart(document, scenario, series), width="stretch")
    st.subheader("Chance of a resumption, by week")
    st.altair_chart(chance_chart(document, "resumption", scenario, series), width="stretch")


def _show_tables(document: ForecastDocument, series: str) -> None:
    """Show the numbers of every scenario."""
    st.subheader("Every scenario")
    first = document.scenarios[0].title
    for asked, title in ASKED.items():
        st.markdown(f"**{title}, by the end of the week** (difference from “{first}” in points, 90 % interval)")
        st.dataframe(chance_rows(document, asked, series), hide_index=True)
    st.markdown("**Attacks in the week**: median, 50 % interval, 90 % interval")
    st.dataframe(week_rows(document, series), hide_index=True)


def _show_evidence(document: ForecastDocument) -> None:
    """Show what the counts were made from, which reports disagree, and the verdict on the sampler."""
    evidence, convergence = document.evidence, document.convergence
    st.subheader("Evidence and convergence")
    days = f"{evidence.first_day:%-d %B %Y} to {evidence.last_day:%-d %B %Y}"
    if evidence.kind == "counts":
        st.write(f"Weekly counts as given, {days}.")
    else:
        st.write(f"{evidence.known} reports known, {evidence.used} used, {days}.")
        with st.expander(f"Set aside: {sum(evidence.set_aside.values())} reports"):
            st.dataframe([{"reason": why, "reports": n} for why, n in evidence.set_aside.items()], hide_index=True)
        with st.expander(f"In tension: {len(evidence.tension)} reports that the others speak against"):
            st.write("They are kept, and weighed by their likely error.")
            st.dataframe([row.model_dump(mode="json") for row in evidence.tension], hide_index=True)
    with st.expander("What the data taught about each lever"):
        st.write(LEVERS)
        st.dataframe(lever_rows(document), hide_index=True)
    figures = f"R-hat {convergence.rhat:.3f}, {convergence.ess_bulk:.0f} effective draws, {convergence.draws:,} draws"
    st.write(f"Sampler: **{convergence.grade}**. {'; '.join(convergence.reasons)}. ({figures}; run {document.run_id})")
