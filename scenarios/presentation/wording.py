"""The numbers of a document in words: rounded to what they support, the same in the terminal, report and browser."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lull.scenarios.results.document import Asked, Chance, DriverEffect, ForecastDocument

MARKS = re.compile(r"([\\`*_{}\[\]()#+!$<>|~:-])")
LEAST_SHOWN = 0.005  # half a per cent
HALF_LIFE = "half-life"
MADE_AGAIN = (
    "The weeks are made again by draws of the fit, with each draw's own level, and held against those observed: 95 % "
    "of them lie between the two figures. A share near 0 or 100 % says that something is missing from the model. One "
    "in the middle proves little, for the counts were used twice. Autocorrelation is that of log(1 + attacks) with the "
    "week before."
)
NO_CHANGE = "The scenario changes nothing here."
FAR_APART = 0.25  # between the model's chance and the record's: worth a sentence
WEIGH_BOTH = (
    "The record knows the age of a silence and the attacks before it, not the events that brought it: weigh both."
)
UNTAUGHT = "mostly the prior"  # as `model/inspection/sensitivity.py` says it
NOTHING_TAUGHT = (
    "Nothing about any lever: the data do not show what events change. What a scenario's events, pressure or ceasefire "
    "do here is prior belief alone."
)
LEVERS = (
    "Effect on the log intensity, or on the log odds of halting or resuming, per unit of the covariate (an event of "
    "salience 5, a full week of ceasefire): median and 90 % interval before and after the data, and how much the two "
    "have in common. What is mostly shared is belief, not evidence."
)


def percent(probability: float) -> str:
    """Return a probability in whole per cent; 0 and 100 only where it is certain."""
    if 0 < probability <= LEAST_SHOWN:
        return "<1 %"
    return ">99 %" if 1 - LEAST_SHOWN <= probability < 1 else f"{100 * probability:.0f} %"


def in_points(difference: float) -> str:
    """Return a difference of probabilities in signed whole points."""
    rounded = round(100 * difference)
    return f"{rounded:+d}" if rounded else "0"


def interval(chance: Chance) -> str:
    """Return the 90 % interval of the difference, in points."""
    return f"{in_points(chance.difference_low)} to {in_points(chance.difference_high)}"


def change_in_points(chance: Chance) -> str:
    """Return the paired difference with its interval, for a figure on the screen."""
    return f"{in_points(chance.difference)} points ({interval(chance)})"


def apart_words(chance: float, record: float) -> str:
    """Return what is said where the model and the record of pauses are far apart, else nothing."""
    way = far_from_record(chance, record)
    if not way:
        return ""
    return f"The model ({percent(chance)}) is far {way} than the record of pauses ({percent(record)}). {WEIGH_BOTH}"


def far_from_record(chance: float, record: float) -> str:
    """Return whether the model's chance is far `lower` or `higher` than the record's, else nothing."""
    if abs(chance - record) < FAR_APART:
        return ""
    return "lower" if chance < record else "higher"


def literal(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return MARKS.sub(r"\\\1", text)


def answer_sentence(document: ForecastDocument, scenario: str, series: str) -> str:
    """Return the answer in one sentence: chance by the last week, and how the scenario moves it."""
    chance = document.chance("any attack", scenario, series, document.horizon)
    note = next(one for one in document.scenarios if one.id == scenario)
    own = percent(chance.probability)
    told = f"The chance of at least one attack (**{literal(series)}**) by {chance.by:%-d %B %Y} is **{own}**"
    if note.departs is None and scenario == document.scenarios[0].id:
        return f"{told} if nothing new happens."
    if note.departs is None:
        return f"{told} if: *{literal(note.title)}*. {NO_CHANGE} It is the baseline in every week."
    base = document.chance("any attack", document.scenarios[0].id, series, document.horizon)
    return (
        f"{told} if: *{literal(note.title)}*. In the baseline it is {percent(base.probability)}: a difference of "
        f"**{in_points(chance.difference)} points** (90 % interval {interval(chance)}). "
        f"The two part in week {note.departs} ahead."
    )


def series_sentence(document: ForecastDocument, series: str) -> str:
    """Return where the series stands at the origin."""
    note = next(one for one in document.series if one.name == series)
    pause = f"The chance that it is in a pause is {percent(1 - note.p_active)}."
    if note.last_count_week is None or note.last_count_week < document.origin_week:
        last = f" after the week of {note.last_count_week:%-d %B %Y}" if note.last_count_week else ""
        return f"No evidence reaches the weeks{last}: they are missing, not zero. {pause}"
    weeks = "week" if round(note.silent_weeks) == 1 else "weeks"
    silence = (
        f"{note.silent_weeks:.0f} {weeks} without an attack" if note.silent_weeks else "An attack in the last week"
    )
    return f"{silence} at the origin, the week of {document.origin_week:%-d %B %Y}. {pause}"


def hits_sentence(document: ForecastDocument, series: str) -> str:
    """Return how many of the attacks ahead hit in the baseline, and from what it is derived; nothing if unknown."""
    rows = [row for row in document.hits if row.series == series and row.scenario_id == document.scenarios[0].id]
    if not rows:
        return ""
    (row,) = rows
    return (
        f"Of {row.claims} claims {row.hits} were said to have hit (reports {', '.join(row.reports)}). If that share "
        f"holds, {row.median:.0f} attacks ({row.low_90:.0f} to {row.high_90:.0f}) of the {document.horizon} weeks "
        "ahead hit in the baseline: derived, not fitted."
    )


def chance_rows(document: ForecastDocument, asked: Asked, series: str) -> list[dict[str, str]]:
    """Return a row for each scenario: chances by the headline weeks."""
    rows = []
    for place, scenario in enumerate(document.scenarios):
        row = {"scenario": scenario.title}
        for horizon in document.headline_horizons:
            chance = document.chance(asked, scenario.id, series, horizon)
            changed = f"  {in_points(chance.difference)} ({interval(chance)})" if scenario.departs else "  no change"
            moved = changed if place else ""
            row[f"{chance.by:%-d %b %Y}"] = f"{percent(chance.probability)}{moved}"
        rows.append(row)
    return rows


def week_rows(document: ForecastDocument, series: str) -> list[dict[str, str]]:
    """Return a row for each scenario: weekly counts in the headline weeks."""
    rows = []
    for scenario in document.scenarios:
        row = {"scenario": scenario.title}
        for horizon in (1, *document.headline_horizons):
            week = document.week(scenario.id, series, horizon)
            half = f"{week.low_50:.0f} to {week.high_50:.0f}"
            row[f"week of {week.week:%-d %b %Y}"] = (
                f"{week.median:.0f}  ({half}; {week.low_90:.0f} to {week.high_90:.0f})"
            )
        rows.append(row)
    return rows


def lever_rows(document: ForecastDocument) -> list[dict[str, str]]:
    """Return what was believed of each lever, and what the data made of it, as a table of words."""
    return driver_rows(document.levers)


def driver_rows(levers: Iterable[DriverEffect]) -> list[dict[str, str]]:
    """Return a row for each lever."""
    return [
        {
            "lever": f"{note.covariate} on {note.on}" if note.on != HALF_LIFE else f"{HALF_LIFE} of {note.covariate}",
            "believed": _median_and_interval(note.on, note.prior_median, note.prior_low, note.prior_high),
            "now": _median_and_interval(note.on, note.median, note.low, note.high),
            "shared": percent(note.overlap),
            "in words": note.learned,
        }
        for note in levers
    ]


def replicate_rows(replicates: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return a row for each figure of the observed weeks, beside that of weeks made again."""
    return [
        {
            "series": row["series"],
            "figure": row["figure"],
            "observed": f"{row['observed']:.3g}",
            "made again": f"{row['low']:.3g} to {row['high']:.3g}",
            "as large or larger": percent(row["p"]),
        }
        for row in replicates
    ]


def _median_and_interval(on: str, median: float, low: float, high: float) -> str:
    """Return a median with its 90 % interval: an effect with its sign, a half-life in weeks."""
    sign = "" if on == HALF_LIFE else "+"
    unit = " wk" if on == HALF_LIFE else ""
    return f"{median:{sign}.1f} ({low:{sign}.1f} to {high:{sign}.1f}){unit}"
