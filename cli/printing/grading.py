"""`lull backtest --scores FILE`: forecasts that were scored before, graded; nothing is forecast."""

from dataclasses import asdict
from pathlib import Path

from lull.cli.screen.layout import heading, indented, print_files
from lull.cli.screen.streams import output, print_json
from lull.data.evidence import Evidence
from lull.data.files import whole_file
from lull.evaluation.presentation.wording import name_of
from lull.evaluation.record import LULL, SHOWN
from lull.evaluation.scores.calibration import calibration, keep_figures
from lull.evaluation.scores_file import read_scores
from lull.model.runs.store import Store
from lull.scenarios.results.calibration_status import FILE, Figure, graded, write_figures
from lull.scenarios.results.calibration_status import name_of as name_of_data
from lull.scenarios.results.outputs import check_out

GIVEN = "scores file"  # names the source of figures that are of no counts or reports


def grade_and_print(
    path: Path, evidence: Evidence | None, folder: Path | None, *, out: Path | None, as_json: bool
) -> None:
    """Grade each forecaster of a scores table, Lull first; keep the grade as that of the evidence, if one is named.

    Raises `InputError` for a file that is no scores table, and where nothing can be written.
    """
    given = read_scores(path)
    if out is not None:
        check_out(out)
    models = sorted(given.models, key=lambda model: model != LULL)
    made = {model: calibration(given.table, model, clusters=given.clusters) for model in models}
    figures = {model: own for model, own in made.items() if own}
    shown = next((name for name in SHOWN if name in figures), next(iter(figures)))
    source = name_of_data(evidence.identity()) if evidence else GIVEN
    files = []
    if evidence is not None:
        store = Store(folder)
        store.check()
        files.append(keep_figures(figures[shown], evidence.identity(), store))
    if out is not None:
        with whole_file(out / FILE) as scratch:
            write_figures(figures[shown], scratch, source=source)
        files.append(out / FILE)
    if as_json:
        print_json({"graded": [_as_json(model, own) for model, own in figures.items()], "files": list(map(str, files))})
        return
    console = output()
    console.print(heading(f"{path.name}: grade"))
    for model, own in figures.items():
        console.print(indented(f"{name_of(model)}: {graded(own).sentence}."))
    print_files(files, console)


def _as_json(model: str, figures: tuple[Figure, ...]) -> dict[str, object]:
    grading = graded(figures)
    row = {"model": model, "calibration": grading.grade, "calibration_reason": grading.reason}
    return row | {"figures": [asdict(one) for one in figures]}
