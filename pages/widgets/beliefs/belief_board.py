"""Other ways to a belief: twenty chips on a board, and the beliefs of other readers side by side and pooled."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import get_args

import streamlit as st

from lull.data.schema import InputError
from lull.pages.widgets.beliefs.kept_beliefs import believe
from lull.pages.widgets.session import current
from lull.scenarios.beliefs.belief_file import parse_beliefs
from lull.scenarios.beliefs.chips import CHIPS, belief_of_chips, edges_of
from lull.scenarios.beliefs.pooled_beliefs import Pool, pooled
from lull.scenarios.beliefs.question_words import TITLES, belief_words, question_words
from lull.scenarios.beliefs.reader_beliefs import Beliefs
from lull.scenarios.language.uncertain import median_of
from lull.scenarios.presentation.wording import literal

MECHANISM, BOARD, OTHERS = "chips.mechanism", "chips.board", "beliefs.others"
POOLS: tuple[Pool, ...] = get_args(Pool.__value__)
MOST_MEGABYTES = 1


def show_chips(driver: str) -> None:
    """Show a board of bins for the chips of one question."""
    panel = st.popover("Lay chips", icon=":material/casino:", width="stretch", key="open.chips", on_change="rerun")
    if not panel.open:
        return
    with panel:
        mechanism = st.selectbox("Question", list(TITLES), format_func=TITLES.__getitem__, key=MECHANISM)
        st.caption(f"{question_words(driver, mechanism)} Lay {CHIPS} chips where you expect the answer.")
        edges = edges_of(mechanism)
        rows = [{"answer": _bin(low, high, mechanism), "chips": 0} for low, high in pairwise(edges)]
        board = st.data_editor(
            rows, hide_index=True, disabled=("answer",), key=f"{BOARD}.{driver}.{mechanism}",
            column_config={"chips": st.column_config.NumberColumn(min_value=0, max_value=CHIPS, step=1)},
        )  # fmt: skip
        chips = [int(str(row["chips"] or 0)) for row in board]
        st.caption(f"{sum(chips)} of {CHIPS} chips are on the board.")
        ready = sum(chips) == CHIPS
        st.button("Believe this", key="chips.take", disabled=not ready, on_click=_laid, args=(chips, driver, mechanism))


def _bin(low: float, high: float, mechanism: str) -> str:
    if mechanism == "intensity":
        return f"more than × {low:g}" if high == float("inf") else f"× {low:g} to {high:g}"
    return f"{100 * low:.0f} to {100 * high:.0f} of 100"


def _laid(chips: list[int], driver: str, mechanism: str) -> None:
    belief = belief_of_chips(chips, mechanism, driver)
    believe(current().beliefs.believing(driver, mechanism, belief))


def show_readers(drivers: list[str]) -> None:
    """Show the beliefs of other readers beside those in hand, to take over or to pool."""
    panel = st.popover(
        "Others' beliefs", icon=":material/group:", width="stretch", key="open.readers", on_change="rerun"
    )
    if not panel.open:
        return
    with panel:
        files = st.file_uploader(
            "Files of beliefs", ["toml"], accept_multiple_files=True, key=OTHERS, max_upload_size=MOST_MEGABYTES
        )
        readers = [found for file in files if (found := _read(file.name, file.getvalue()))]
        if own := current().beliefs:
            readers = [own, *readers]
        if not readers:
            st.caption('Each reader downloads a file under Share, with a name in its first line: who = "Ada".')
            return
        st.dataframe(_rows(readers, drivers), hide_index=True)
        chosen = st.selectbox("Take over", [*range(len(readers)), *POOLS], format_func=lambda one: _name(one, readers))
        taken = pooled(readers, chosen) if chosen in POOLS else readers[chosen]
        st.button("Believe this", key="others.take", on_click=believe, args=(taken,))


def _read(name: str, content: bytes) -> Beliefs | None:
    """Return the beliefs of a file, or say what is wrong with it."""
    try:
        return parse_beliefs(content.decode("utf-8-sig", errors="replace"), Path(name).name)
    except InputError as error:
        st.error(literal(str(error)))
        return None


def _name(chosen: int | str, readers: list[Beliefs]) -> str:
    return f"the {chosen} pool of all" if isinstance(chosen, str) else readers[chosen].who or f"reader {chosen + 1}"


def _rows(readers: list[Beliefs], drivers: list[str]) -> list[dict[str, str]]:
    """Return a row for each effect, branch and salience that a reader believes: what each says, and the two pools."""
    held = sorted({effect[:2] for each in readers for effect in each.effects if effect[0] in drivers})
    columns = {_name(place, readers): each for place, each in enumerate(readers)}
    columns |= {f"{pool} pool": pooled(readers, pool) for pool in POOLS}
    return [
        {"driver": driver.replace("_", " "), "question": TITLES[mechanism]}
        | {
            name: belief_words(belief, driver, mechanism) if (belief := each.of(driver, mechanism)) else "as recorded"
            for name, each in columns.items()
        }
        for driver, mechanism in held
    ] + [*_assumed_rows(columns)]


def _assumed_rows(columns: dict[str, Beliefs]) -> Iterator[dict[str, str]]:
    """Yield a row for each branch of a fork, and for each salience."""
    usual, forks = "as the scenario says", {fork for each in columns.values() for fork in _forks(each)}
    for fork in sorted(forks):
        for branch in fork:
            said = {name: each.chances_of(fork).get(branch) for name, each in columns.items()}
            row = {name: usual if chance is None else f"{100 * chance:.0f} of 100" for name, chance in said.items()}
            yield {"driver": f"branch {branch}", "question": "Chance"} | row
    for dimension in sorted({name for each in columns.values() for name, _ in each.salience}):
        sizes = {name: each.salience_of(dimension) for name, each in columns.items()}
        row = {name: f"{median_of(size):.2g}" if size else usual for name, size in sizes.items()}
        yield {"driver": dimension.replace("_", " "), "question": "Salience (median)"} | row


def _forks(beliefs: Beliefs) -> list[tuple[str, ...]]:
    """Return the branches of each fork that something is believed of."""
    return [tuple(name for name, _ in fork) for fork in beliefs.forks]
