"""Fetching page by page into a vintage, from where it stopped to its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from lull.data.schema import InputError
from lull.data.sources.answers import Answer, Source, earliest
from lull.data.sources.session import Progress
from lull.data.sources.vintage import Page, Vintage


def download(source: Source, out: Path, day: date, progress: Progress) -> Vintage:
    """Return the finished vintage of a day: pages kept from an interrupted one are not asked for again.

    Raises `InputError` if the service fails or has no rows, `KeyboardInterrupt` with a message that says how to go on.
    """
    session = source.session
    vintage = Vintage.opened(out, source=source.name, url=session.url, query=source.asked, day=day)
    if vintage.record.finished:
        return vintage
    with _kept(vintage):
        while (page := _due(vintage)) is not None:
            answer = source.page(page)
            _check(source, vintage, page, answer)
            if not answer.rows:
                break
            _add(source, vintage, answer, day)
            progress(f"fetching from {session.name}", vintage.record.rows, vintage.record.total or 0)
        _check_total(source, vintage)
        vintage.finish()
    return vintage


def _due(vintage: Vintage) -> str | None:
    """Return the page to ask for next, None if all are there."""
    record = vintage.record
    if not record.pages:
        return ""
    if record.total is not None and record.rows >= record.total:
        return None
    return record.pages[-1].following or None


def _add(source: Source, vintage: Vintage, answer: Answer, day: date) -> None:
    record = vintage.record
    name = f"page-{len(record.pages) + 1:04d}.json"
    page = Page(file=name, rows=answer.rows, checksum=answer.checksum, following=answer.following)
    seen_to = answer.seen_to or record.seen_to
    vintage.add(
        answer.body,
        page,
        total=record.total if record.pages else answer.total,
        restrictions=answer.restrictions or record.restrictions,
        seen_to=seen_to,
        known_to=earliest([seen_to, source.asked_to(day)]),
    )


def _check(source: Source, vintage: Vintage, page: str, answer: Answer) -> None:
    """Raise `InputError` if there are no rows at all, or those of an earlier page."""
    error = source.session.error
    if not answer.rows and not vintage.record.pages:
        seen = answer.seen_to
        sight = f"Your account sees events up to {seen}." if seen else "Check names, days and what your account sees."
        remedy = f"{sight} That is no sign of peace: nothing was written."
        raise error("events", "an answer without rows (HTTP 200)", remedy)
    if answer.rows and any(answer.checksum == kept.checksum for kept in vintage.record.pages):
        raise error("rows not yet seen", f"those of an earlier page as page {page}", "Check --url.")


def _check_total(source: Source, vintage: Vintage) -> None:
    """Raise `InputError` if the service served fewer rows than it promised."""
    record = vintage.record
    if record.total is not None and record.rows < record.total:
        remedy = f"The data changed meanwhile, or pages are missing. Remove {vintage.folder} and fetch again."
        raise source.session.error(f"{record.total:,} rows", f"{record.rows:,}", remedy)


@contextmanager
def _kept(vintage: Vintage) -> Iterator[None]:
    """Say of a fetch that fails or is interrupted what is kept, and how to go on."""
    try:
        yield
    except InputError as error:
        first = error.problems[0]
        remedies = (first.remedy, _how(vintage) if "Remove " not in first.remedy else "")
        problem = replace(first, remedy=" ".join(filter(None, remedies)))
        raise InputError(problem) from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Interrupted: {_how(vintage) or 'nothing was fetched yet.'}") from None


def _how(vintage: Vintage) -> str:
    """Return what is kept and how to go on; nothing if nothing is kept."""
    pages = len(vintage.record.pages)
    if not pages:
        return ""
    kept = "1 page is" if pages == 1 else f"{pages} pages are"
    return f"{kept} kept in {vintage.folder}; the same command on the same day (UTC) goes on from there."
