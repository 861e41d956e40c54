"""`lull scenario check`: the problems of scenario files; with newer data, the state of their premises."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import BAD_INPUT, Json, Seed, end
from lull.cli.options.evidence import NewerEvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.evidence import Evidence


@options(without={"covariates", "completeness", "previous"})
def check(
    *,
    names: Annotated[list[str] | None, typer.Argument(help="Scenario files, or names of the library.")] = None,
    evidence: NewerEvidenceOptions,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Check scenario files; with newer data, the state of their premises.

    Without data every problem of the files is reported. With --counts, --reports or --events the premise of each
    scenario (by default of the whole library) is open, confirmed or overtaken, and the observation that settled it is
    named.
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
        _check_premises(names or (), newer, as_json=json, seed=seed)


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


def _check_premises(names: Sequence[str], newer: "Evidence", *, as_json: bool, seed: int) -> None:
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
    if as_json:
        print_json(premise_document(verdicts, without, known))
    else:
        print_premises(verdicts, without, known)
