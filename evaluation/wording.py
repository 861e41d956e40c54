"""A backtest in plain words: the same sentences and rows for the terminal, the page of the report and the screen.

Whatever the scores say is said: where a baseline wins it is named as the winner.
"""

import math
from collections.abc import Sequence

from evaluation.metrics import SILENCE, WINDOWS, is_log_score
from evaluation.record import MOST_UNCONVERGED, Fits, Record, Summarised

NAMES = {"lull": "Lull", "regimes": "Lull: regimes alone", "companion": "Lull: companion alone"}
WHAT_IT_IS = (
    "Each forecast was made with what was known at its origin and scored on the weeks after it. The rivals are simple "
    "rules that anyone could use; the best of them is chosen after the fact, for each question anew. Skill is the "
    "share of the best rival's error that is saved: 0 is as good, below 0 is worse; of a log score it is the gain in "
    f"nats. In brackets: the 90 % interval if other series like these were drawn. Silent: {SILENCE} weeks or more "
    "without an attack at the origin."
)
CERTAIN = 0.01  # Brier score of the best rival below which an answer was hardly in doubt
LEAST = 0.02  # weight in a mixture that is told
POINTS, VAGUE = 0.03, 0.12  # by which a coverage may miss its level at least; from which on that says nothing


def questions(record: Record) -> dict[str, str]:
    """Return what is told of a backtest: each metric of the summary in words, those that were scored."""
    longest = max((window for window in WINDOWS if window <= record.horizon), default=None)
    asked = {"crps": "attacks in each week", "crps|silent": "attacks in each week, silent series"}
    if longest is not None:
        asked[f"total_crps|h{longest}"] = f"attacks of {longest} weeks together"
    asked["log_score"] = "chance given to each week's count (log score)"
    for window in (one for one in WINDOWS if one <= record.horizon):
        asked[f"any_attack_brier|h{window}"] = f"any attack within {window} weeks"
    for window in (one for one in WINDOWS if one <= record.horizon):
        asked[f"resumption_brier|h{window}"] = f"silent series: an attack within {window} weeks"
    told = {line.metric for line in record.summary}
    return {metric: words for metric, words in asked.items() if metric in told}


def name_of(model: str) -> str:
    """Return a forecaster as it is read."""
    return NAMES.get(model, model.replace("_", " "))


def scored_sentence(record: Record) -> str:
    """Return how many forecasts were scored, and over what."""
    many = f"{record.cells} forecasts of {record.series} series, {record.horizon} weeks ahead"
    given = "" if record.history is None else f" Each was given the last {record.history} weeks alone."
    return (
        f"{many}: origins from {record.first_origin} to {record.last_origin}, {record.silent} of them after "
        f"{SILENCE} or more weeks without an attack.{given}"
    )


def excluded_sentence(record: Record) -> str:
    """Return how many series were left out and why; nothing if none was."""
    if not record.excluded:
        return ""
    return f"Left out: {'; '.join(f'{many} series, {reason}' for reason, many in record.excluded.items())}."


def verdict_sentence(record: Record, model: str) -> str:
    """Return in one sentence where a model is better than the best rival, where worse, and where it can not be told."""
    found: dict[str, list[str]] = {"better": [], "worse": [], "open": []}
    for metric, words in questions(record).items():
        line, best = record.line(model, metric), record.best_baseline(metric)
        if line is not None and best is not None:
            found[standing(line) if in_doubt(best) else "open"].append(words)
    if not any(found.values()):
        return f"{name_of(model)} was not scored."
    start = f"On {record.cells} forecasts of {record.series} series {name_of(model)}"
    parts = [
        f"is better than the best rival at: {_listed(found['better'], 'nothing for certain')}",
        f"The best rival is better at: {_listed(found['worse'], 'nothing for certain')}",
    ]
    if found["open"]:
        parts.append(f"Too close to call: {_listed(found['open'], '')}")
    return f"{start} {'. '.join(parts)}."


def coverage_sentence(record: Record, model: str) -> str:
    """Return how often the intervals of a model held what happened, and whether they keep their word."""
    lines = [(level, record.line(model, f"coverage_{level}")) for level in ("90", "50")]
    told = [
        f"{level} % intervals held {100 * line.mean:.0f} % of what happened ({_kept(line, int(level), record.cells)})"
        for level, line in lines
        if line is not None
    ]
    return f"{name_of(model)}: {', '.join(told)}." if told else ""


def mixture_sentence(record: Record) -> str:
    """Return what the best mixture of all forecasters is made of; nothing if nobody has a log score."""
    parts = sorted(record.weights.items(), key=lambda part: -part[1])
    told = [f"{100 * weight:.0f} % {name_of(model)}" for model, weight in parts if weight >= LEAST]
    return f"By log score the best mixture would have been {', '.join(told)}." if told else ""


def fits_sentence(fits: Fits) -> str:
    """Return how the sampler fared."""
    bad = len(fits.unusable)
    share = f"{bad} did not converge ({100 * bad / fits.total:.0f} %; up to {100 * MOST_UNCONVERGED:.0f} % may)"
    words = share if bad else "all converged"
    return (
        f"{name_of(fits.model)}: {fits.total} fits, {words}: {fits.good} good, {fits.doubtful} doubtful, "
        f"{bad} unusable; R-hat at most {fits.worst_rhat:.3f}."
    )


def skill_rows(record: Record) -> list[dict[str, str]]:
    """Return a row for each question: the best rival, and the skill of each model against it, the first's interval."""
    rows = []
    for metric, words in questions(record).items():
        best = record.best_baseline(metric)
        lines = {model: record.line(model, metric) for model in record.models}
        if best is None:
            continue
        first, *rest = lines or ("",)
        skill = {name_of(model): _told(lines[model], best) for model in lines if model == first}
        skill |= {name_of(model): _told(lines[model], best).partition(" [")[0] for model in rest}
        rows.append({"question": words, "best rival": name_of(best.model), **skill, "scored": str(best.scored)})
    return rows


def mean_rows(record: Record, metrics: Sequence[str]) -> list[dict[str, str]]:
    """Return a row for each forecaster with its mean scores, the models first."""
    rows = []
    for model in (*record.models, *record.baselines):
        lines = [record.line(model, metric) for metric in metrics]
        cells = {
            metric: "" if line is None else f"{line.mean:.4g}" for metric, line in zip(metrics, lines, strict=True)
        }
        rows.append({"forecaster": name_of(model), **cells})
    return rows


def skill_words(line: Summarised) -> str:
    """Return a skill with its interval."""
    if line.skill is None or line.low is None or line.high is None:
        return "not defined"
    if is_log_score(line.metric):
        return f"{line.skill:+.3f} nats [{line.low:+.3f}, {line.high:+.3f}]"
    low, high = (f"{100 * end:+.1f}" for end in (line.low, line.high))
    return f"{100 * line.skill:+.1f} % [{low}, {high}]"


def standing(line: Summarised) -> str:
    """Return whether a model is `better` than the best rival, `worse`, or neither for certain (`open`)."""
    if line.low is not None and line.low > 0:
        return "better"
    return "worse" if line.high is not None and line.high < 0 else "open"


def in_doubt(best: Summarised) -> bool:
    """Return whether an answer was in doubt: of what all but always came a share of the error says nothing."""
    return not best.metric.partition("|")[0].endswith("_brier") or best.mean >= CERTAIN


def _told(line: Summarised | None, best: Summarised) -> str:
    """Return the skill of a line, where there is one that tells anything."""
    if line is None:
        return ""
    return skill_words(line) if in_doubt(best) else "hardly in doubt"


def _kept(line: Summarised, level: int, cells: int) -> str:
    """Return whether a coverage is its level, as far as so many cells can tell."""
    said = level / 100
    within = max(POINTS, 1.645 * math.sqrt(said * (1 - said) / cells))
    if within > VAGUE:
        return "too few forecasts to tell"
    if abs(line.mean - said) <= within:
        return "as they should"
    return "too narrow" if line.mean < said else "too wide"


def _listed(told: Sequence[str], nothing: str) -> str:
    return "; ".join(told) if told else nothing
