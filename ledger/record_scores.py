"""The record: how good everybody's forecasts were, and beside each score what share of the questions it knows.

Scores of several forecasters are over the questions that each of them answered; beside each stands the model's and the
baseline's over the same ones. Forecasts under a scenario are scored apart, and only where its premise came true.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from statistics import fmean
from typing import Any

from lull.ledger.forecasters import BASELINE, MODEL, Forecast, forecasts
from lull.ledger.journal import Ledger
from lull.ledger.losses import brier, crps, interval_score, log_score, weighted_interval_score
from lull.ledger.standing import Standing, Version, published
from lull.scenarios.language.spec import BASELINE as SCHEDULED

BANDS = ((1, 4), (5, 8), (9, 12), (13, 26), (27, 10_000))  # weeks from publication to the deadline
ALL, KIND, AHEAD, UNDER = "all", "kind", "weeks ahead", "scenario"
BINS = 10  # of chances, of a reliability diagram
METRICS = ("brier", "log_score", "interval_score_90", "wis", "crps")


@dataclass(frozen=True)
class Score:
    """A mean score of a forecaster over the forecasts of a group: `scored` of them, `early` before the deadline.

    `published` counts the forecaster's forecasts in the group, `resolved` those that came out yes or no, `void` those
    that cannot be decided. `model` and `baseline` are their means over the same forecasts, None where one lacks.
    """

    group: str
    value: str
    forecaster: str
    metric: str
    mean: float
    scored: int
    early: int
    published: int
    resolved: int
    void: int
    share_resolved: float
    model: float | None
    baseline: float | None


@dataclass(frozen=True)
class Bin:
    """Of forecasts with a chance from `low` to `high`: the mean chance, and how often it came."""

    forecaster: str
    low: float
    high: float
    chance: float
    happened: float
    number: int


@dataclass(frozen=True)
class UnderScenario:
    """Forecasts under a scenario: how many of its premises came true, were overtaken, or are open."""

    scenario: str
    title: str
    premise: str
    published: int
    confirmed: int
    overtaken: int
    open: int


@dataclass(frozen=True)
class Record:
    """What a ledger's record says. `outcomes` counts questions by how their last version stands."""

    questions: int
    versions: int
    outcomes: dict[str, int]
    share_resolved: float
    corrections: int
    scores: tuple[Score, ...]
    reliability: tuple[Bin, ...]
    scenarios: tuple[UnderScenario, ...]
    forecasts: tuple[Forecast, ...]
    standings: tuple[Standing, ...]

    def document(self) -> dict[str, Any]:
        """Return the record as plain values of JSON."""
        names = ("questions", "versions", "outcomes", "share_resolved", "corrections")
        parts = ("scores", "reliability", "scenarios")
        return (
            {name: getattr(self, name) for name in names}
            | {name: [asdict(one) for one in getattr(self, name)] for name in parts}
            | {"published": [one.document() for one in self.standings]}
        )


def record(ledger: Ledger) -> Record:
    """Return the record of a ledger. Raises `InputError` if it cannot be read."""
    return record_of(published(ledger))


def record_of(standings: Sequence[Standing]) -> Record:
    """Return the record of some questions."""
    outcomes = {name: sum(one.outcome == name for one in standings) for name in ("yes", "no", "void", "open")}
    made, versions = forecasts(standings), [one for standing in standings for one in standing.versions]
    return Record(
        questions=len(standings),
        versions=len(versions),
        outcomes=outcomes,
        share_resolved=_share(outcomes["yes"] + outcomes["no"], len(standings)),
        corrections=sum(entry.body.kind == "correction" for one in versions for entry in one.settled),
        scores=tuple(_scores(made)),
        reliability=tuple(_reliability(made)),
        scenarios=tuple(_under_scenarios(versions)),
        forecasts=made,
        standings=tuple(standings),
    )


def losses(forecast: Forecast) -> dict[str, float]:
    """Return the scores of one forecast, by metric: none while it is open, void, or its premise has not come true."""
    happened, total = forecast.happened, forecast.version.total
    if happened is None or not _counts_under(forecast.version):
        return {}
    found = {}
    if forecast.chance is not None:
        found["brier"] = brier(forecast.chance, happened=happened)
        found["log_score"] = log_score(forecast.chance, happened=happened)
    if forecast.quantiles is not None and total is not None:
        found["interval_score_90"] = interval_score(forecast.quantiles, total)
        found["wis"] = weighted_interval_score(forecast.quantiles, total)
    if forecast.counts is not None and total is not None:
        found["crps"] = crps(forecast.counts, total)
    return found


def is_scheduled(version: Version) -> bool:
    """Return whether a forecast holds if nothing but what is scheduled happens."""
    return version.body.scenario == SCHEDULED


def band(weeks: int) -> str:
    """Return the words of how far ahead a forecast was."""
    low, high = next(one for one in BANDS if weeks <= one[1])
    return f"{low} and more" if high == BANDS[-1][1] else f"{low} to {high}"


def _counts_under(version: Version) -> bool:
    """Return whether a forecast may be scored: of a scenario only if its premise came true."""
    return is_scheduled(version) or version.premise == "confirmed"


def _scores(made: Sequence[Forecast]) -> Iterator[Score]:
    known = cache(lambda place: losses(made[place]))
    ways: tuple[tuple[str, Callable[[Version], str]], ...] = (
        (ALL, lambda _: ALL),
        (KIND, lambda version: version.body.asked),
        (AHEAD, lambda version: band(version.weeks_ahead)),
        (UNDER, lambda version: version.body.scenario),
    )
    for group, value_of in ways:
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, one in enumerate(made):
            if is_scheduled(one.version) != (group == UNDER):
                groups[value_of(one.version), one.forecaster].append(place)
        for (value, forecaster), places in groups.items():
            others = {name: groups.get((value, name), []) for name in (MODEL, BASELINE)}
            yield from _lines((group, value, forecaster), places, others, _Known(made, known))


@dataclass(frozen=True)
class _Known:
    """Forecasts, and the scores of each by its place."""

    made: Sequence[Forecast]
    losses: Callable[[int], dict[str, float]]


def _lines(
    names: tuple[str, str, str], places: Sequence[int], others: Mapping[str, Sequence[int]], known: _Known
) -> Iterator[Score]:
    """Yield the scores of one forecaster in one group, a line for each metric."""
    versions = [known.made[place].version for place in places]
    resolved = sum(version.outcome in ("yes", "no") for version in versions)
    void = sum(version.outcome == "void" for version in versions)
    for metric in METRICS:
        scored = [place for place in places if metric in known.losses(place)]
        if not scored:
            continue
        same = {known.made[place].version.entry.number for place in scored}
        means = {name: _mean_over(known, rivals, metric, same) for name, rivals in others.items()}
        yield Score(
            *names,
            metric=metric,
            mean=fmean(known.losses(place)[metric] for place in scored),
            scored=len(scored),
            early=sum(_is_early(known.made[place].version) for place in scored),
            published=len(places),
            resolved=resolved,
            void=void,
            share_resolved=_share(resolved, len(places)),
            model=means[MODEL],
            baseline=means[BASELINE],
        )


def _mean_over(known: _Known, places: Iterable[int], metric: str, same: set[int]) -> float | None:
    """Return another forecaster's mean over the same versions; None if one of them lacks."""
    found = {known.made[place].version.entry.number: known.losses(place).get(metric) for place in places}
    values = [found.get(number) for number in same]
    return fmean(value for value in values if value is not None) if None not in values else None


def _is_early(version: Version) -> bool:
    """Return whether it came, and was entered, with data that do not reach the deadline: only yes comes so early."""
    decision = version.decision
    return decision is not None and decision.known_to < version.body.deadline


def _reliability(made: Iterable[Forecast]) -> Iterator[Bin]:
    groups: dict[tuple[str, int], list[tuple[float, bool]]] = defaultdict(list)
    for one in made:
        if one.chance is not None and one.happened is not None and is_scheduled(one.version):
            groups[one.forecaster, min(int(one.chance * BINS), BINS - 1)].append((one.chance, one.happened))
    for (forecaster, place), pairs in sorted(groups.items()):
        chances, happened = zip(*pairs, strict=True)
        yield Bin(forecaster, place / BINS, (place + 1) / BINS, fmean(chances), fmean(map(float, happened)), len(pairs))


def _under_scenarios(versions: Iterable[Version]) -> Iterator[UnderScenario]:
    groups: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        if not is_scheduled(version):
            groups[version.body.scenario].append(version)
    for scenario, own in groups.items():
        body, states = own[-1].body, [version.premise for version in own]
        number = {name: states.count(name) for name in ("confirmed", "overtaken", "open")}
        yield UnderScenario(scenario, body.scenario_title, body.premise, len(own), **number)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
