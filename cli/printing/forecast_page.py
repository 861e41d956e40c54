"""The forecast as a page of text: what is known, how sure the model is, what may come, what each scenario changes.

Readable at 100 columns, piped or on a screen; every number comes with its interval.
"""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lull.cli.screen.layout import heading, indented, plain_table, verdict_line
from lull.data.calendar import calendar_sentence
from lull.scenarios.presentation.answer_in_short import summary_sentences
from lull.scenarios.presentation.rows import SPLIT, driver_rows, split_rows, tension_rows
from lull.scenarios.presentation.verdicts import GRADE_STYLES, NOT_USABLE
from lull.scenarios.presentation.wording import (
    EFFECTS,
    NO_CHANGE,
    NOTHING_TAUGHT,
    UNTAUGHT,
    evidence_sentence,
    hits_sentence,
    moved_points,
    percent,
    points_interval,
    pool_sentence,
    series_sentence,
    written_interval,
)
from lull.scenarios.results.document import (
    Asked,
    Chance,
    ForecastDocument,
    FutureWeek,
    SeriesNote,
    Tension,
)
from lull.scenarios.results.evidence_used import thin_sentence

MOST_TENSIONS = 6
MOST_COLUMNS = 4  # of weeks, whose chances fit on a line
WIDEST_LEVER = 26
LONGEST_SOURCE = 20  # characters
ASKED: dict[Asked, str] = {
    "any attack": "Chance of at least one attack by week",
    "resumption": "Chance of a resumption by week",
}


def print_forecast(document: ForecastDocument, console: Console, *, every_week: bool = False) -> None:
    """Print the whole page."""
    _print_title(document, console)
    _print_summary(document, console)
    _print_evidence(document, console)
    print_convergence(document, console)
    _print_scenarios(document, console)
    for series in document.series:
        _print_series(document, series, console)
        for asked in document.asked_of(series.name):
            console.print(
                f"\n{ASKED[asked]}, in per cent, and its difference from {document.scenarios[0].id} in points\n"
            )
            console.print(_chance_table(document, asked, series.name))
            if rows := split_rows(document, asked, series.name):
                console.print(f"\n{SPLIT}\n")
                console.print(_split_table(rows, document))
        console.print("\nAttacks in that week: median, 50 % interval, 90 % interval\n")
        console.print(_week_table(document, series.name))
        for scenario in document.scenarios if every_week else ():
            console.print(f"\nEvery week of {series.name} under {scenario.id}\n")
            console.print(_every_week_table(document, scenario.id, series.name))
    _print_levers(document, console)
    console.print(_reading_notes(document))


def _split_table(rows: Sequence[Mapping[str, str]], document: ForecastDocument) -> Table:
    """Return the parts of the differences, a column for each headline week."""
    table = plain_table("scenario", *(f"week {horizon}" for horizon in document.headline_horizons))
    ids = {scenario.title: scenario.id for scenario in document.scenarios}
    for row in rows:
        name, *cells = row.values()
        table.add_row(ids[name], *cells)
    return table


def _short(text: str) -> str:
    """Return a text cut to what a column takes."""
    return text if len(text) <= LONGEST_SOURCE else f"{text[: LONGEST_SOURCE - 1].rstrip()}…"


def _print_title(document: ForecastDocument, console: Console) -> None:
    console.print(Text(f"{document.subject}: attacks per week, {document.horizon} weeks ahead", style="bold"))
    known = f"As known on {document.as_of}, known to {document.known_to}."
    known = f"{known} The origin, the last week that counts, began on {document.origin_week}."
    console.print(f"{known} {calendar_sentence(document.origin_week)}".rstrip())
    console.print(f"{document.claims}")
    if document.beliefs:
        console.print(Text(document.beliefs, style="bold"))
    if thin := thin_sentence(document.evidence):
        console.print(Text(thin, style="bold"))


def _print_summary(document: ForecastDocument, console: Console) -> None:
    """Print the answer before what it rests on."""
    console.print(heading("In short"))
    for sentence in summary_sentences(document):
        console.print(indented(sentence))


def _print_evidence(document: ForecastDocument, console: Console) -> None:
    evidence = document.evidence
    console.print(heading("Evidence"))
    console.print(indented(evidence_sentence(evidence)))
    if evidence.set_aside:
        reasons = "; ".join(f"{count} {reason}" for reason, count in evidence.set_aside.items())
        console.print(indented(f"Set aside: {reasons}."))
    if evidence.tension:
        disagree = f"{len(evidence.tension)} reports disagree with the others (z: the standardised residual)."
        console.print(indented(f"{disagree} They stay in the data, weighted by their likely error.\n"))
        console.print(_tension_table(evidence.tension[:MOST_TENSIONS]))
    if (more := len(evidence.tension) - MOST_TENSIONS) > 0:
        console.print(indented(f"... and {more} more (`lull reconstruct`)."))


def _tension_table(rows: Sequence[Tension]) -> Table:
    """Return the inconsistent reports, each against what the others imply."""
    table = plain_table("report", "source", "front", "window", "says", "others imply", "z", words=4)
    for row in tension_rows(rows):
        table.add_row(*(row | {"source": _short(row["source"])}).values())
    return table


def print_convergence(document: ForecastDocument, console: Console) -> None:
    """Print the verdict on the draws, with its reasons."""
    convergence = document.convergence
    console.print(heading("Convergence"))
    console.print(verdict_line(convergence.grade, convergence.reasons))
    console.print(indented(f"{convergence.draws:,} draws. {convergence.advice}"))
    console.print(indented(f"Track record: {convergence.calibrated}."))
    if convergence.replication:
        console.print(indented(convergence.replication))
    if not convergence.usable:
        console.print(indented(f"{NOT_USABLE}.", style=GRADE_STYLES["unusable"]))


def _print_levers(document: ForecastDocument, console: Console) -> None:
    """Print the prior and the posterior of each driver."""
    rows = driver_rows(document.levers)
    if not rows:
        return
    console.print(heading("Drivers: prior and posterior"))
    if all(note.learned == UNTAUGHT for note in document.levers):
        console.print(indented(NOTHING_TAUGHT))
        return
    console.print(indented(f"{EFFECTS}\n"))
    console.print(driver_table(rows))


def driver_table(rows: Sequence[Mapping[str, str]]) -> Table:
    """Return the rows of the drivers as a table; a column that is empty throughout is left out."""
    names = [name for name in rows[0] if any(row[name] for row in rows)]
    table = plain_table(*names, words=len(names), widest=WIDEST_LEVER)
    table.columns[0].min_width = min(WIDEST_LEVER, max(len(row[names[0]]) for row in rows))
    table.columns[-1].no_wrap = False  # where there is no room, the words take a second line, not the driver
    for row in rows:
        table.add_row(*(row[name] for name in names))
    return table


def _print_scenarios(document: ForecastDocument, console: Console) -> None:
    console.print(heading("Scenarios"))
    for scenario in document.scenarios:
        same = scenario.departs is None and scenario != document.scenarios[0]
        console.print(indented(f"{scenario.id}: {scenario.assumptions}{f' {NO_CHANGE}' if same else ''}"))


def _print_series(document: ForecastDocument, series: SeriesNote, console: Console) -> None:
    console.print(heading(f"Series {series.name}"))
    console.print(indented(series_sentence(document, series.name)))
    console.print(indented(pool_sentence(document, series.name)))
    if derived := hits_sentence(document, series.name):
        console.print(indented(derived))


def _chance_table(document: ForecastDocument, asked: Asked, series: str) -> Table:
    horizons = document.headline_horizons
    ends = [document.chance(asked, document.scenarios[0].id, series, h).by for h in horizons]
    columns = [f"week {h}\nto {end:%-d %b %y}" for h, end in zip(horizons, ends, strict=True)]
    table = plain_table("\nscenario", *columns, words=1 + len(columns))
    between = "\n" if len(horizons) > MOST_COLUMNS else " "
    for place, scenario in enumerate(document.scenarios):
        chances = [document.chance(asked, scenario.id, series, h) for h in horizons]
        changed = [_moved(chance) if scenario.departs else "no change" for chance in chances]
        moved = [f"{between}{each}" if place else "" for each in changed]
        own = [percent(chance.probability).removesuffix(" %") for chance in chances]
        table.add_row(scenario.id, *(f"{chance:>3}{move}" for chance, move in zip(own, moved, strict=True)))
    return table


def _moved(chance: Chance) -> str:
    """Return the paired difference and its interval."""
    moved = moved_points(chance.probability, chance.difference)
    return f"{moved:>3} {points_interval(chance.difference_low, chance.difference_high)}"


def _week_table(document: ForecastDocument, series: str) -> Table:
    headline = document.headline_horizons
    horizons = headline if len(headline) > MOST_COLUMNS else tuple(sorted({1, *headline}))
    columns = ["scenario", *(f"week {h}" for h in horizons)]
    table = plain_table(*columns)
    for scenario in document.scenarios:
        table.add_row(scenario.id, *(_attacks(document.week(scenario.id, series, h)) for h in horizons))
    return table


def _attacks(row: FutureWeek) -> str:
    half, most = written_interval(row.low_50, row.high_50), written_interval(row.low_90, row.high_90)
    return f"{row.median:.0f} {half}\n{most}"


def _every_week_table(document: ForecastDocument, scenario_id: str, series: str) -> Table:
    by_then: dict[Asked, str] = {"any attack": "any by then", "resumption": "resumed by then"}
    shown = document.asked_of(series)
    columns = ("week", "begins", "median", "50 %", "90 %", "mean", *(by_then[asked] for asked in shown))
    table = plain_table(*columns, words=2)
    for horizon in range(1, document.horizon + 1):
        row = document.week(scenario_id, series, horizon)
        chances = [percent(document.chance(asked, scenario_id, series, horizon).probability) for asked in shown]
        intervals = (written_interval(row.low_50, row.high_50), written_interval(row.low_90, row.high_90))
        table.add_row(str(horizon), str(row.week), f"{row.median:.0f}", *intervals, f"{row.mean:.1f}", *chances)
    return table


def _reading_notes(document: ForecastDocument) -> Text:
    return Text(
        "\nIn brackets: 90 % interval of the difference, by paired draws. A resumption is a week in the active regime,"
        " in paths of the other models a week with an attack; an isolated attack may come without one. A projection"
        " under a scenario holds if its assumptions hold."
        f" {document.claims}\nRun {document.run_id}, seed {document.seed}."
    )
