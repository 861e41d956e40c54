"""The numbers of a document in words: rounded to what they support, the same in the terminal, report and browser."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from lull.scenarios.results.document import DifferenceParts, DriverEffect, EvidenceUsed, ForecastDocument
from lull.scenarios.results.evidence_used import completeness_sentence

MINUS = "\N{MINUS SIGN}"
UNITS = re.compile(r"(\d\**) (?=(?:%|points?\b|weeks?\b))")  # a number, in bold or not, and the space before its unit
MARKS = re.compile(r"([\\`*_{}\[\]()#+!$<>|~:-])")
LEAST_SHOWN = 0.005  # half a per cent
REPLICATED = (
    "Posterior predictive check: weeks are replicated from draws of the fit, with each draw's own level, and compared "
    "with those observed. 95 % of the replicated figures lie within the interval. A share near 0 or 100 % says that "
    "something is missing from the model. A middling share is weak support, because the same data were used to fit. "
    "Autocorrelation is that of log(1 + attacks) with the week before."
)
NO_CHANGE_CELL = "no change"
SENSITIVE = 0.05  # of power scaling, to prior and likelihood: Kallioinen et al., Statistics and Computing 34 (2024)
NO_CHANGE = "The scenario changes nothing here."
NOTHING = 1e-9  # of a share
UNDECIDED = 0.5  # chance of being active, up to which a series may have paused
FAR_APART = 0.25  # between the model's chance and the record's: worth a sentence
WEIGH_BOTH = (
    "The record knows the age of a silence and the attacks before it, not the events that brought it: weigh both."
)
UNTAUGHT = "mostly the prior"  # as `model/inspection/sensitivity.py` says it
LEARNED = {UNTAUGHT: "mostly prior", "moved some way": "partly informed by data", "moved far": "informed by data"}
NOTHING_TAUGHT = (
    "Nothing about any driver: the data do not show what events change. What a scenario's events, pressure or "
    "ceasefire do here is the record of other actors and prior belief alone."
)
EFFECTS = (
    "Effect on the log attack rate, or on the log odds of a pause starting or ending, per unit of the driver (an event "
    "of salience 5, a full week of ceasefire); half-lives in weeks: median and 90 % interval before and after the "
    "data, and how far the two overlap. High overlap: the result rests on the prior. Placebo: the share of "
    "calendars, the real one and those with the events at other times, in which any effect lies as far from what all "
    "of them give (`lull drivers`). Up to .05 it is called an effect, and by nothing else; conflict: data and belief "
    "pull apart."
)


def percent(probability: float) -> str:
    """Return a probability in whole per cent; 0 and 100 only where it is certain."""
    if 0 < probability <= LEAST_SHOWN:
        return "<1 %"
    return ">99 %" if 1 - LEAST_SHOWN <= probability < 1 else f"{100 * probability:.0f} %"


def glued(text: str) -> str:
    """Return a text in which no line ends between a number and its unit: `37 %`, `+1 point`."""
    return UNITS.sub("\\1\N{NO-BREAK SPACE}", text)


def signed(number: float, form: str) -> str:
    """Return a number with its sign, a true minus."""
    return f"{number:{form}}".replace("-", MINUS)


def in_points(difference: float) -> str:
    """Return a difference of probabilities in signed whole points."""
    rounded = round(100 * difference)
    return signed(rounded, "+d") if rounded else "0"


def moved_points(probability: float, difference: float) -> str:
    """Return in signed points how far a probability is from the baseline's.

    Whole points, or one decimal where the two chances as they are shown would give another number of them.
    """
    ends = round(100 * probability) - round(100 * (probability - difference))
    return in_points(difference) if round(100 * difference) == ends else signed(100 * difference, "+z.1f")


def written_interval(low: float, high: float, form: str = "z.0f") -> str:
    """Return an interval as it is written everywhere, `[low, high]`; `form` is how its ends are."""
    return f"[{signed(low, form)}, {signed(high, form)}]"


def with_interval(middle: float, low: float, high: float, form: str = "z.0f") -> str:
    """Return an estimate with its interval: `middle [low, high]`."""
    return f"{signed(middle, form)} {written_interval(low, high, form)}"


def series_name(series: str) -> str:
    """Return a series as it is read: `us_forces` is `US forces`."""
    words = series.replace("_", " ").split()
    shown = ["US" if word == "us" else word for word in words]
    return " ".join([shown[0][:1].upper() + shown[0][1:], *shown[1:]]) if shown else series


def points_interval(low: float, high: float) -> str:
    """Return the interval of a difference of probabilities, in points."""
    return f"[{in_points(low)}, {in_points(high)}]"


class Differs(Protocol):
    """A probability and its difference from the baseline's, with its interval."""

    @property
    def probability(self) -> float: ...  # noqa: D102 - the class says what they are
    @property
    def difference(self) -> float: ...  # noqa: D102
    @property
    def difference_low(self) -> float: ...  # noqa: D102
    @property
    def difference_high(self) -> float: ...  # noqa: D102


def difference_in_points(one: Differs) -> str:
    """Return the difference from the baseline with its 90 % interval: `+4 [−1, +9]`, in points."""
    return f"{moved_points(one.probability, one.difference)} {points_interval(one.difference_low, one.difference_high)}"


def parts_in_points(parts: DifferenceParts) -> str:
    """Return the parts of a difference in points, `record / data / belief`, and what the scenario sets if anything."""
    cells = [in_points(each) for each in (parts.record, parts.data, parts.belief)]
    return " / ".join([*cells, f"{in_points(parts.assumed)} set"] if parts.assumed else cells)


def parts_sentence(parts: DifferenceParts) -> str:
    """Return where a difference comes from, and what it was before the data."""
    before = f"{in_points(parts.before)} points {points_interval(parts.before_low, parts.before_high)}"
    own = f", and {in_points(parts.assumed)} from what the scenario itself sets" if parts.assumed else ""
    return (
        f"Of the difference, {in_points(parts.record)} points come from what followed such events elsewhere (record), "
        f"{in_points(parts.data)} from these data and {in_points(parts.belief)} from belief{own}. Before "
        f"these data it was {before}."
    )


def effect_words(note: DriverEffect) -> str:
    """Return what the data show of one driver: an effect only where placebo calendars seldom show as much of any."""
    words = LEARNED.get(note.learned, note.learned)
    if note.called is not None:
        words = "an effect is shown" if note.called else "no effect shown"
    conflict = note.prior_sensitivity > SENSITIVE and note.likelihood_sensitivity > SENSITIVE
    return f"{words}, conflict" if conflict else words


def placebo_sentence(test: Mapping[str, Any]) -> str:
    """Return how many effects the test calls one, how often it would call any by chance, and the p of all together."""
    if not test:
        return "No placebo calendars were fitted: `lull drivers --placebo 40` does."
    rows, calendars, level = test["effects"], test["calendars"], test["level"]
    shown = [f"{row['covariate'].replace('_', ' ')} on {row['on']}" for row in rows if row["called"]]
    named = f": {', '.join(shown)}" if shown else ""
    effects, verb = "effect" if len(rows) == 1 else "effects", "is" if len(shown) == 1 or len(rows) == 1 else "are"
    few = "" if level * (1 + calendars) >= 1 else " So few calendars cannot call any."
    return (
        f"{calendars} placebo calendars, with the events moved round the weeks: {len(shown)} of {len(rows)} {effects} "
        f"{verb} called one{named}.{few} If the events could as well have come at these other times, the chance that "
        f"any is called is at most {percent(level)}; of the placebo calendars {percent(test['false_calls'])} would "
        f"have one called. Of all calendars {percent(test['p'])} fit as well as the real one."
    )


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


def evidence_sentence(evidence: EvidenceUsed) -> str:
    """Return what the counts were made from, and what is said of last weeks that are reported in part."""
    days = f"{evidence.first_day:%-d %B %Y} to {evidence.last_day:%-d %B %Y}"
    if evidence.kind == "counts":
        return f"Weekly counts as given, {days}. {completeness_sentence(evidence)}".rstrip()
    used = "1 is" if evidence.used == 1 else f"{evidence.used} are"
    made = f"{evidence.known} reports were known; {used} used, windows {days}."
    return f"{made} {completeness_sentence(evidence)}".rstrip()


def series_sentence(document: ForecastDocument, series: str) -> str:
    """Return where the series stands at the origin."""
    note = next(one for one in document.series if one.name == series)
    pause = f"The chance that it is in a pause is {percent(1 - note.p_active)}."
    if not note.paused and note.p_active <= UNDECIDED:
        pause += " That is too uncertain to speak of a resumption: only the chance of any attack is shown."
    if note.last_count_week is None or note.last_count_week < document.origin_week:
        last = f" after the week of {note.last_count_week:%-d %B %Y}" if note.last_count_week else ""
        return f"No reports cover the weeks{last}: they are missing, not zero. {pause}"
    weeks = "week" if round(note.silent_weeks) == 1 else "weeks"
    silence = (
        f"{note.silent_weeks:.0f} {weeks} without an attack" if note.silent_weeks else "An attack in the latest week"
    )
    return f"{silence}, up to the week of {document.origin_week:%-d %B %Y}. {pause}"


def pool_sentence(document: ForecastDocument, series: str) -> str:
    """Return which models decide the paths of a series, and in what share of them."""
    note = next(one for one in document.series if one.name == series)
    shares = {
        "the regime model": note.regime_share,
        "the hurdle model, which knows the record and the drivers alone,": 1 - note.regime_share - note.recent_share,
        "recent rates, which go on as of late but for the drivers,": note.recent_share,
    }
    heard = {name: share for name, share in shares.items() if share > NOTHING}
    if len(heard) == 1:
        name = next(iter(heard)).partition(",")[0]
        return f"These are paths of {name} alone, a part of the forecast."
    pooled = "; ".join(f"{name} {percent(share)}" for name, share in heard.items())
    if note.regime_share <= NOTHING and not document.convergence.usable:
        return f"The draws of the regime model did not converge and are left out. Of the paths {pooled}."
    return f"The forecast pools several models. Of the paths, {pooled}."


def hits_sentence(document: ForecastDocument, series: str) -> str:
    """Return how many of the attacks ahead hit in the baseline, and from what it is derived; nothing if unknown."""
    rows = [row for row in document.hits if row.series == series and row.scenario_id == document.scenarios[0].id]
    if not rows:
        return ""
    (row,) = rows
    return (
        f"{row.hits} of {row.claims} claimed attacks were reported as hits (reports {', '.join(row.reports)}). If that "
        f"share holds, {with_interval(row.median, row.low_90, row.high_90)} attacks of the {document.horizon} weeks "
        "ahead hit in the baseline: scaled from this share, not modelled."
    )
