"""What I believe of the scenario in hand: how likely its branches are, and how salient its events."""

from functools import partial

import streamlit as st

from lull.data.events import MAX_SALIENCE
from lull.pages.widgets.beliefs.kept_beliefs import believe
from lull.pages.widgets.session import bind, current
from lull.scenarios.beliefs.assumed import as_believed, events_of, forks_of
from lull.scenarios.language.draft import own_branches
from lull.scenarios.language.spec import Branch
from lull.scenarios.language.uncertain import Exactly, median_of
from lull.scenarios.presentation.wording import literal

STEP = 0.5  # of a salience


def has_assumed() -> bool:
    """Return whether the scenario in hand has branches or events of which something may be believed."""
    scenario = current().scenario
    return bool(own_branches(scenario) or events_of(scenario))


def show_assumed() -> None:
    """Show a slider for each branch of the scenario in hand, and one for the salience of each kind of its events."""
    said = current().scenario
    held = as_believed(said, current().beliefs)
    stated = {tuple(each.id for each in fork): fork for fork in forks_of(own_branches(said))}
    for place, fork in enumerate(forks_of(own_branches(held))):
        _show_fork(f"belief.fork.{place}", fork, stated[tuple(each.id for each in fork)])
    own = {each.dimension: median_of(each.salience) for each in events_of(said)}
    for dimension, salience in own.items():
        _show_salience(dimension, salience)


def _show_fork(key: str, fork: tuple[Branch, ...], stated: tuple[Branch, ...]) -> None:
    """Show how likely each way on is: one that is moved takes from the others in their proportions."""
    st.markdown("**Branches.** Of 100 such situations, how many go on like this?")
    chances = {each.id: each.probability for each in fork}
    for each in fork:
        name = bind(f"{key}.{each.id}", min(max(round(100 * each.probability), 1), 99))
        st.slider(literal(each.title), 1, 99, key=name, on_change=partial(_weighed, chances, each.id, name))
    said = ", ".join(f"{100 * each.probability:.0f}" for each in stated)
    st.caption(f"The scenario: {said} of 100.")


def _weighed(chances: dict[str, float], branch: str, key: str) -> None:
    """Believe a branch to be as likely as its slider says."""
    chance = st.session_state[key] / 100
    scale = (1 - chance) / (1 - chances[branch])
    others = {name: max(round(scale * each, 4), 0.0001) for name, each in chances.items() if name != branch}
    *_, last = others
    others[last] = round(1 - chance - sum(each for name, each in others.items() if name != last), 4)
    if others[last] > 0:
        believe(current().beliefs.weighing({branch: chance, **others}))


def _show_salience(dimension: str, stated: float) -> None:
    """Show how salient the assumed events of a dimension are."""
    name, believed = dimension.replace("_", " "), current().beliefs.salience_of(dimension)
    st.markdown(f"**Salience.** How large are the assumed events ({name}), from 0 to {MAX_SALIENCE}?")
    here = median_of(believed) if believed else stated
    key = bind(f"belief.salience.{dimension}", min(max(here, 0.0), float(MAX_SALIENCE)))
    moved = partial(_salient, dimension, key)
    st.slider(f"Salience of {name}", 0.0, float(MAX_SALIENCE), step=STEP, key=key, on_change=moved)
    st.caption(f"The scenario: {stated:g}.")


def _salient(dimension: str, key: str) -> None:
    believe(current().beliefs.salient(dimension, Exactly(exactly=st.session_state[key])))
