"""What a person looks at, as one frozen value, and the link that says the same.

A view is everything that a screen shows besides the run's own numbers: the run, the series, the question, the scenario
in hand and the scenarios compared with it. It is never changed, only replaced, so undo is a list of views. It holds no
number that was computed. `to_link` and `from_link` are inverse: a view sent as an address is the same view elsewhere.

How a page gets at things (`pages/widgets/session.py` binds views to the browser, `pages/widgets/run_cache.py` the
runs to the caches)::

    def show_something() -> None:             # pages/something.py; a screen of app.py, called on every rerun
        with screen("Something") as at:       # pages/widgets/layout.py: the heading, the choice of the run, the verdict
            at.run                            # model.store.Run: the record and the diagnostics
            at.opened                         # scenarios.whatif.OpenRun: state, weekly summary, past weeks
            at.view                           # pages.view.View: series, question, scenario, ...
            move(series="us_forces")          # pages.session: another view; the old one can be undone
            session = session_of(at.run, at.view.series)   # pages.runs: one series of the run, cached by run id
            session.project(scenario), session.ask(question, scenario), session.document(projections)

A widget takes its value from the view and tells the session in its callback: `bind(key, value)`, then the widget with
`key=key, on_change=...` that calls `move`. Nothing is kept in a module, nothing is shared between two browsers but
caches of what was computed from a run.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import urlencode

from lull.data.readers.cells import shown as quoted
from lull.data.readers.plain_text import MAX_BYTES
from lull.data.schema import InputError, Problem, near
from lull.scenarios.beliefs.belief_file import parse_beliefs
from lull.scenarios.beliefs.reader_beliefs import Beliefs
from lull.scenarios.language.scenario_files import find_scenario, library_names, parse_scenario
from lull.scenarios.language.spec import BASELINE, Scenario, baseline

PACKED = "~"  # what a scenario given in full begins with; library ids never do
LONGEST = 8  # scenarios compared with the one in hand, in a link as on a screen
NOTHING_OWN = Beliefs()
NO_BELIEFS = "The beliefs in the link could not be read; what the record says is shown instead."
UNREADABLE = "The link's scenario could not be read; what is scheduled is shown instead."


@dataclass(frozen=True)
class View:
    """What is looked at. `beside` is None where nobody chose: the usual scenarios are compared then, else these alone.

    `weights` are those of the baseline and the scenarios `beside`; they need not sum to 1.
    `beliefs` are the reader's about drivers, in place of the record's.
    """

    run_id: str
    series: str
    question: str
    scenario: Scenario
    beside: tuple[Scenario, ...] | None = None
    weights: tuple[int, ...] = ()
    beliefs: Beliefs = NOTHING_OWN


def to_link(view: View) -> dict[str, str]:
    """Return the query parameters that say what a view says."""
    link = {"run": view.run_id, "series": view.series, "question": view.question, "scenario": packed(view.scenario)}
    if view.beside is not None:
        link["beside"] = ",".join(packed(scenario) for scenario in view.beside)
    if view.weights:
        link["weights"] = ",".join(map(str, view.weights))
    if view.beliefs:
        link["beliefs"] = _word(json.dumps(view.beliefs.document(), separators=(",", ":")))
    return link


def link_query(link: Mapping[str, str]) -> str:
    """Return the part of an address that says what a link says; nothing that is no part of a view."""
    names = ("run", "series", "question", "scenario", "beside", "weights", "beliefs")
    return urlencode({name: link[name] for name in names if name in link})


def from_link(link: Mapping[str, str], usual: View) -> tuple[View, tuple[str, ...]]:
    """Return the view of a link, the usual where it says nothing, and what of it could not be understood."""
    run_id, series, question = link.get("run", usual.run_id), link.get("series", usual.series), link.get("question")
    view = replace(usual, run_id=run_id, series=series, question=question or usual.question)
    problems = []
    try:
        if "scenario" in link:
            view = replace(view, scenario=unpacked(link["scenario"]))
        if "beside" in link:
            names = [name for name in link["beside"].split(",") if name][:LONGEST]
            view = replace(view, beside=tuple(map(unpacked, names)))
    except InputError:
        problems.append(UNREADABLE)
    try:
        if "beliefs" in link:
            view = replace(view, beliefs=parse_beliefs(_text(link["beliefs"]), "link.json"))
    except InputError:
        problems.append(NO_BELIEFS)
    weights = _whole(link.get("weights", "").split(","))
    return replace(view, weights=weights if len(weights) == len(view.beside or ()) + 1 else ()), tuple(problems)


@cache
def library_by_name() -> Mapping[str, Scenario]:
    """Return what is scheduled, then the scenarios of the library, by their names."""
    return {BASELINE: baseline()} | {name: find_scenario(name) for name in library_names() if name != BASELINE}


def packed(scenario: Scenario) -> str:
    """Return a scenario as a word of a link: the name of the library's, another in full, deflated."""
    if library_by_name().get(scenario.id) == scenario:
        return scenario.id
    return _word(json.dumps(scenario.model_dump(mode="json", exclude_defaults=True), separators=(",", ":")))


def unpacked(word: str) -> Scenario:
    """Return the scenario of a word. Raises `InputError` for a word that is none."""
    if not word.startswith(PACKED):
        if (known := library_by_name().get(word)) is None:  # and no file of the server, whatever a link names
            raise InputError(Problem("link", "a scenario of the library", quoted(word), near(word, library_by_name())))
        return known
    return parse_scenario(_text(word), "link.json")


def _word(text: str) -> str:
    """Return a text as a word of a link, deflated."""
    return PACKED + base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def _text(word: str) -> str:
    """Return the text of a word, empty if it is none."""
    code = word.removeprefix(PACKED)
    try:
        inflating = zlib.decompressobj()  # a short word must not become a long text
        return inflating.decompress(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)), MAX_BYTES).decode()
    except (ValueError, zlib.error):
        return ""


def _whole(words: Iterable[str]) -> tuple[int, ...]:
    """Return whole numbers of at most three digits; nothing if one is none."""
    numbers = tuple(words)
    return tuple(map(int, numbers)) if all(word.isdecimal() and len(word) < 4 for word in numbers) else ()  # noqa: PLR2004
