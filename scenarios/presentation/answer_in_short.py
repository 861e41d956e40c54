"""A forecast in three sentences: the chances, the record of pauses next to them, and what moves them most."""

from collections.abc import Sequence

from lull.scenarios.presentation.wording import (
    FAR_APART,
    WEIGH_BOTH,
    far_from_record,
    moved_points,
    percent,
    points_interval,
)
from lull.scenarios.results.document import Chance, ForecastDocument, SeriesNote

MOST_NAMED = 6  # series in a sentence
NO_SCENARIO = "No scenario other than the baseline was asked about."
NOTHING_MOVES = "No scenario asked about changes these chances."


def summary_sentences(document: ForecastDocument) -> tuple[str, str, str]:
    """Return the chances of an attack by the last week, the record of pauses next to them, and what moves one most."""
    return _chances(document), _record(document), _most_moved(document)


def _chances(document: ForecastDocument) -> str:
    """Return the chance of an attack of each series, by the day that ends the last week."""
    parts = [f"{note.name} {percent(_last(document, note.name).probability)}" for note in document.series]
    by = _last(document, document.series[0].name).by
    known = f"{document.as_of:%-d %B %Y}"
    return f"Chance of at least one attack by {by:%-d %B %Y}, as known on {known}: {_listed(parts)}."


def _record(document: ForecastDocument) -> str:
    """Return how often recorded silences as old ended within that time, and whether the model is far from it."""
    silent = [note for note in document.series if note.reference_rate is not None]
    if not silent:
        return "No series has fallen silent, so the record of pauses has nothing to compare."
    parts = _listed([f"{note.name} {percent(note.reference_rate or 0.0)}" for note in silent])
    start = f"Recorded silences as old as these ended within that time: {parts}."
    apart = [words for note in silent if (words := _apart(document, note))]
    return (
        f"{start} The model is far {_listed(apart)}. {WEIGH_BOTH}"
        if apart
        else f"{start} The model is within {100 * FAR_APART:.0f} points of it."
    )


def _apart(document: ForecastDocument, note: SeriesNote) -> str:
    """Return that the model is far higher or lower than the record for a series, else nothing."""
    way = far_from_record(_last(document, note.name).probability, note.reference_rate or 0.0)
    return f"{way} for {note.name}" if way else ""


def _most_moved(document: ForecastDocument) -> str:
    """Return the scenario and the series whose chance by the last week differs most from the baseline's."""
    asked = document.scenarios[1:]
    if not asked:
        return NO_SCENARIO
    moved = [
        document.chance("any attack", scenario.id, note.name, document.horizon)
        for scenario in asked
        for note in document.series
        if scenario.departs is not None
    ]
    most = max(moved, key=lambda chance: abs(chance.difference), default=None)
    if most is None or most.difference == 0.0:
        return NOTHING_MOVES
    own, base = percent(most.probability), percent(_last(document, most.series).probability)
    interval = points_interval(most.difference_low, most.difference_high)
    points = f"{moved_points(most.probability, most.difference)} points, 90 % interval {interval}"
    among = "Of the scenarios asked about " if len(asked) > 1 else ""
    verb = "moves it most" if len(asked) > 1 else "moves it"
    return f"{among}{most.scenario_id} {verb}: {most.series} from {base} to {own} ({points})."


def _last(document: ForecastDocument, series: str) -> Chance:
    """Return the baseline's chance of an attack by the last week ahead."""
    return document.chance("any attack", document.scenarios[0].id, series, document.horizon)


def _listed(words: Sequence[str]) -> str:
    """Return the words as a list; of many the first are named."""
    more = len(words) - MOST_NAMED
    return ", ".join(words) if more <= 0 else f"{', '.join(words[:MOST_NAMED])} and {more} more"
