"""What the scores are called and what that says of them; nothing is computed here, so that nothing heavy is loaded."""

WINDOWS = (4, 8, 12, 26)  # weeks that a total and an event are asked over
SILENCE = 4  # weeks without an attack at the origin, from which on an attack counts as a resumption
STATE = "silent_weeks"  # not a score: the age of the silence at the origin, kept beside the scores at horizon 0
CALIBRATION = ("pit_", "coverage_", "inclusion_")


def is_loss(metric: str) -> bool:
    """Return whether a metric, or a slice of one, is a score whose smaller values are better."""
    return metric != STATE and not metric.startswith(CALIBRATION)


def is_log_score(metric: str) -> bool:
    """Return whether a metric, or a slice of one, is a negative log probability, compared by difference."""
    return metric.split("|", maxsplit=1)[0] in {"log_score", "any_attack_log", "resumption_log"}
