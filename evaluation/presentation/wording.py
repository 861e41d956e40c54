"""A backtest in plain words: the same sentences and rows for the terminal, the page of the report and the screen.

Whatever the scores say is said: where a baseline wins it is named as the winner.
"""

from collections.abc import Sequence

from lull.evaluation.record import BENCHMARK_POOL, MOST_UNCONVERGED, NAIVE_POOL, Fits, Paired, Record, Summarised
from lull.evaluation.scores.metrics import SILENCE, WINDOWS, is_log_score, is_scaled
from lull.scenarios.results.calibration_status import graded

NAMES = {
    "lull": "Lull",
    "regimes": "Lull: regime model alone",
    "hurdle": "Lull: hurdle model alone",
    "recent": "Lull: recent rates alone",
    "companion": "hurdle benchmark, no drivers",
    NAIVE_POOL: "pool of simple baselines",
    BENCHMARK_POOL: "pool without the regime model",
}
WHAT_IT_IS = (
    "Each forecast was made with what was known at its origin and scored on the weeks after it. The baselines are "
    "simple rules that anyone could use. The pool of simple baselines averages five of them, named beforehand; the "
    "best single baseline is chosen after the fact, for each question again, and may be ahead of the pool. Skill is "
    "the share of the baseline's error that is saved: 0 is as good, below 0 is worse; of a log score it is the gain in "
    "nats. Sums over all forecasts: busy series weigh most. In brackets: the 90 % interval if other clusters of series "
    f"and other half years were drawn. Silent: {SILENCE} weeks or more without an attack at the origin. Near-certain: "
    "the baseline hardly erred, and a share of so small an error says nothing."
)
CERTAIN = 0.01  # Brier score of the best baseline below which an answer was near-certain
LEAST = 0.02  # weight in a mixture that is shown
MIXED = 30  # forecasts from which on a mixture is shown
LARGE = 0.2  # share of one series in a sum that is named
LEAST_SERIES = (
    5  # independent ones: with fewer not even the sign of every difference could say more than chance does, at 10 %
)
FINEST = 0.0001  # mean score that is shown
SMALLEST = 0.001  # p-value that is shown
CHANCE = 0.05  # p-value above which a difference is not reported as one


def questions(record: Record) -> dict[str, str]:
    """Return the questions of a backtest: each metric of the summary in words, those that were scored."""
    longest = max((window for window in WINDOWS if window <= record.horizon), default=None)
    asked = {"crps": "attacks in each week", "crps|silent": "attacks in each week, silent series"}
    if longest is not None:
        asked[f"total_crps|h{longest}"] = f"attacks of {longest} weeks together"
    asked["log_score"] = "chance given to each week's count (log score)"
    for window in (one for one in WINDOWS if one <= record.horizon):
        asked[f"any_attack_brier|h{window}"] = f"any attack within {window} weeks"
    for window in (one for one in WINDOWS if one <= record.horizon):
        asked[f"resumption_brier|h{window}"] = f"silent series: an attack within {window} weeks"
    scored = {line.metric for line in record.summary}
    return {metric: words for metric, words in asked.items() if metric in scored}


def name_of(model: str) -> str:
    """Return a forecaster as it is read."""
    return NAMES.get(model, model.replace("_", " "))


def scored_sentence(record: Record) -> str:
    """Return how many forecasts were scored, and over what."""
    many = f"{_cells(record)}, {_many(record.horizon, 'week')} ahead"
    days = {record.first_origin: "", record.last_origin: ""}
    when = f"origin{'s from' if len(days) > 1 else ''} {' to '.join(days)}"
    quiet = f"{record.silent or 'none'} of them after {SILENCE} or more weeks without an attack"
    given = "" if record.history is None else f" Each was given the last {record.history} weeks alone."
    return f"{many}: {when}, {quiet}.{given}"


def excluded_sentence(record: Record) -> str:
    """Return what was asked and could not be scored: series and why, origins, weeks; nothing if all was."""
    reasons = "; ".join(f"{many} series, {reason}" for reason, many in record.excluded.items())
    asked = record.cells * record.horizon
    sentences = {
        f"Left out: {reasons}.": bool(reasons),
        f"Fewer than {record.origins} origins: {record.fewer} series, for want of weeks.": record.fewer > 0,
        f"Not scored: {record.unknown} of {asked} weeks, missing or yet to come.": record.unknown > 0,
    }
    return " ".join(sentence for sentence, holds in sentences.items() if holds)


def verdict_sentence(record: Record, model: str) -> str:
    """Return in one sentence where a model is better than its opponent, where worse, and where neither."""
    found: dict[str, list[str]] = {"better": [], "worse": [], "open": [], "few": []}
    enough_series = False
    for metric, words in questions(record).items():
        line, best = record.line(model, metric), record.opponent(metric)
        if line is not None and best is not None:
            found[standing(record, line) if in_doubt(best) else "open"].append(words)
            enough_series |= enough(record, line)
    if not any(found.values()):
        return f"{name_of(model)} was not scored."
    start, opponent = f"On {_cells(record)} {name_of(model)}", f"the {opponent_name(record)}"
    if not enough_series:
        return f"{start} cannot be compared with {opponent}: that takes {LEAST_SERIES} independent series or more."
    parts = [
        f"is better than {opponent} at: {_listed(found['better'], 'nothing for certain')}",
        f"{opponent.capitalize()} is better at: {_listed(found['worse'], 'nothing for certain')}",
    ]
    if found["open"]:
        parts.append(f"Too close to call: {_listed(found['open'], '')}")
    if found["few"]:
        parts.append(
            f"Of fewer than {LEAST_SERIES} independent series, too few to compare: {_listed(found['few'], '')}"
        )
    if ahead := _ahead(record, model):
        parts.append(f"The best single baseline, chosen after the fact, has the smaller error at: {_listed(ahead, '')}")
    return f"{start} {'. '.join(parts)}."


def _ahead(record: Record, model: str) -> list[str]:
    """Return where the best single baseline is ahead of a model that is compared with the pool of them."""
    if NAIVE_POOL not in record.baselines:
        return []
    lines = {
        words: (record.line(model, metric), record.opponent(metric)) for metric, words in questions(record).items()
    }
    return [
        words
        for words, (line, opponent) in lines.items()
        if line is not None
        and opponent is not None
        and in_doubt(opponent)
        and line.skill is not None
        and line.skill < 0
    ]


def opponent_name(record: Record) -> str:
    """Return the opponent that headlines compare with."""
    return name_of(NAIVE_POOL) if NAIVE_POOL in record.baselines else "best baseline"


def largest_sentence(record: Record, model: str) -> str:
    """Return which series decide the sums of a model's scores; nothing where none holds a fifth of any."""
    shares: dict[str, list[str]] = {}
    for metric, words in questions(record).items():
        line = record.line(model, metric) if is_scaled(metric) and record.series > 1 else None
        if line is not None and line.largest and (line.share or 0.0) >= LARGE:
            shares.setdefault(line.largest, []).append(f"{100 * (line.share or 0.0):.0f} % at {words}")
    parts = [f"{name} holds {', '.join(at)}" for name, at in shares.items()]
    return f"Of the summed error one series has a large share: {'; '.join(parts)}." if parts else ""


def paired_sentence(record: Record, model: str) -> str:
    """Return what the paired tests over series say of a model; nothing where there are too few series for any."""
    tests = {words: record.pair(model, metric) for metric, words in questions(record).items()}
    tried = {words: test for words, test in tests.items() if test is not None and independent(test)}
    if not tried:
        return ""
    found = [
        f"{words}: {'better' if test.difference < 0 else 'worse'} than {name_of(test.opponent)} "
        f"({_paired_skill(test)}p {_p(test)})"
        for words, test in tried.items()
        if test.p_value <= CHANCE
    ]
    start = f"Paired test, each series with the same weight, {name_of(model)} against the {opponent_name(record)}"
    if rest := len(tried) - len(found):
        asked = f"at the other {rest}" if found else f"of {_many(rest, 'question')}"
        found.append(f"{asked} no difference that chance does not explain (p above {CHANCE})")
    return f"{start}: {'; '.join(found)}."


def coverage_sentence(record: Record, model: str) -> str:
    """Return how often the intervals of a model held what happened."""
    lines = [(level, record.line(model, f"coverage_{level}")) for level in ("90", "50")]
    parts = [
        f"{level} % intervals held {100 * line.mean:.0f} % of what happened"
        for level, line in lines
        if line is not None
    ]
    return f"{name_of(model)}: {', '.join(parts)}." if parts else ""


def grade_sentence(record: Record) -> str:
    """Return the grade of the forecasts that are shown, and why; nothing of an older record."""
    return f"Track record: {graded(record.calibration).sentence}." if record.calibration else ""


def mixture_sentence(record: Record) -> str:
    """Return what the best mixture of all forecasters is made of; nothing without log scores of enough forecasts."""
    if record.cells < MIXED:
        return ""
    parts = sorted(record.weights.items(), key=lambda part: -part[1])
    shares = [f"{100 * weight:.0f} % {name_of(model)}" for model, weight in parts if weight >= LEAST]
    return f"By log score the best mixture would have been {', '.join(shares)}." if shares else ""


def fits_sentence(fits: Fits) -> str:
    """Return how the sampler fared."""
    bad = len(fits.unusable)
    share = f"{bad} did not converge ({100 * bad / fits.total:.0f} %; up to {100 * MOST_UNCONVERGED:.0f} % may)"
    words = share if bad else "all converged"
    many = _many(fits.total - fits.filtered, "fit")
    moved = f", moved on to {_many(fits.filtered, 'other origin')} by filtering" if fits.filtered else ""
    return (
        f"{name_of(fits.model)}: {many}{moved}, {words}: {fits.good} good, {fits.doubtful} doubtful, "
        f"{bad} unusable; R-hat at most {fits.worst_rhat:.3f}."
    )


def skill_rows(record: Record) -> list[dict[str, str]]:
    """Return a row for each question: the skill of each model against its opponent, the first's interval.

    With a pool of simple baselines also the first's skill against the best single one, which is named.
    """
    rows = []
    for metric, words in questions(record).items():
        best, single = record.opponent(metric), record.best_baseline(metric)
        lines = {model: record.line(model, metric) for model in record.models}
        if best is None or single is None:
            continue
        first, *rest = lines or ("",)
        skill = {name_of(model): _skill(record, lines[model], best) for model in lines if model == first}
        skill |= {name_of(model): _skill(record, lines[model], best).partition(" [")[0] for model in rest}
        named = {"question": words, "best baseline": name_of(single.model)}
        single_skill = {}
        if best.model == NAIVE_POOL:
            against = _skill(record, lines[first], single, opponent=single.model).partition(" [")[0]
            single_skill = {"against the best": against}
        rows.append({**named, **skill, **single_skill, "scored": str(best.scored)})
    return rows


def mean_rows(record: Record, metrics: Sequence[str]) -> list[dict[str, str]]:
    """Return a row for each forecaster with its mean scores, the models first."""
    rows = []
    for model in (*record.models, *record.baselines):
        lines = [record.line(model, metric) for metric in metrics]
        cells = {metric: "" if line is None else _mean(line.mean) for metric, line in zip(metrics, lines, strict=True)}
        rows.append({"forecaster": name_of(model), **cells})
    return rows


def skill_words(record: Record, line: Summarised, *, opponent: str | None = None) -> str:
    """Return a skill with its interval, if there are enough series for one; by default against the opponent."""
    figures = skill_against(record, line) if opponent is None else line.against(opponent)
    if figures[0] is None:
        return "not defined"
    scale, unit, digits = (1, "nats", 3) if is_log_score(line.metric) else (100, "%", 1)
    skill, *ends = (f"{scale * one:+.{digits}f}" for one in figures if one is not None)
    words = f"{skill} {unit}"
    return f"{words} [{', '.join(ends)}]" if ends and enough(record, line) else words


def skill_against(record: Record, line: Summarised) -> tuple[float | None, float | None, float | None]:
    """Return the skill of a line against the opponent that headlines compare with, and the ends of its interval."""
    opponent = record.opponent(line.metric)
    return line.against(opponent.model if opponent is not None else "")


def standing(record: Record, line: Summarised) -> str:
    """Return whether a model is `better` than its opponent, `worse`, neither (`open`), or of too `few` series."""
    if not enough(record, line):
        return "few"
    _, low, high = skill_against(record, line)
    if low is not None and low > 0:
        return "better"
    return "worse" if high is not None and high < 0 else "open"


def enough(record: Record, line: Summarised) -> bool:
    """Return whether a skill is over so many independent series that an interval says anything."""
    test = record.pair(line.model, line.metric)
    return independent(test) if test is not None else record.clusters >= LEAST_SERIES


def independent(test: Paired) -> bool:
    """Return whether there are enough clusters of series or, within a single one, enough half years."""
    clusters = test.series if test.clusters is None else test.clusters
    return clusters >= LEAST_SERIES or (clusters == 1 and test.series > 1 and test.blocks >= LEAST_SERIES)


def in_doubt(best: Summarised) -> bool:
    """Return whether an answer was in doubt: of what all but always came a share of the error says nothing."""
    return not best.metric.partition("|")[0].endswith("_brier") or best.mean >= CERTAIN


def _skill(record: Record, line: Summarised | None, best: Summarised, *, opponent: str | None = None) -> str:
    """Return the skill of a line, where there is one that says anything."""
    if line is None:
        return ""
    return skill_words(record, line, opponent=opponent) if in_doubt(best) else "near-certain"


def _cells(record: Record) -> str:
    return f"{_many(record.cells, 'forecast')} of {record.series} series"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _mean(score: float) -> str:
    """Return a mean score in at most four digits or decimals."""
    if 0 < score < FINEST:
        return f"below {FINEST}"
    return f"{score:.4g}" if score >= 1 else f"{score:.4f}"


def _paired_skill(test: Paired) -> str:
    """Return the skill of a paired test with its unit, where it is defined."""
    if test.skill is None:
        return ""
    return f"{test.skill:+.3f} nats, " if is_log_score(test.metric) else f"{100 * test.skill:+.1f} %, "


def _p(test: Paired) -> str:
    """Return a p-value as it is read: never 0."""
    return f"{test.p_value:.3f}" if test.p_value >= SMALLEST else f"below {SMALLEST}"


def _listed(parts: Sequence[str], nothing: str) -> str:
    return "; ".join(parts) if parts else nothing
