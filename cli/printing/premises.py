"""The state of premises, in words and as one object, and how good the scenarios were that came true."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from lull.cli.screen.layout import heading, indented, plain_table
from lull.cli.screen.streams import output
from lull.evaluation.presentation.scenario_words import LATE, NONE_SCORED, SCORES, WHAT_SCORES_ARE, together_sentence
from lull.evaluation.scenario_record import ScoredScenario, together
from lull.evaluation.scenario_scores import SeriesScores
from lull.scenarios.engine.premise_check import NewerData, Verdict
from lull.scenarios.language.spec import Scenario

STYLES = {"open": "", "confirmed": "green", "overtaken": "red"}
WIDEST_ID = 30

type Verdicts = Sequence[tuple[Scenario, Verdict]]
type Scored = tuple[Sequence[ScoredScenario], Mapping[str, str]]


def premise_document(verdicts: Verdicts, without: Sequence[str], newer: NewerData, scored: Scored) -> dict[str, object]:
    """Return the verdicts, the ids of scenarios without a premise, and the scores of those confirmed, as one object."""
    rows = [_row(scenario, verdict) for scenario, verdict in verdicts]
    made = {"scored": [scored_document(one) for one in scored[0]], "not_scored": dict(scored[1])}
    return {"origin": newer.origin, "as_of": newer.as_of, "verdicts": rows, "without_premise": without} | made


def _row(scenario: Scenario, verdict: Verdict) -> dict[str, object]:
    premise = scenario.premise.statement if scenario.premise else None
    row = {"id": scenario.id, "title": scenario.title, "premise": premise, "status": verdict.status}
    return row | {"day": verdict.day, "observation": verdict.observation or None}


def scored_document(scored: ScoredScenario) -> dict[str, Any]:
    """Return a scored scenario as one object, with the differences of its scores by series."""
    rows = [asdict(one) | {"difference": one.difference} for one in scored.series]
    return asdict(scored) | {"series": rows}


def record_document(scored: Sequence[ScoredScenario]) -> dict[str, Any]:
    """Return all scored scenarios, and what they say together (null where there is none), as one object."""
    whole = together(scored)
    return {"scenarios": [scored_document(one) for one in scored], "together": whole and asdict(whole)}


def print_record(scored: Sequence[ScoredScenario]) -> None:
    """Print how good the scenarios were that came true."""
    console, whole = output(), together(scored)
    if whole is None:
        console.print(NONE_SCORED)
        return
    console.print(indented(WHAT_SCORES_ARE, by=0))
    for one in scored:
        settled = f"settled {one.settled_on}{'' if one.in_advance else '*'}"
        console.print(heading(f"{one.scenario}: {one.title} ({settled}, run {one.run_id})"))
        for row in one.series:
            console.print(_scores_table(row))
    if not all(one.in_advance for one in scored):
        console.print(f"* {LATE}")
    console.print(f"\n{together_sentence(whole)}")


def _scores_table(row: SeriesScores) -> Table:
    """Return the scores on one series: the scenario's, the baseline's, and the difference."""
    table = plain_table(f"{row.series}, {row.weeks} weeks", *SCORES)
    for name, scores in {"scenario": asdict(row.scenario), "baseline": asdict(row.baseline)}.items():
        table.add_row(name, *(f"{scores[score]:.2f}" for score in SCORES.values()))
    table.add_row("difference", *(f"{row.difference[score]:+z.2f}" for score in SCORES.values()))
    return table


def print_premises(verdicts: Verdicts, without: Sequence[str], newer: NewerData, scored: Scored) -> None:
    """Print the verdicts as a table, the ids of scenarios without a premise, and the scores of those confirmed."""
    console = output()
    forecast = f"Premises of a forecast whose last week is that of {newer.origin}, as known on {newer.as_of}."
    missing = [name for name, given in (("events", newer.events), ("counts", newer.counts)) if given is None]
    console.print(f"{forecast}{f' No {missing[0]} were given: what they would show is open.' if missing else ''}\n")
    table = plain_table("scenario", "premise", "settled by", words=3, widest=WIDEST_ID)
    table.columns[2].no_wrap = False
    for scenario, verdict in verdicts:
        table.add_row(scenario.id, Text(verdict.status, style=STYLES[verdict.status]), verdict.observation)
    console.print(table)
    if without:
        console.print(f"\nWithout a premise: {', '.join(without)}.")
    if scored[0]:
        console.print(heading("How good the scenarios were that came true"))
        print_record(scored[0])
        console.print("Kept: `lull scenario record` shows all.")
    for name, reason in scored[1].items():
        console.print(f"Not scored: {name}, {reason}")
