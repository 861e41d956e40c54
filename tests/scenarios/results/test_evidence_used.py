"""What is said of the evidence of a run."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from lull.cli.printing.forecast_page import print_forecast
from lull.cli.screen.streams import output
from lull.data.counts import WeeklyCounts
from lull.model.fitting.fit import counts_record
from lull.model.runs.store import Run
from lull.scenarios.language.standard import standard_request
from lull.scenarios.presentation.report import report_page
from lull.scenarios.results.evidence_used import completeness_sentence, evidence_used, known_to, replication_sentence
from lull.scenarios.results.forecast import forecast

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ((), ""),
        ((0.4,), "The last week is taken as reported in part: 40 %. A zero there is no proof of silence."),
        ((0.35, 0.6, 0.9), "The last 3 weeks are taken as reported in part: 35 %, 60 % and 90 %, the newest first."),
    ],
)
def test_weeks_reported_in_part_are_reported(
    write_run: Callable[..., Run], shares: tuple[float, ...], sentence: str
) -> None:
    plain = write_run()
    record = plain.record["evidence"] | {"completeness": shares}
    shown = completeness_sentence(evidence_used(record | {"evidence": record}))
    assert shown.startswith(sentence)
    assert bool(shown) == bool(shares)


def test_estimated_shares_are_reported_with_their_errors(write_run: Callable[..., Run]) -> None:
    late = {"completeness": (0.35, 0.6), "completeness_error": (0.123, 0.08)}
    shown = completeness_sentence(evidence_used({"evidence": write_run().record["evidence"] | late}))
    assert "in part: 35 ± 12 % and 60 ± 8 %, the newest first." in shown
    assert shown.endswith("The standard errors (±) are not in the forecast.")


def test_the_report_says_so_too(write_run: Callable[..., Run]) -> None:
    record = write_run().record["evidence"] | {"completeness": (0.5,)}
    run = write_run(run_id="e" * 16, record={"evidence": record})
    made = forecast(run, standard_request(run), progress=lambda *_: None)
    assert "The last week is taken as reported in part: 50 %." in report_page(made.document())


def test_figures_that_the_fit_misses_are_named_the_furthest_first() -> None:
    row = {"figure": "largest week", "observed": 90.0, "low": 10.0, "high": 30.0}
    rows = [
        row | {"series": name, "p": p} for name, p in zip("abcdef", (0.02, 0.5, 0.99, 0.0, 0.98, 0.97), strict=True)
    ]
    shown = replication_sentence({"replicates": rows})
    assert "but for 4 of 6 figures" in shown
    assert shown.index("of d 90 (replicated [10, 30])") < shown.index("of c ") < shown.index(" and 1 more")
    assert "in all 1 figures" in replication_sentence({"replicates": rows[1:2]})
    assert replication_sentence({}) == ""


def test_the_report_tells_both_grades_and_what_the_fit_misses(write_run: Callable[..., Run]) -> None:
    run = write_run()
    document = forecast(run, standard_request(run), progress=lambda *_: None).document()
    page = report_page(document)
    assert f"Track record: {document.convergence.calibrated}." in page
    assert "longest silence of israel 22" in page


def test_every_page_says_up_to_which_day_the_evidence_reaches(
    write_run: Callable[..., Run], capsys: pytest.CaptureFixture[str]
) -> None:
    record = write_run().record["evidence"] | {"known_to": "2024-12-22"}
    run = write_run(run_id="bbbb1111", record={"evidence": record})
    document = forecast(run, standard_request(run), progress=lambda *_: None).document()
    assert str(document.known_to) == "2024-12-22"
    assert "known to 22 December 2024" in report_page(document)
    print_forecast(document, output())
    assert "known to 2024-12-22" in " ".join(capsys.readouterr().out.split())


def test_counts_are_known_to_their_last_week_with_a_count() -> None:
    values = [[1, 0, 2, np.nan], [0, 1, np.nan, np.nan]]
    counts = WeeklyCounts.from_arrays(values, series=["a", "b"], first_week=np.datetime64("2024-12-07"))
    record = counts_record(counts)
    assert known_to({"evidence": record}) == date(2024, 12, 27)
    old = {name: value for name, value in record.items() if name != "known_to"}
    assert known_to({"evidence": old}) == date(2025, 1, 3)  # of a run made before this was kept
