"""A forecast as a workbook for people: a sheet for each scenario, the assumptions, and where the numbers come from.

Nothing in it is a formula: a text that a spreadsheet would run is made harmless by a quote.
"""

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE as ILLEGAL
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from lull.data.files import spreadsheet_safe, whole_file
from lull.scenarios.results.document import ForecastDocument

ASSUMPTIONS, PROVENANCE = "assumptions", "provenance"
LONGEST_TITLE = 31  # characters of a sheet's name
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
BOLD, WRAPPED = Font(bold=True), Alignment(wrap_text=True, vertical="top")
WEEK_COLUMNS = (
    "series", "horizon", "week", "target_end_date", "median", "low_50", "high_50", "low_90", "high_90", "mean",
    "any_attack_by_then", "resumed_by_then", *(
        f"{asked}_difference{end}" for asked in ("any_attack", "resumed") for end in ("", "_low_90", "_high_90")
    ),
)  # fmt: skip

type Cell = str | int | float | object


def write_workbook(document: ForecastDocument, path: Path) -> None:
    """Write the workbook, whole or not at all. Raises `InputError` if the file cannot be written."""
    book = Workbook(write_only=True)
    taken = {ASSUMPTIONS, PROVENANCE}
    for scenario in document.scenarios:
        _sheet(book, _title(scenario.id, taken), WEEK_COLUMNS, _weeks(document, scenario.id))
    notes = ((one.id, one.title, one.assumptions, one.departs) for one in document.scenarios)
    _sheet(
        book,
        ASSUMPTIONS,
        ("scenario_id", "title", "assumptions", "first_week_that_differs"),
        notes,
        widths=(28, 40, 90),
    )
    _sheet(book, PROVENANCE, ("what", "value"), _provenance(document), widths=(28, 90))
    content = BytesIO()  # in memory first: openpyxl leaves its own scratch files open where a disk is full
    book.save(content)
    with whole_file(path) as scratch:
        scratch.write_bytes(content.getvalue())


def _weeks(document: ForecastDocument, scenario_id: str) -> Iterable[Sequence[Cell]]:
    """Yield the rows of a scenario: attacks in a week, chances by its end, their difference from the baseline."""
    for row in document.weeks:
        if row.scenario_id != scenario_id:
            continue
        at = (scenario_id, row.series, row.horizon)
        chances = document.chance("any attack", *at), document.chance("resumption", *at)
        by_then = (chance.probability for chance in chances)
        moved = (
            part for chance in chances for part in (chance.difference, chance.difference_low, chance.difference_high)
        )
        attacks = (row.median, row.low_50, row.high_50, row.low_90, row.high_90, row.mean)
        yield (row.series, row.horizon, row.week, row.target_end_date, *attacks, *by_then, *moved)


def _provenance(document: ForecastDocument) -> Iterable[Sequence[Cell]]:
    """Yield what the numbers were made from."""
    convergence, evidence = document.convergence, document.evidence
    yield "subject", document.subject
    yield "claims", document.claims
    if document.beliefs:
        yield "beliefs", document.beliefs
    yield "run_id", document.run_id
    yield "seed", document.seed
    yield "as_of", document.as_of
    yield "known_to", document.known_to
    yield "origin_week", document.origin_week
    yield "origin_date", document.origin_date
    yield (
        "evidence",
        f"{evidence.used} of {evidence.known} {evidence.kind}, {evidence.first_day} to {evidence.last_day}",
    )
    yield "convergence", convergence.grade
    yield "reasons", "; ".join(convergence.reasons)
    yield "advice", convergence.advice
    yield "draws", convergence.draws
    yield "calibration", convergence.calibrated
    yield "replication", convergence.replication


def _sheet(
    book: Workbook,
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    widths: Sequence[int] = (),
) -> None:
    """Add a sheet with a heading that stays in sight."""
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place, name in enumerate(columns):
        wide = widths[place] if place < len(widths) else max(14, len(name) + 2)
        sheet.column_dimensions[get_column_letter(place + 1)].width = wide
    heads = [WriteOnlyCell(sheet, name) for name in columns]
    for head in heads:
        head.font = BOLD
    sheet.append(heads)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: object, value: Cell) -> WriteOnlyCell:
    """Return a cell that is what it says; a text is never a formula."""
    text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, spreadsheet_safe(ILLEGAL.sub("", value)) if isinstance(value, str) else value)
    if text:
        cell.data_type = "s"
        cell.alignment = WRAPPED
    return cell


def _title(name: str, taken: set[str]) -> str:
    """Return a name that a sheet may have, and no other sheet has."""
    base = FORBIDDEN.sub(" ", name)[:LONGEST_TITLE] or "scenario"
    title, number = base, 1
    while title.casefold() in taken:
        number += 1
        title = f"{base[: LONGEST_TITLE - len(f' {number}')]} {number}"
    taken.add(title.casefold())
    return title
