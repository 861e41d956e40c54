"""The record that comes with the embedded reports is of these reports, and a reader can say what it means."""

from pathlib import Path

from lull.data.evidence import embedded_evidence
from lull.data.readers.tabular import embedded_file
from lull.model.runs.store import Store
from lull.scenarios.results.calibration_status import FILE, OWN_FILE, grading_of, name_of, read_figures
from tests.conftest import write_embedded_run


def test_it_is_of_the_reports_that_come_with_it() -> None:
    """After a change of the reports: run the command of `data/embedded/README.md` again."""
    figures = read_figures(embedded_file(OWN_FILE))
    assert figures
    assert read_figures(embedded_file(OWN_FILE), source=name_of(embedded_evidence().identity())) == figures
    assert OWN_FILE in Path(str(embedded_file("README.md"))).read_text("utf-8")


def test_the_embedded_case_is_graded_by_its_own_forecasts(store: Store) -> None:
    sentence = grading_of(write_embedded_run(store)).sentence
    own = read_figures(embedded_file(OWN_FILE))[0]
    assert sentence.startswith(f"consistent so far: in {own.forecasts} past forecasts of these data")
    assert "no proof that they are right" in sentence
    assert "the chances of a resumption are not tested" in sentence


def test_the_development_series_say_how_the_method_did_elsewhere() -> None:
    whole, *figures = read_figures(embedded_file(FILE))
    assert (whole.model, whole.forecasts, whole.series) == ("lull", 416, 104)  # the forecast that is shown
    assert {one.figure for one in figures} >= {"coverage_90", "coverage_50"}
