"""What programs read of a reader's store: its runs, an answer of one, its forecast table. Nothing is fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lull.data.readers.cells import parse_whole
from lull.data.schema import InputError, Problem, near
from lull.model.runs.embedded_run import embedded_run
from lull.model.runs.store import Run, Store
from lull.model.spec import MAX_HORIZON
from lull.scenarios.drivers.answer_parts import answered
from lull.scenarios.engine.question_grammar import check_question
from lull.scenarios.language.saved_scenarios import Shelf
from lull.scenarios.language.scenario_files import find_scenario, library_names
from lull.scenarios.language.spec import BASELINE, Scenario
from lull.scenarios.language.standard import HORIZON, SEED, standard_scenarios
from lull.scenarios.overview.run_rows import run_rows
from lull.scenarios.results.answer_table import answer_document
from lull.scenarios.results.forecast import make_forecast
from lull.scenarios.results.forecast_cache import TABLE_PARQUET, Request, find_kept

FILTERS = ("series", "target", "output_type")
LARGEST_SEED = 2**32 - 1

type Parameters = Mapping[str, Sequence[str]]
"""What a request asks, by name; each at least once."""


class NotFoundError(InputError):
    """A run or a scenario that this reader does not have."""


@dataclass(frozen=True)
class Reading:
    """The store and the scenarios of one reader."""

    store: Store
    shelf: Shelf

    def runs(self, _asked: Parameters) -> dict[str, Any]:
        """Return the runs, the newest first, and how many cannot be read; no folder of the server is named."""
        survey = self.store.survey()
        rows = [{name: value for name, value in row.items() if name != "folder"} for row in run_rows(survey.runs)]
        return {"runs": rows, "unreadable": len(survey.problems)}

    def answer(self, asked: Parameters) -> dict[str, Any]:
        """Return the answer to a question, as `lull ask --json` prints it. Raises `InputError`."""
        question, seed = one(asked, "question", ""), whole(asked, "seed", SEED, LARGEST_SEED)
        if not question:
            raise InputError(Problem("question", "a question", "none", "Such as question=any attack by 2025-03-01."))
        check_question(question)
        run, assumed = self._run(one(asked, "run", "")), self._scenario(one(asked, "scenario", BASELINE))
        answer, parts = answered(question, assumed, run, series=one(asked, "series", "") or None, seed=seed)
        return answer_document(answer, run, parts)

    def table(self, asked: Parameters) -> dict[str, Any]:
        """Return the forecast table, or the rows of it that are asked for: columns, and rows as lists."""
        horizon, seed = whole(asked, "horizon", HORIZON, MAX_HORIZON), whole(asked, "seed", SEED, LARGEST_SEED)
        run = self._run(one(asked, "run", ""))
        scenarios = tuple(map(self._scenario, asked.get("scenario", ()))) or standard_scenarios(run)
        request = Request.of(scenarios, horizon=max(horizon, 1), seed=seed)
        kept = find_kept(run, request) or make_forecast(run, request, progress=lambda _step, _done, _total: None)
        table = pq.read_table(kept.folder / TABLE_PARQUET)
        for column in FILTERS:
            known = pc.unique(table[column]).to_pylist()
            for name in asked.get(column, ()):
                if name not in known:
                    raise InputError(Problem(column, "a value of the table", repr(name), near(name, known)))
            if column in asked:
                table = table.filter(pc.is_in(table[column], value_set=pa.array(asked[column], pa.string())))
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        head = {"run_id": run.run_id, "grade": run.record["grade"], "horizon": horizon, "seed": seed}
        return head | {"columns": table.column_names, "rows": list(map(list, rows))}

    def _run(self, name: str) -> Run:
        """Return the run whose id begins so, by default that of the embedded case."""
        if not name:
            run = embedded_run(self.store)
            if run is None:
                raise NotFoundError(Problem("run", "the run of the embedded case", "none", "/api/runs lists the runs."))
            return run
        runs = [run for run in self.store.survey().runs if run.run_id.startswith(name)]
        if len(runs) != 1:
            found = f"{len(runs)} runs" if runs else "none"
            expected = f"one run whose id begins with {name!r}"
            raise NotFoundError(Problem("run", expected, found, "/api/runs lists the runs."))
        runs[0].check()
        return runs[0]

    def _scenario(self, name: str) -> Scenario:
        """Return the scenario of that name, of the library or of the reader's own; a name is never that of a file."""
        if name in library_names():
            return find_scenario(name)
        own = {scenario.id: scenario for scenario in self.shelf.scenarios()}
        if name not in own:
            remedy = near(name, (*library_names(), *own))
            raise NotFoundError(Problem("scenario", "a scenario of the library or of your own", repr(name), remedy))
        return own[name]


def one(asked: Parameters, name: str, usual: str) -> str:
    """Return what a parameter says that is given once at most."""
    given = asked.get(name, [usual])
    if len(given) > 1:
        raise InputError(Problem(name, "it once", f"{len(given)} times"))
    return given[0]


def whole(asked: Parameters, name: str, usual: int, most: int) -> int:
    """Return the whole number that a parameter says."""
    text = one(asked, name, str(usual))
    try:
        number = parse_whole(text)
    except InputError:
        number = -1
    if not 0 <= number <= most:
        raise InputError(Problem(name, f"a whole number up to {most}", repr(text)))
    return number
