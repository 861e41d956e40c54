"""The data of a pass: fetched if that is asked, imported if they are events, read as weekly counts or reports."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from lull.data.calendar import last_complete_week, week_end
from lull.data.counts import WeeklyCounts, read_counts
from lull.data.events import Event, known_at, read_events
from lull.data.evidence import Evidence
from lull.data.files import file_checksum
from lull.data.importers.events import Selection, pairs_of
from lull.data.importers.layouts import EXPORTS
from lull.data.importers.sums import refuse_sums
from lull.data.importers.weekly_sums import WeeklyChoice, read_weekly_sums
from lull.data.importers.written import (
    COUNT_COLUMNS,
    COUNTS_FILE,
    REPORTS_FILE,
    count_rows,
    import_events,
    write_rows,
)
from lull.data.readers.reading_options import USUAL
from lull.data.schema import InputError, Problem
from lull.data.sources.acled import Acled, AcledQuery
from lull.data.sources.answers import Source
from lull.data.sources.download import download
from lull.data.sources.session import Progress
from lull.data.sources.ucdp import Ucdp, UcdpQuery
from lull.watch.watch_file import Fetch, Watch

DATA, VINTAGES = "data", "vintages"
ADDRESSES = {"acled": "https://acleddata.com", "ucdp": "https://ucdpapi.pcr.uu.se"}
NOT_DECIDED = "Reports decide no published question here: use `lull resolve`."
COUNTRY = "country"  # the front of an export, unless another is named


@dataclass(frozen=True)
class Incoming:
    """What a pass stands on: the evidence of the fit, counts and events as known on `as_of`, and what was noted."""

    evidence: Evidence
    counts: WeeklyCounts | None
    events: tuple[Event, ...] | None
    as_of: date
    notes: tuple[str, ...] = ()

    @property
    def checksum(self) -> str:
        """The checksum of the file of counts or reports."""
        path = self.evidence.counts or self.evidence.reports
        assert path is not None
        return file_checksum(path)


def incoming(watch: Watch, *, as_of: date, cut: bool, progress: Progress) -> Incoming:
    """Return the data of a pass; with `cut` nothing later than `as_of` counts, as if this were that day.

    Raises `InputError` for data that are not there or cannot be read.
    """
    data = watch.file.data
    path, notes = _table(watch, progress)
    events = watch.path(data.events) if data.events else None
    known = known_at(read_events(events), as_of) if events else None
    if data.reports:
        evidence = Evidence(reports=path, events=events, faction=data.faction, as_of=as_of if cut else None)
        return Incoming(evidence, None, known, as_of, (*notes, NOT_DECIDED))
    counts = read_counts(path, fill_zeros=data.fill_zeros)
    origin = min(last_complete_week(as_of, counts.origin), counts.origin) if cut else counts.origin
    evidence = Evidence(
        counts=path, events=events, fill_zeros=data.fill_zeros, origin=week_end(origin) if cut else None
    )
    return Incoming(evidence, counts.up_to_week(origin), known, as_of, notes)


def _table(watch: Watch, progress: Progress) -> tuple[Path, tuple[str, ...]]:
    """Return the file of counts or reports, imported if need be, and what the import noted."""
    data, fetch = watch.file.data, watch.file.fetch
    if data.counts or data.reports:
        return watch.path(data.counts or data.reports or ""), ()
    paths = _fetched(fetch, watch.out / VINTAGES, progress) if fetch else _files(watch)
    return _imported(watch, paths, fetch.source if fetch else data.format or "")


def _files(watch: Watch) -> list[Path]:
    """Return the files that the watch names. Raises `InputError` for a name or a pattern without any."""
    found = [(pattern, watch.paths(pattern)) for pattern in watch.file.data.files or ()]
    if lacking := [pattern for pattern, paths in found if not paths]:
        raise InputError(Problem(str(watch.path(name)), "a file", "none", "Is the folder there?") for name in lacking)
    return list(dict.fromkeys(path for _, paths in found for path in paths))


def _fetched(fetch: Fetch, out: Path, progress: Progress) -> list[Path]:
    """Return the files of the vintage of today, fetched unless it is there."""
    day = datetime.now(UTC).date()
    source = _source(fetch, day, progress)
    try:
        vintage = download(source, out, day, progress)
    finally:
        source.session.close()
    return [vintage.folder / page.file for page in vintage.record.pages]


def _source(fetch: Fetch, day: date, progress: Progress) -> Source:
    url = fetch.url or ADDRESSES[fetch.source]
    if fetch.source == "acled":
        countries, actors = tuple(map(str, fetch.countries)), tuple(map(str, fetch.actors))
        return Acled(AcledQuery(countries, actors, fetch.event_types, fetch.start), day, url=url, progress=progress)
    countries_, actors_ = tuple(map(int, fetch.countries)), tuple(map(int, fetch.actors))
    return Ucdp(UcdpQuery(fetch.release, countries_, actors_, start=fetch.start), url=url, progress=progress)


def _imported(watch: Watch, paths: list[Path], form: str) -> tuple[Path, tuple[str, ...]]:
    """Return the weekly counts of files of events, or of weekly sums, written as a table."""
    chosen, faction, path = watch.file.select, watch.file.data.faction, watch.out / DATA / COUNTS_FILE
    if form == "acled-weekly":
        front = "admin1" if chosen.front is None else chosen.front
        places = (chosen.countries, chosen.admin1, chosen.types, chosen.sub_types)
        made = read_weekly_sums(paths, WeeklyChoice(faction, *places, front, chosen.start, chosen.until))
        write_rows(path, COUNT_COLUMNS, count_rows(made.counts))
        return path, made.notes
    front = COUNTRY if chosen.front is None else chosen.front
    whose = (chosen.actors, chosen.pattern, faction, front, pairs_of(chosen.only), "any")
    for one in paths:
        refuse_sums(one, USUAL)
    found = import_events(paths, EXPORTS[form], Selection(*whose, chosen.start, chosen.until), source=form)
    write_rows(path, *found.files[COUNTS_FILE])
    coarse = ("Events of coarse date are in no week: `lull import` makes reports of them.",)
    return path, (*found.events.notes, *(coarse if REPORTS_FILE in found.files else ()))
