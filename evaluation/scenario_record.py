"""The record of scenarios that came true: each kept in the store as it was scored, and all of them together.

A file `<store>/.scenario_scores/<id>.json` holds one scenario of one run, as the newest data scored it; a premise that
newer data overtook leaves the record.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lull.data.files import write_json
from lull.data.schema import InputError, Problem
from lull.evaluation.scenario_scores import METRICS, Figures, SeriesScores, score_scenario
from lull.model.runs.store import Run, Store, content_id, read_json
from lull.scenarios.engine.premise_check import NewerData, Verdict
from lull.scenarios.language.spec import Scenario

FOLDER = ".scenario_scores"  # of a store


@dataclass(frozen=True)
class ScoredScenario:
    """A scenario whose premise came true, and how good its projection was; days in ISO form.

    `in_advance`: the run was made before the premise was settled. Whoever makes a forecast later may know of it.
    """

    scenario: str
    title: str
    run_id: str
    run_made_on: str
    origin: str
    premise: str
    settled_on: str
    observation: str
    as_of: str
    checked_on: str
    seed: int
    in_advance: bool
    series: tuple[SeriesScores, ...]


@dataclass(frozen=True)
class Together:
    """All scored scenarios together: mean differences of scenario less baseline, each scenario of equal weight."""

    scenarios: int
    better: int  # by the log score
    difference: dict[str, float]


def score_and_keep(
    scenario: Scenario, verdict: Verdict, run: Run, newer: NewerData, store: Store, *, seed: int
) -> ScoredScenario:
    """Return the scores of a scenario whose premise is confirmed, kept in the store. Raises `InputError` as scoring."""
    assert scenario.premise is not None
    assert verdict.day is not None
    rows = score_scenario(scenario, verdict, run, newer, seed=seed)
    made = datetime.fromisoformat(str(run.record["created"])).date()
    scored = ScoredScenario(
        scenario=scenario.id,
        title=scenario.title,
        run_id=run.run_id,
        run_made_on=str(made),
        origin=str(run.record["origin"]),
        premise=scenario.premise.statement,
        settled_on=str(verdict.day),
        observation=verdict.observation,
        as_of=str(newer.as_of),
        checked_on=str(datetime.now(UTC).date()),
        seed=seed,
        in_advance=made <= verdict.day,
        series=rows,
    )
    write_json(_file(scenario, run, store), asdict(scored))
    return scored


def drop(scenario: Scenario, run: Run, store: Store) -> bool:
    """Take a scenario of a run from the record, and return whether it was there."""
    path = _file(scenario, run, store)
    there = path.is_file()
    path.unlink(missing_ok=True)
    return there


def scored_scenarios(store: Store) -> tuple[ScoredScenario, ...]:
    """Return the scenarios that came true and were scored, by the day that settled them.

    Raises `InputError` for a damaged file.
    """
    found = [_read(path) for path in sorted((store.folder / FOLDER).glob("[!.]*.json"))]
    return tuple(sorted(found, key=lambda one: (one.settled_on, one.scenario, one.run_id)))


def together(scored: Sequence[ScoredScenario]) -> Together | None:
    """Return what scored scenarios say together, None where there is none."""
    if not scored:
        return None
    means = [_mean(one) for one in scored]
    difference = {name: sum(each[name] for each in means) / len(means) for name in METRICS}
    return Together(len(scored), sum(each["log_score"] < 0 for each in means), difference)


def _mean(scored: ScoredScenario) -> dict[str, float]:
    """Return the mean differences over the series of a scenario."""
    rows = [one.difference for one in scored.series]
    return {name: sum(row[name] for row in rows) / len(rows) for name in METRICS}


def run_of_origin(store: Store, newer: NewerData) -> Run | None:
    """Return the run that newer data are compared with: the oldest usable one of their origin that shares a series."""
    names = set(newer.counts.series) if newer.counts is not None else set()
    usable = [run for run in store.runs() if run.origin == newer.origin and run.record["grade"] != "unusable"]
    return next((run for run in reversed(usable) if _series_of(run) & names), None)


def _series_of(run: Run) -> set[str]:
    """Return the series of a run."""
    return set(map(str, run.posterior()["posterior"]["series"].to_numpy()))


def _file(scenario: Scenario, run: Run, store: Store) -> Path:
    name = content_id({"scenario": scenario.model_dump(mode="json"), "run": run.run_id})
    return store.folder / FOLDER / f"{name}.json"


def _read(path: Path) -> ScoredScenario:
    content: dict[str, Any] = read_json(path)
    try:
        date.fromisoformat(content["settled_on"])
        rows = tuple(_series(one) for one in content["series"])
        return ScoredScenario(**content | {"series": rows})
    except (KeyError, TypeError, ValueError) as error:
        remedy = "Remove it; `lull scenario check` with newer data makes it again."
        raise InputError(Problem(str(path), "scores of a scenario", str(error), remedy)) from error


def _series(content: dict[str, Any]) -> SeriesScores:
    both = {name: Figures(**content[name]) for name in ("scenario", "baseline")}
    return SeriesScores(**content | both)
