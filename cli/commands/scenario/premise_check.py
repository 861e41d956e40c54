"""`lull scenario check`: the problems of scenario files; with newer data, the state of their premises."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import BAD_INPUT, Json, Seed, StoreFolder, end
from lull.cli.options.evidence import NewerEvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.evidence import Evidence
    from lull.evaluation.scenario_record import ScoredScenario
    from lull.scenarios.engine.premise_check import NewerData, Verdict
    from lull.scenarios.language.spec import Scenario

ScoredRun = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="ID",
        help="The run whose projections are scored, by its first letters.  [default: the first of the origin]",
    ),
]


@options(without={"covariates", "completeness", "previous", "only"})
def check(
    *,
    names: Annotated[list[str] | None, typer.Argument(help="Scenario files, or names of the library.")] = None,
    evidence: NewerEvidenceOptions,
    run: ScoredRun = None,
    seed: Seed = 1,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Check scenario files; with newer data, the state of their premises.

    Without data every problem of the files is reported. With --counts, --reports or --events the premise of each
    scenario (by default of the whole library) is open, confirmed or overtaken, and the observation that settled it is
    named. A confirmed scenario becomes a conditional forecast: where newer counts or reports reach beyond the origin
    its projection is scored beside the baseline's, and the scores are kept (`lull scenario record`).
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    newer = problems.newer(evidence)
    problems.seed(seed)
    if newer is None and not names:
        remedy = "Name a file, or newer data with --counts, --reports or --events."
        problems.add("scenario check", "something to check", "nothing", remedy)
    problems.stop_if_any()
    if newer is None:
        _check_files([Path(name) for name in names or ()], as_json=json)
    else:
        _check_premises(names or (), newer, (store, run), as_json=json, seed=seed)


def _check_files(paths: Sequence[Path], *, as_json: bool) -> None:
    """Check scenario files, all of them before any problem is raised."""
    from lull.cli.file_contents import checked
    from lull.cli.printing.file_check import print_check
    from lull.cli.screen.streams import print_json
    from lull.data.schema import InputError

    found = [checked(path, kind="scenario") for path in paths]
    problems = [problem for one in found if one.error for problem in one.error.problems]
    alone = len(found) == 1
    if as_json:
        documents = [one.document() for one in found]
        print_json(documents[0] | {"notes": []} if alone else {"files": documents})
    else:
        for one in found:
            if alone or one.error is None:
                print_check(one)
        if problems and not alone:
            raise InputError(problems)
    end(good=not problems, code=BAD_INPUT)


def _check_premises(
    names: Sequence[str], newer: "Evidence", where: tuple[Path | None, str | None], *, as_json: bool, seed: int
) -> None:
    """Compare the premises of scenarios, by default of the library's, with newer data; print their state."""
    from lull.cli.newer_data import newer_data
    from lull.cli.printing.premises import premise_document, print_premises
    from lull.cli.screen.streams import print_json
    from lull.cli.stored_run import found_scenarios
    from lull.scenarios.engine.premise_check import judge
    from lull.scenarios.language.scenario_files import counterfactuals, library

    scenarios = found_scenarios(names) or (*library(), *counterfactuals())
    known = newer_data(newer, seed=seed)
    verdicts = [(one, judge(one.premise, known)) for one in scenarios if one.premise is not None]
    without = [one.id for one in scenarios if one.premise is None]
    scored, unscored = _scored(verdicts, known, where, seed=seed)
    if as_json:
        print_json(premise_document(verdicts, without, known, (scored, unscored)))
    else:
        print_premises(verdicts, without, known, (scored, unscored))


def _scored(
    verdicts: "Sequence[tuple[Scenario, Verdict]]",
    newer: "NewerData",
    where: tuple[Path | None, str | None],
    *,
    seed: int,
) -> "tuple[list[ScoredScenario], dict[str, str]]":
    """Score and keep the confirmed scenarios; return their scores, and why others are not scored, by id."""
    confirmed = [(one, verdict) for one, verdict in verdicts if verdict.status == "confirmed"]
    overtaken = [one for one, verdict in verdicts if verdict.status == "overtaken"]
    if newer.counts is None or not confirmed + overtaken:
        return [], {one.id: "no newer counts or reports were given" for one, _ in confirmed}

    from lull.cli.screen.streams import progress
    from lull.cli.stored_run import chosen_run
    from lull.data.schema import InputError
    from lull.evaluation.scenario_record import drop, run_of_origin, score_and_keep
    from lull.model.runs.store import Store

    store, chosen = Store(where[0]), where[1]
    run = chosen_run(store, chosen) if chosen else run_of_origin(store, newer)
    if run is None:
        return [], {one.id: f"the store has no run of the origin {newer.origin}" for one, _ in confirmed}
    for one in overtaken:
        drop(one, run, store)
    scored: list[ScoredScenario] = []
    unscored: dict[str, str] = {}
    run = run.opened()
    with progress(waiting="load the run") as report:
        for done, (one, verdict) in enumerate(confirmed):
            report("score the scenarios", done, len(confirmed))
            try:
                scored.append(score_and_keep(one, verdict, run, newer, store, seed=seed))
            except InputError as error:
                unscored[one.id] = str(error.problems[0])
    return scored, unscored
