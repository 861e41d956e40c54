"""How good scenarios were that came true: the sentences and rows that terminal and screen share."""

from collections.abc import Sequence

from lull.evaluation.scenario_record import ScoredScenario, Together

WHAT_SCORES_ARE = (
    "A scenario that came true is a conditional forecast. Scores of its projection, then of the baseline's of the same "
    "run, on the weeks that are known since: lower is better, a difference below 0 says that the scenario was better. "
    "Scenarios of one origin share their weeks: they are no independent trials."
)
NONE_SCORED = "No scenario that came true has been scored yet: `lull scenario check` with newer counts does."
LATE = "The run was made after the premise was settled: no proof of foresight."
SCORES = {
    "CRPS": "crps",
    "log score": "log_score",
    "Brier, any attack": "any_attack_brier",
    "CRPS, log total": "total_crps_log1p",
}


def together_sentence(whole: Together) -> str:
    """Return how good the scenarios were that came true, against the baseline."""
    better = f"{whole.better} of {whole.scenarios} had a better log score than the baseline of the same run"
    named = {label: f"{whole.difference[name]:+z.2f}" for label, name in SCORES.items()}
    listed = ", ".join(f"{label} {value}" for label, value in named.items())
    scenarios = "1 scenario that came true" if whole.scenarios == 1 else f"{whole.scenarios} scenarios that came true"
    return f"{scenarios}: {better}. Mean difference (below 0: the scenario was better): {listed}."


def record_rows(scored: Sequence[ScoredScenario]) -> list[dict[str, str]]:
    """Return a row for each scenario and series: each score of the scenario, then of the baseline."""
    return [
        {
            "scenario": one.title,
            "series": row.series,
            "premise settled": one.settled_on,
            "weeks": str(row.weeks),
            **{
                label: f"{getattr(row.scenario, name):.2f} (baseline {getattr(row.baseline, name):.2f})"
                for label, name in SCORES.items()
            },
            "note": "" if one.in_advance else LATE,
        }
        for one in scored
        for row in one.series
    ]
