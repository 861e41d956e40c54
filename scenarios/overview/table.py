"""The overview as a table of HTML: a picture of past and fan in each line, numbers to the right, a link to the lab.

On a narrow screen a line becomes a card (the style of the page); every cell then names its column.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import urlencode

from lull.scenarios.overview.lines import LATER, SOON, Line, OverviewRow
from lull.scenarios.presentation.answer_words import points_words
from lull.scenarios.presentation.glossary import gloss
from lull.scenarios.presentation.wording import glued, moved_points, percent, series_name

WIDTH, HEIGHT, PAD = 150, 34, 2
PAST_COLOUR, AHEAD_COLOUR = "#768390", "#2f8fcf"  # seen on white and on black, and apart in grey
COLUMNS = ("Series", "Past and fan", "Silent for", "Pause", f"Attack in {SOON} weeks", f"in {LATER} weeks", "Grade")
TITLES = {
    "Silent for": gloss("silence"),
    "Pause": gloss("pause"),
    "Grade": "How far the computation can be used: good, doubtful or unusable.",
}
NUMBERS = {"Silent for", "Pause", f"Attack in {SOON} weeks", f"in {LATER} weeks"}
STYLE = """<style>
.lull-overview {width: 100%; border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums;}
.lull-overview th, .lull-overview td {padding: 0.45rem 0.6rem; border-bottom: 1px solid color-mix(in srgb, currentColor
  15%, transparent); text-align: left; vertical-align: middle;}
.lull-overview .number {text-align: right; white-space: nowrap;}
.lull-overview small {display: block; color: light-dark(#5a5a59, #b6b5b3);}
.lull-overview a {color: light-dark(#005a8f, #7cc4f5); font-weight: 600;}
.lull-overview img {display: block;}
@media (max-width: 640px) {
  .lull-overview thead {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);}
  .lull-overview tr {display: grid; grid-template-columns: 1fr 1fr 1fr; padding: 0.5rem 0;}
  .lull-overview th, .lull-overview td {border: 0; padding: 0.2rem 0.3rem;}
  .lull-overview tbody tr {border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent);}
  .lull-overview th[scope=row] {grid-column: 1 / 3;}
  .lull-overview .number {text-align: left;}
  .lull-overview td::before {content: attr(data-label); display: block; font-size: 0.75rem; color: light-dark(#5a5a59,
    #b6b5b3);}
}
</style>"""


def overview_html(lines: Iterable[Line], *, names: Mapping[str, str], lab: str) -> str:
    """Return a table of lines; `names` are those that readers gave runs, `lab` the address of the lab."""
    heads = "".join(map(_head, COLUMNS))
    body = "".join(_line(line, names.get(line.row.run_id, ""), lab) for line in lines)
    head = f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
    return f'{STYLE}<table class="lull-overview" role="table">{head}<tbody role="rowgroup">{body}</tbody></table>'


def sparkline(row: OverviewRow) -> str:
    """Return a small picture of the weeks so far and the fan of those ahead, with its description in words.

    It is an image of its own: a page drops pictures that are drawn within its text.
    """
    data = b64encode(_drawn(row).encode()).decode()
    words = escape(spark_words(row), quote=True)
    return f'<img alt="{words}" width="{WIDTH}" height="{HEIGHT}" src="data:image/svg+xml;base64,{data}">'


def _drawn(row: OverviewRow) -> str:
    highest = max([1.0, *(value for value in row.past if value is not None), *(high for _, _, high in row.fan)])
    step = (WIDTH - 2 * PAD) / max(len(row.past) + len(row.fan) - 1, 1)

    def point(place: int, value: float) -> str:
        return f"{PAD + step * place:.1f},{HEIGHT - PAD - (HEIGHT - 2 * PAD) * value / highest:.1f}"

    first = len(row.past)
    past = "".join(_runs(row, point))
    high = [point(first + place, high) for place, (_, _, high) in enumerate(row.fan)]
    low = [point(first + place, low) for place, (_, low, _) in enumerate(row.fan)]
    median = " ".join(point(first + place, middle) for place, (middle, _, _) in enumerate(row.fan))
    at = f"{PAD + step * (first - 0.5):.1f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">{past}'
        f'<polygon points="{" ".join([*high, *reversed(low)])}" fill="{AHEAD_COLOUR}" fill-opacity="0.35"/>'
        f'<polyline points="{median}" fill="none" stroke="{AHEAD_COLOUR}" stroke-width="1.8"/>'
        f'<line x1="{at}" x2="{at}" y1="0" y2="{HEIGHT}" stroke="{PAST_COLOUR}" stroke-dasharray="2 3"/></svg>'
    )


def spark_words(row: OverviewRow) -> str:
    """Return what the small picture shows, in words."""
    known = [value for value in row.past if value is not None]
    past = f"at most {max(known):.0f} attacks a week in the last {len(row.past)} weeks" if known else "no week known"
    ahead = f"; ahead at most {max(high for _, _, high in row.fan):.0f} by the 90 % interval" if row.fan else ""
    return f"{series_name(row.series)}: {past}{ahead}"


def _runs(row: OverviewRow, point: object) -> Iterable[str]:
    """Yield the past as lines, one for each stretch of weeks that evidence reaches."""
    assert callable(point)
    stretch: list[str] = []
    for place, value in enumerate([*row.past, None]):
        if value is not None:
            stretch.append(point(place, value))
            continue
        if stretch:
            shown = " ".join(stretch if len(stretch) > 1 else stretch * 2)
            yield f'<polyline points="{shown}" fill="none" stroke="{PAST_COLOUR}" stroke-width="1.4"/>'
        stretch = []


def _head(name: str) -> str:
    """Return the head of a column, with what its term means at the pointer."""
    meaning = escape(TITLES.get(name, ""), quote=True)
    return f'<th role="columnheader" scope="col"{_class(name)} title="{meaning}">{name}</th>'


def _line(line: Line, name: str, lab: str) -> str:
    row = line.row
    link = escape(f"{lab}?{urlencode({'run': row.run_id, 'series': row.series})}", quote=True)
    of = escape(name or row.group)
    head = (
        f'<th role="rowheader" scope="row"><a href="{link}" target="_self" title="{escape(row.series, quote=True)}">'
        f"{escape(series_name(row.series))}</a><small>{of}</small></th>"
    )
    soon, later = line.changes or (None, None)
    cells = (
        sparkline(row),
        _state(row),
        percent(row.p_pause),
        percent(row.soon) + _change(row.soon, soon),
        percent(row.later) + _change(row.later, later),
        f"{escape(row.grade)}<small>known to {row.known_to:%-d %b %Y}</small>",
    )
    rest = "".join(
        f'<td role="cell"{_class(label)} data-label="{label}">{glued(cell)}</td>'
        for label, cell in zip(COLUMNS[1:], cells, strict=True)
    )
    return f'<tr role="row">{head}{rest}</tr>'


def _change(chance: float, change: float | None) -> str:
    """Return how far a chance has moved within the week, in points."""
    if change is None:
        return ""
    return f'<small title="since the week before">{points_words(moved_points(chance, change))}</small>'


def _state(row: OverviewRow) -> str:
    """Return how long a series has been silent; of a week that nobody reports nothing is known."""
    if row.past and row.past[-1] is None:
        return "not reported"
    if not row.silent_weeks:
        return "active"
    return f"{row.silent_weeks:.0f} {'week' if round(row.silent_weeks) == 1 else 'weeks'}"


def _class(label: str) -> str:
    return ' class="number"' if label in NUMBERS else ""


def change_sentence(line: Line) -> str:
    """Return what the new week changed for a series: what it brought, and from where to where the numbers went."""
    row, before = line.row, line.before
    assert before is not None
    last = row.past[-1] if row.past else None
    brought = "is not reported" if last is None else f"brought {last:.0f} {'attack' if last == 1 else 'attacks'}"
    moved = (
        f"{what} {percent(then)} → {percent(now)}"
        for what, then, now in (
            ("a pause", before.p_pause, row.p_pause),
            (f"an attack in {SOON} weeks", before.soon, row.soon),
            (f"in {LATER} weeks", before.later, row.later),
        )
    )
    silent = f"; silent for {_state(row)} now" if row.silent_weeks and last is not None else ""
    return glued(f"The week of {row.origin:%-d %B %Y} {brought}{silent}. Chance of {', '.join(moved)}.")
