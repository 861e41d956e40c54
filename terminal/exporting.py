"""`lull export`: a run's forecast in the formats of other tools."""

from collections.abc import Sequence
from pathlib import Path

from lull.model.runs.store import Store
from lull.scenarios.language.standard import standard_scenarios
from lull.scenarios.results.calibration_status import grading_of
from lull.scenarios.results.forecast_cache import Request
from lull.scenarios.results.outputs import check_out
from lull.terminal.forecasting import asking_of, chosen_run, found
from lull.terminal.screen import output, print_json, progress

RUN = "RUN"  # the argument that names it


def export_and_print(
    run_id: str | None,
    formats: Sequence[str],
    names: Sequence[str] | None,
    folder: Path | None,
    *,
    horizon: int,
    out: Path,
    as_json: bool,
    seed: int,
) -> bool:
    """Export the forecast of a run, say where it is, and return whether it may be used."""
    scenarios = found(names)
    check_out(out)
    run = chosen_run(Store(folder), run_id, option=RUN)
    request = Request.of(scenarios or standard_scenarios(run), horizon=horizon, seed=seed)
    with asking_of(run, option=RUN), progress(waiting="load the run") as told:
        from lull.scenarios.results.export import export  # noqa: PLC0415 - takes seconds; a wrong run is told before
        from lull.scenarios.results.forecast import forecast  # noqa: PLC0415 - the same

        written = export(forecast(run, request, progress=told), formats, out, progress=told)
    graded = grading_of(run)
    if as_json:
        told_of = {"grade": run.record["grade"], "calibration": graded.grade, "calibration_reason": graded.reason}
        print_json({"run_id": run.run_id, **told_of, "files": [str(path) for path in written]})
    else:
        console = output()
        for path in written:
            console.print(f"Wrote {path}", soft_wrap=True)
        console.print(f"Run {run.run_id}, convergence: {run.record['grade']}; track record: {graded.sentence}.")
    return bool(run.record["grade"] != "unusable")
