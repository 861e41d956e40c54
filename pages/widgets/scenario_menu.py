"""Keeping a scenario: start from another, share it as a link, save it by name, take it along as a file.

Saved scenarios lie in the reader's own folder; with a log-in each reader has another one.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from lull.data.schema import InputError
from lull.model.runs.store import Run
from lull.pages.panels.run_notes import offer_snapshot
from lull.pages.widgets.session import bind, current, move, say
from lull.pages.widgets.user_folders import reader_shelf
from lull.pages.widgets.view import View, library_by_name, packed, to_link
from lull.scenarios.beliefs.belief_file import toml_of_beliefs
from lull.scenarios.language.draft import CHANGED, DRAFT
from lull.scenarios.language.scenario_files import parse_scenario
from lull.scenarios.language.spec import BASELINE, Removal, Scenario
from lull.scenarios.language.toml_text import toml_of
from lull.scenarios.presentation.wording import literal

BELIEFS = "beliefs.toml"
HERE = "~here"  # the choice that stands for a scenario that is kept nowhere
MOST_MEGABYTES = 1
DOOMED, FOLLOWED = "own.doomed", "own.followed"  # the scenario asked about before it is deleted; the one last in hand


def known_scenarios() -> dict[str, Scenario]:
    """Return all scenarios that can be projected by name: what is scheduled, the library's, the reader's own.

    Those of the library that look back are left out: they rewrite what is on record, and have no weeks ahead.
    """
    ahead = {name: each for name, each in library_by_name().items() if not looks_back(each)}
    return {**ahead, **{each.id: each for each in reader_shelf().scenarios()}}


def looks_back(scenario: Scenario) -> bool:
    """Return whether a scenario rewrites the past."""
    removes = any(isinstance(each, Removal) for _, leaf in scenario.leaves() for each in leaf.interventions)
    return removes or scenario.hindcast_from is not None


def choose_scenario() -> None:
    """Let the reader start from a scenario that is kept."""
    known, here = known_scenarios(), current().scenario
    kept = known.get(here.id) == here
    names = {name: each.title for name, each in known.items()}
    bind("start", here.id if kept else HERE)
    options = list(names) if kept else [HERE, *names]
    st.selectbox(
        "Start from", options, format_func=lambda name: names.get(name, f"{here.title} (not saved)"), key="start",
        on_change=_started, help="Scenarios of the library, then your own.",
    )  # fmt: skip


def _started() -> None:
    chosen = known_scenarios().get(st.session_state["start"])
    if chosen is not None:
        move(scenario=chosen)


def show_keeping(run: Run) -> None:
    """Show how to share the scenario in hand, save it, and take it along."""
    share, save = st.columns(2)
    sharing = share.popover("Share", icon=":material/link:", width="stretch", key="open.share", on_change="rerun")
    saving = save.popover("Save", icon=":material/bookmark:", width="stretch", key="open.save", on_change="rerun")
    if sharing.open:
        with sharing:
            _show_sharing(current(), run)
    if saving.open:
        with saving:
            _show_saving(current().scenario)
            _show_saved()


def _show_sharing(view: View, run: Run) -> None:
    st.markdown("**Link to this view**")
    st.code(link_of(view), language=None, wrap_lines=True)
    st.caption("The link contains the scenario. The recipient needs access to this run.")
    st.markdown("**Run and view as one file**")
    offer_snapshot(run, view)
    st.caption("It opens in any Lull: “Your data”, “Open a snapshot”.")
    if view.scenario.id != BASELINE:
        st.markdown("**The scenario as a file**")
        name = f"{view.scenario.id}.toml"
        st.download_button("Download TOML", toml_of(view.scenario), name, "application/toml", on_click="ignore")
    if view.beliefs:
        st.markdown("**Your beliefs as a file**")
        text = toml_of_beliefs(view.beliefs)
        st.download_button(f"Download {BELIEFS}", text, BELIEFS, "application/toml", on_click="ignore")
    st.markdown("**The same answer on the command line**")
    st.code(command_of(view), language="bash", wrap_lines=True)


def link_of(view: View) -> str:
    """Return the address of a view on this server."""
    address = urlsplit(st.context.url or "http://127.0.0.1:8501/")
    return urlunsplit((address.scheme, address.netloc, address.path, urlencode(to_link(view)), ""))


def command_of(view: View) -> str:
    """Return the command that answers the same question of the same run under the same scenario."""
    word = packed(view.scenario)
    scenario = word if word in library_by_name() else f"{view.scenario.id}.toml"
    words = ["lull", "ask", view.question, "--series", view.series, "--scenario", scenario, "--run", view.run_id[:8]]
    words += ["--priors", BELIEFS] if view.beliefs else []
    return shlex.join(words)


def _show_saving(scenario: Scenario) -> None:
    """Show where to give a scenario a name; one that has its name already is replaced."""
    if scenario.id == BASELINE:
        st.caption("Nothing to save yet: change a setting, or import a scenario.")
        return
    usual = "" if scenario.id == DRAFT and scenario.title == "Your scenario" else scenario.title.removesuffix(CHANGED)
    title = st.text_input("Name", key="save.name", placeholder=usual or "The truce holds until June") or usual
    taken = reader_shelf().holds(title)
    st.button(
        f"Replace “{literal(title)}”" if taken else "Save",
        type="primary", on_click=_saved, args=(usual, title if taken else ""), key="save", width="stretch",
    )  # fmt: skip


def _saved(usual: str, replaced: str) -> None:
    """Keep the scenario in hand; nothing is replaced but what the button named."""
    title = st.session_state["save.name"] or usual
    try:
        kept = reader_shelf().save(current().scenario, title, replace=title == replaced)
    except InputError as error:
        say(literal(f"Not saved: expected {error.problems[0].expected}, found {error.problems[0].found}."))
        return
    move(scenario=kept)
    st.session_state["save.name"] = ""
    say(f"{'Replaced' if title == replaced else 'Saved as'} “{literal(kept.title)}”.")


def _show_saved() -> None:
    """Show the reader's own scenarios, the open one first, and how to import one."""
    own = {each.id: each for each in reader_shelf().scenarios()}
    if own:
        st.markdown("**Your scenarios**")
        _follow_hand(own)
        chosen = st.selectbox(
            "Scenario", list(own), format_func=lambda name: own[name].title, key="own", label_visibility="collapsed"
        )
        with st.container(horizontal=True):
            st.button("Open", on_click=_opened, args=(chosen,), key="own.open")
            st.button("Duplicate", on_click=_duplicated, args=(chosen,), key="own.copy")
            st.button("Delete", on_click=_doomed, args=(chosen,), key="own.bin")
        if st.session_state.get(DOOMED) == chosen:
            _show_doomed(own[chosen])
        st.text_input("New name", key="own.name")
        st.button("Rename", on_click=_renamed, args=(chosen,), key="own.rename")
    st.file_uploader(
        "Import a scenario file", ["toml", "json"], key="import", on_change=_imported, max_upload_size=MOST_MEGABYTES
    )
    for problem in st.session_state.get("import.problems", ()):
        st.error(literal(problem))


def _follow_hand(own: Mapping[str, Scenario]) -> None:
    """Let the box name the scenario in hand whenever that becomes another one of the shelf."""
    here = current().scenario.id
    if here in own and st.session_state.get(FOLLOWED) != here:
        st.session_state["own"] = here
    elif st.session_state.get("own") not in own:
        st.session_state["own"] = next(iter(own))
    st.session_state[FOLLOWED] = here


def _show_doomed(scenario: Scenario) -> None:
    """Ask before a scenario is deleted, by its name."""
    st.warning(f"Delete “{literal(scenario.title)}”? There is no way back.")
    with st.container(horizontal=True):
        st.button("Delete it", on_click=_deleted, args=(scenario.id,), key="own.bin.yes", type="primary")
        st.button("Keep it", on_click=_doomed, args=(None,), key="own.bin.no")


def _doomed(name: str | None) -> None:
    st.session_state[DOOMED] = name


def _own(name: str) -> Scenario | None:
    return next((each for each in reader_shelf().scenarios() if each.id == name), None)


def _opened(name: str) -> None:
    if own := _own(name):
        move(scenario=own)


def _duplicated(name: str) -> None:
    if own := _own(name):
        say(f"“{literal(reader_shelf().duplicate(own).title)}” is a copy.")


def _deleted(name: str) -> None:
    own = _own(name)
    reader_shelf().delete(name)
    _doomed(None)
    say(f"Deleted “{literal(own.title if own else name)}”.")


def _renamed(name: str) -> None:
    """Rename a scenario of the shelf, and the one in hand with it."""
    own, title = _own(name), st.session_state["own.name"]
    try:
        if own and title:
            renamed = reader_shelf().rename(own, title)
            if current().scenario == own:
                move(scenario=renamed)
    except InputError as error:
        say(literal(f"Not renamed: expected {error.problems[0].expected}, found {error.problems[0].found}."))


def _imported() -> None:
    """Take the scenario of a file into hand; every problem of a broken one is reported with its line."""
    file = st.session_state["import"]
    if file is None:
        return
    try:
        scenario = parse_scenario(file.getvalue().decode("utf-8-sig", errors="replace"), Path(file.name).name)
    except InputError as error:
        st.session_state["import.problems"] = [str(problem) for problem in error.problems]
        return
    st.session_state["import.problems"] = []
    move(scenario=scenario)
