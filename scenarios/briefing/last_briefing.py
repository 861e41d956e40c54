"""What the last briefing said, kept in the store: the next one of the same data shows what has changed since.

One file a store, `.briefings/kept.json`: by data, the chances of the briefings made, the newest last.
"""

from contextlib import suppress
from datetime import date, timedelta

from lull.data.files import held, write_whole
from lull.data.schema import InputError
from lull.model.runs.store import Run, Store
from lull.scenarios.briefing.catalogue import Catalogue
from lull.scenarios.language.uncertain import Part
from lull.scenarios.overview.lines import LATER, data_of
from lull.scenarios.presentation.answer_words import points_words
from lull.scenarios.presentation.wording import glued, moved_points, percent, series_name
from lull.scenarios.results.document import ForecastDocument

FOLDER, FILE = ".briefings", "kept.json"  # of a store
KEPT = 60  # briefings of the same data


class Said(Part):
    """The chance of any attack on a series under a scenario, by the end of each week ahead."""

    series: str
    scenario: str
    title: str
    chances: tuple[float, ...]


class Briefed(Part):
    """A briefing that was made: of which run, known to which day, and its chances from the origin on."""

    run_id: str
    known_to: date
    origin: date
    said: tuple[Said, ...]

    def chance(self, series: str, scenario: str, by: date) -> float | None:
        """Return the chance of any attack by a day on which a week ends; None where the briefing has none."""
        week = (by - self.origin).days // 7
        one = next((one for one in self.said if (one.series, one.scenario) == (series, scenario)), None)
        return one.chances[week - 1] if one is not None and 1 <= week <= len(one.chances) else None


class _Kept(Part):
    briefings: dict[str, tuple[Briefed, ...]]


def briefed(document: ForecastDocument) -> Briefed:
    """Return what a briefing of a forecast says."""
    said = tuple(
        Said(
            series=note.name,
            scenario=scenario.id,
            title=scenario.title,
            chances=tuple(
                document.chance("any attack", scenario.id, note.name, week).probability
                for week in range(1, document.horizon + 1)
            ),
        )
        for note in document.series
        for scenario in document.scenarios
    )
    return Briefed(run_id=document.run_id, known_to=document.known_to, origin=document.origin_date, said=said)


def last_briefing(run: Run) -> Briefed | None:
    """Return the last briefing of the same data, of another run that knew no later week; None if there is none.

    Under a reader's beliefs there is none: what changed would be what the reader believes.
    """
    if not run.is_kept:
        return None
    earlier = (
        one
        for one in reversed(_read(Store(run.folder.parent)).get(data_of(run), ()))
        if one.run_id != run.run_id and one.origin <= run.origin.item() + timedelta(days=6)
    )
    return next(earlier, None)


def keep_briefing(run: Run, document: ForecastDocument) -> None:
    """Keep what a briefing of a run says, in place of an earlier one of the same run; nothing under a reader's beliefs.

    A store that cannot be written keeps none.
    """
    if not run.is_kept:
        return
    store, data = Store(run.folder.parent), data_of(run)
    with suppress(InputError, OSError), held(store.folder / FOLDER):
        kept = _read(store)
        others = tuple(one for one in kept.get(data, ()) if one.run_id != run.run_id)
        kept[data] = (*others, briefed(document))[-KEPT:]
        write_whole(store.folder / FOLDER / FILE, _Kept(briefings=kept).model_dump_json())


def change_sentences(last: Briefed, document: ForecastDocument, words: Catalogue) -> list[str]:
    """Return what has changed since the last briefing: a sentence for each series, by the same day then and now."""
    now = briefed(document)
    by = last.origin + timedelta(weeks=min(LATER, len(last.said[0].chances)))
    head = words.say("since", known_to=f"{last.known_to:%-d %B %Y}", run_id=last.run_id[:6])
    if by <= now.origin:
        return [f"{head} {words.say('over', by=f'{by:%-d %B %Y}')}"]
    said = []
    for series in dict.fromkeys(one.series for one in now.said):
        moves = [
            f"{one.title} {_move(then, chance)}"
            for one in now.said
            if one.series == series
            and (then := last.chance(series, one.scenario, by)) is not None
            and (chance := now.chance(series, one.scenario, by)) is not None
        ]
        if moves:
            asked = words.say("by_then", series=series_name(series), by=f"{by:%-d %B %Y}")
            said.append(glued(f"{asked} {'; '.join(moves)}."))
    return [head, *said]


def _move(then: float, now: float) -> str:
    return f"{percent(then)} → {percent(now)} ({points_words(moved_points(now, now - then))})"


def _read(store: Store) -> dict[str, tuple[Briefed, ...]]:
    try:
        return dict(_Kept.model_validate_json((store.folder / FOLDER / FILE).read_bytes()).briefings)
    except (OSError, ValueError):
        return {}
