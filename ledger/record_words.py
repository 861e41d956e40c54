"""The record in words: what scores are called, and what share of the questions they know."""

from lull.ledger.record_scores import AHEAD, KIND, UNDER, Record, Score

METRIC_WORDS = {
    "brier": "Brier score",
    "log_score": "log score",
    "interval_score_90": "90 % interval score, attacks",
    "wis": "weighted interval score, attacks",
    "crps": "CRPS, attacks",
}
WHAT_IT_IS = (
    "Smaller scores are better. Everybody's score is over the questions that they answered; beside each stand "
    "the model's and the baseline's over the same ones. A question that is void, or open, has no score: the share "
    "resolved says how much of what was published the scores know."
)
FEW = 20  # resolved questions, below which scores say little


def coverage_sentence(record: Record) -> str:
    """Return how many questions there are, and what share of them is resolved."""
    counts = record.outcomes
    resolved = counts["yes"] + counts["no"]
    many = f"{record.questions} questions" if record.questions != 1 else "1 question"
    parts = f"{counts['yes']} yes, {counts['no']} no; {counts['void']} void, {counts['open']} open"
    few = " So few say little about anybody's skill." if 0 < resolved < FEW else ""
    return f"{many} published, {record.share_resolved:.0%} resolved ({parts}).{few}"


def early_sentence(record: Record) -> str:
    """Return a caution where questions were decided before their deadline: only yes comes so early."""
    early = max((one.early for one in record.scores if one.forecaster == "model"), default=0)
    if not early:
        return ""
    came = "1 forecast came" if early == 1 else f"{early} forecasts came"
    return f"{came} true before the deadline and is scored already; those that end in no are scored only after it."


def group_words(score: Score) -> str:
    """Return the group of a score."""
    words = {KIND: score.value, AHEAD: f"{score.value} weeks ahead", UNDER: f"under {score.value}"}
    return words.get(score.group, score.value)


def score_row(score: Score) -> dict[str, str | int]:
    """Return a score as a row of a table."""
    return {
        "group": group_words(score),
        "of": score.forecaster,
        "score": METRIC_WORDS[score.metric],
        "mean": f"{score.mean:.3f}",
        "model, same questions": _same(score.model),
        "baseline, same questions": _same(score.baseline),
        "scored": score.scored,
        "resolved": f"{score.resolved} of {score.published} ({score.share_resolved:.0%}), {score.void} void",
    }


def _same(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
