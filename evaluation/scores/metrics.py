"""What the scores are called and what that says of them; nothing is computed here, so that nothing heavy is loaded."""

WINDOWS = (4, 8, 12, 26)  # weeks that a total and an event are asked over
SILENCE = 4  # weeks without an attack at the origin, from which on an attack counts as a resumption
STATE = "silent_weeks"  # not a score: the age of the silence at the origin, kept with the scores at horizon 0
LEVEL = "level"  # not a score: mean weekly count of the series up to the origin, kept at horizon 0
SCALED = ("crps", "wis", "interval_score", "total_crps")  # in attacks: divided by the level where series weigh alike
STATED = "any_attack_chance"  # not a score: the chance that was stated of an attack in a window without a missing week
HAPPENED = "any_attack_happened"  # not a score: whether it came, 0 or 1, in the same windows
CALIBRATION = ("pit_", "coverage_", "inclusion_", "total_coverage_", STATED, HAPPENED)


def is_loss(metric: str) -> bool:
    """Return whether a metric, or a slice of one, is a score whose smaller values are better."""
    return metric not in {STATE, LEVEL} and not metric.startswith(CALIBRATION)


def is_log_score(metric: str) -> bool:
    """Return whether a metric, or a slice of one, is a negative log probability, compared by difference."""
    return metric.split("|", maxsplit=1)[0] in {"log_score", "any_attack_log", "resumption_log"}


def is_scaled(metric: str) -> bool:
    """Return whether a metric, or a slice of one, grows with the level of the series: a score in attacks."""
    name = metric.split("|", maxsplit=1)[0]
    return name.startswith(SCALED) and not name.endswith("log1p")
