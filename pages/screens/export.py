"""Everything to export: tables, pictures, the scenario, and the commands that write the same.

A file is made when it is asked for, from the stored run; nothing is kept here.
"""

import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import streamlit as st

from lull.data.schema import InputError
from lull.model.runs.store import Run
from lull.pages.panels.briefing import offer_briefing
from lull.pages.panels.forecast_sites import offer_sites
from lull.pages.widgets.layout import Screen, screen
from lull.pages.widgets.question_form import choose_question
from lull.pages.widgets.run_cache import sensitivity_of, session_of, standing_of
from lull.pages.widgets.scenario_menu import BELIEFS, command_of
from lull.pages.widgets.scenario_picker import Chosen, choose_scenarios
from lull.pages.widgets.session import current
from lull.pages.widgets.view import library_by_name
from lull.scenarios.beliefs.belief_file import toml_of_beliefs
from lull.scenarios.engine.questions import Question
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.language.spec import BASELINE, Scenario, baseline
from lull.scenarios.language.standard import HORIZON, SEED
from lull.scenarios.language.toml_text import toml_of
from lull.scenarios.presentation.answer_words import asked_words, begun
from lull.scenarios.presentation.compare_charts import overlay_spec, tornado_spec, tornado_table
from lull.scenarios.presentation.curves import curve_table, fan_table, has_reference, overlay_table
from lull.scenarios.presentation.lab_charts import Spec, curve_spec, fan_spec
from lull.scenarios.presentation.pictures import Format, picture_file
from lull.scenarios.presentation.wording import literal, series_name
from lull.scenarios.results.export import FORMATS
from lull.scenarios.results.forecast import forecast
from lull.scenarios.results.forecast_cache import Request
from lull.scenarios.timeline.picture import bands_of, timeline_spec
from lull.scenarios.timeline.rows import timeline_table

FILES = {
    "xlsx": ("Workbook (XLSX)", "a sheet for each scenario, its assumptions, where the numbers come from"),
    "csv": ("Table (CSV)", "a row for each scenario, series and week"),
    "hubverse-csv": ("Forecast table (CSV, hubverse)", "quantiles, chances and sample paths in the hubverse format"),
    "hubverse-parquet": ("Forecast table (Parquet, hubverse)", "the same, smaller"),
    "netcdf": ("Draws (NetCDF)", "the posterior and every path under each scenario"),
    "covariates": ("Covariates (CSV)", "the drivers in each week up to the origin, with their intervals"),
    "html": ("Report (HTML)", "one page to print or send, with its pictures inside"),
}
MIME = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".nc": "application/x-netcdf",
    ".html": "text/html",
}


def show_export() -> None:
    """Show what can be exported."""
    with screen("Export") as at:
        question = choose_question(at)
        session = session_of(at.run, current().series)
        chosen = choose_scenarios(at, session)
        _offer_briefing(at, chosen)
        _show_files(at, chosen, question)
        _show_pictures(at, session, question, chosen)
        _show_scenarios(chosen)
        _show_beliefs()
        _show_commands(at, chosen)


def _offer_briefing(at: Screen, chosen: Chosen) -> None:
    """Offer a briefing of the scenario in hand, then of those chosen, if they can be projected."""
    here = current().scenario
    scenarios = {each.id: each for each in (here, *chosen.scenarios)}
    try:
        session_of(at.run, current().series).project(here)
        offer_briefing(at.run, current().series, tuple(scenarios.values()), name=_short_id(at.run))
    except InputError as error:
        first = error.problems[0]
        st.warning(literal(f"No briefing: expected {first.expected}, found {first.found}. Change the scenario."))


def _show_files(at: Screen, chosen: Chosen, question: Question) -> None:
    st.header("Tables and files")
    st.caption(f"All series, {HORIZON} weeks, the baseline and the scenarios chosen above. ")
    try:
        request = Request.of(chosen.scenarios, horizon=HORIZON, seed=SEED)
    except InputError as error:
        first = error.problems[0]
        st.warning(literal(f"Expected {first.expected}, found {first.found}. Choose one of the two above."))
        return
    for form, (label, holds) in FILES.items():
        name = Path(FORMATS[form][0])
        button, words = st.columns([2, 3], vertical_alignment="center")
        button.download_button(
            label, partial(_made, at, request, form), f"{name.stem}-{_short_id(at.run)}{name.suffix}",
            MIME[name.suffix], key=f"export.{form}", on_click="ignore", width="stretch",
        )  # fmt: skip
        words.caption(holds)
    offer_sites(at.run, request, question, current().series, name=_short_id(at.run))


def _short_id(run: Run) -> str:
    """Return the beginning of the name of a run, and of that of the beliefs in it."""
    fitted, _, beliefs = run.run_id.partition("+")
    return f"{fitted[:6]}-beliefs-{beliefs[:4]}" if beliefs else fitted[:6]


def _made(at: Screen, request: Request, form: str) -> bytes:
    """Return the content of a file."""
    name, write = FORMATS[form]
    made = forecast(at.run, request, progress=lambda _step, _done, _total: None)
    with tempfile.TemporaryDirectory(prefix="lull.") as folder:
        path = Path(folder) / name
        write(made, path)
        return path.read_bytes()


@dataclass(frozen=True)
class _Picture:
    """A picture of a screen: how it looks, its rows, and what it shows in words."""

    spec: Spec
    rows: Callable[[], pa.Table]
    words: str


def _show_pictures(at: Screen, session: SeriesSession, question: Question, chosen: Chosen) -> None:
    st.header("Pictures")
    pictures = _pictures(at, session, question, chosen)
    name = st.selectbox("Picture", list(pictures), key="export.picture")
    picture = pictures[name]
    table = picture.rows()
    st.vega_lite_chart(table, dict(picture.spec), alt=picture.words, width="stretch")
    with st.container(horizontal=True):
        for form in ("svg", "png"):
            file = f"{name.lower().replace(' ', '-').replace(',', '')}-{_short_id(at.run)}.{form}"
            st.download_button(
                f"Download {form.upper()}", _drawer(picture, table, form), file,
                "image/svg+xml" if form == "svg" else "image/png", key=f"export.{form}", on_click="ignore",
            )  # fmt: skip


def _drawer(picture: _Picture, table: pa.Table, form: Format) -> Callable[[], bytes]:
    return partial(picture_file, picture.spec, table, form, words=picture.words)


def _pictures(at: Screen, session: SeriesSession, question: Question, chosen: Chosen) -> Mapping[str, _Picture]:
    """Return the pictures of the screens, of the scenario in hand or of all that are chosen."""
    scenario = current().scenario
    try:
        projection = session.project(scenario)
    except InputError:
        scenario, projection = baseline(), session.baseline
    timeline = timeline_table(standing_of(at.run, session.series, None), session, projection, scenario)
    alone, series = projection is session.baseline, series_name(session.series)
    moves = sensitivity_of(at.run, session.series, question)
    titles = (session.baseline.title, *dict.fromkeys(each.title for each in chosen.projections))
    asked = begun(asked_words(question))
    return {
        "Attacks per week, ahead": _Picture(
            fan_spec(alone=alone),
            lambda: fan_table(session, projection),
            f"Attacks per week ({series}), {projection.title}",
        ),
        "Timeline": _Picture(
            timeline_spec(bands_of(timeline)),
            lambda: timeline,
            f"Attacks, events, chance of a pause and drivers ({series}), {projection.title}",
        ),
        "Chance by week": _Picture(
            curve_spec(alone=alone, reference=has_reference(session, question)),
            lambda: curve_table(session, question, projection),
            f"{asked} ({series}), {projection.title}",
        ),
        "Scenarios side by side": _Picture(
            overlay_spec(titles), lambda: overlay_table(session, question, chosen.projections), f"{asked} ({series})"
        ),
        "Sensitivity": _Picture(
            tornado_spec(tuple(each.move.way for each in moves)), lambda: tornado_table(moves),
            f"{asked} ({series}): each driver changed on its own, in points",
        ),
    }  # fmt: skip


def _show_scenarios(chosen: Chosen) -> None:
    st.header("Scenarios")
    here = current().scenario
    scenarios = {each.id: each for each in (here, *chosen.scenarios) if each.id != BASELINE}
    if not scenarios:
        st.info("No scenario is selected: change a setting in the lab, or choose one above.")
        return
    name = st.selectbox(
        "Scenario", list(scenarios), format_func=lambda one: scenarios[one].title, key="export.scenario"
    )
    st.caption(literal(scenarios[name].assumptions))
    text = toml_of(scenarios[name])
    st.download_button("Download TOML", text, f"{name}.toml", "application/toml", key="export.toml", on_click="ignore")


def _show_beliefs() -> None:
    """Show the file of the reader's beliefs."""
    if beliefs := current().beliefs:
        st.header("Your beliefs")
        st.caption("The file that the commands below read. A workbook, report or NetCDF file says whose they are.")
        text = toml_of_beliefs(beliefs)
        st.download_button(
            f"Download {BELIEFS}", text, BELIEFS, "application/toml", key="export.beliefs", on_click="ignore"
        )


def _show_commands(at: Screen, chosen: Chosen) -> None:
    st.header("The same on the command line")
    st.caption("Scenarios that are not in the library are read from their TOML files, downloaded above.")
    st.code(command_of(current()), language="bash", wrap_lines=True)
    st.code(
        export_command(at.fitted.run_id, chosen.scenarios, believing=not at.run.is_kept),
        language="bash",
        wrap_lines=True,
    )


def export_command(run_id: str, scenarios: Sequence[Scenario], *, believing: bool = False) -> str:
    """Return the command that writes the same files, `believing` what the reader's file of beliefs says."""
    words = ["lull", "export", run_id[:8], "--out", "out"]
    for each in scenarios or (baseline(),):
        kept = library_by_name().get(each.id) == each
        words += ["--scenario", each.id if kept else f"{each.id}.toml"]
    words += ["--priors", BELIEFS] if believing else []
    return shlex.join([*words, *(word for form in FILES for word in ("--format", form))])
