"""The gate: what sampling error explains is not called wrong, what is wrong is, and a forecast carries its grade."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lull.data.schema import InputError
from lull.evaluation.record import Record, Summarised
from lull.evaluation.scores.calibration import calibration, interval, keep_calibration, pit_distance
from lull.model.runs.store import Store
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results import calibration_status
from lull.scenarios.results.calibration_status import FOLDER, KEPT, TOO_FEW, grading_of, name_of, read_figures
from lull.scenarios.results.evidence_used import convergence
from lull.scenarios.results.forecast_cache import Request, find_kept
from tests.conftest import write_embedded_run
from tests.evaluation.conftest import small_record

EVEN = [0.1] * 10


def recorded(
    at_90: float = 0.9, at_50: float = 0.5, *, cells: int = 400, pit: list[float] = EVEN, **more: Any
) -> Record:
    """Return a record of so many forecasts with these coverages and PIT."""
    lines = {"coverage_90": at_90, "coverage_50": at_50}
    summary = tuple(Summarised("regimes", name, held, None, None, None, 12 * cells) for name, held in lines.items())
    return small_record(summary=summary, cells=cells, models=("regimes",), pit={"regimes": pit}, **more)


def verdicts(record: Record) -> dict[str, str]:
    return {one.figure: one.verdict for one in calibration(record, "regimes")}


@pytest.fixture(autouse=True)
def _no_development_record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(calibration_status, "embedded_file", lambda name: tmp_path / "development" / name)


def test_intervals_that_keep_their_word_are_kept() -> None:
    assert verdicts(recorded()) == {"coverage_50": KEPT, "coverage_90": KEPT, "pit": KEPT}


@pytest.mark.parametrize(
    ("at_90", "at_50", "told"),
    [
        (0.80, 0.5, {"coverage_90": "too narrow"}),
        (0.98, 0.5, {"coverage_90": "too wide"}),
        (0.9, 0.35, {"coverage_50": "too narrow"}),
        (0.9, 0.65, {"coverage_50": "too wide"}),
    ],
)
def test_what_sampling_error_does_not_explain_is_told(at_90: float, at_50: float, told: dict[str, str]) -> None:
    wrong = {name: verdict for name, verdict in verdicts(recorded(at_90, at_50)).items() if verdict != KEPT}
    assert wrong == told


def test_the_same_coverage_is_no_proof_with_few_forecasts() -> None:
    assert verdicts(recorded(0.82, cells=60))["coverage_90"] == KEPT
    assert verdicts(recorded(0.82, cells=4000))["coverage_90"] == "too narrow"


def test_a_miss_smaller_than_the_aim_is_kept_however_many_there_are() -> None:
    assert verdicts(recorded(0.885, 0.52, cells=1_000_000)) == {"coverage_50": KEPT, "coverage_90": KEPT, "pit": KEPT}


def test_so_few_that_nothing_could_be_found_wrong_say_nothing() -> None:
    assert set(verdicts(recorded(cells=8)).values()) == {TOO_FEW}
    low, _ = interval(0.9, 60)
    assert low > 0.8
    assert KEPT in verdicts(recorded(cells=60)).values()


def test_the_pit_says_on_which_side_the_forecasts_lay() -> None:
    above = [0.2, 0.2, *[0.075] * 8]  # what came lay often below the forecast
    assert verdicts(recorded(pit=above))["pit"] == "too high"
    assert verdicts(recorded(pit=above[::-1]))["pit"] == "too low"
    assert pit_distance(above) == pytest.approx(0.2)
    assert pit_distance(above[::-1]) == pytest.approx(-0.2)


def test_the_gate_rarely_refuses_a_calibrated_forecaster() -> None:
    """2,000 records of 100 binomial forecasts each: 95 % intervals and a tolerance refuse no more than 5 % of them."""
    rng = np.random.default_rng(2)
    held = rng.binomial(100, 0.9, 2000) / 100
    refused = [verdicts(recorded(share, cells=100))["coverage_90"] != KEPT for share in np.unique(held)]
    weight = np.array([(held == share).mean() for share in np.unique(held)])
    assert (weight * refused).sum() < 0.05


def test_a_run_carries_the_grade_of_its_data(store: Store) -> None:
    run = write_embedded_run(store)
    assert grading_of(run).grade == "not yet scored"
    evidence = run.record["plan"]["evidence"]
    keep_calibration(recorded(made_from=evidence), store)
    assert convergence(run).calibration == "calibrated"
    assert "90 % intervals held what came in 90 %" in convergence(run).calibrated
    keep_calibration(recorded(0.7, made_from=evidence), store)
    assert convergence(run).calibrated.startswith("uncalibrated: on 400 past forecasts")
    assert "too narrow" in convergence(run).calibration_reason
    keep_calibration(recorded(cells=5, made_from=evidence), store)
    assert convergence(run).calibration == "not yet scored"
    assert "too few" in convergence(run).calibration_reason


def test_without_a_record_of_its_own_a_run_has_that_of_the_development_series(store: Store, tmp_path: Path) -> None:
    run = write_embedded_run(store)
    keep_calibration(recorded(made_from={"counts": "others"}), store)
    (tmp_path / "development").mkdir()
    (store.folder / FOLDER / name_of({"counts": "others"})).rename(tmp_path / "development" / "calibration.csv")
    assert grading_of(run).grade == "no own record"
    assert "elsewhere the method was calibrated" in grading_of(run).reason
    assert "development series" in grading_of(run).reason
    assert "no record of their own" in grading_of(run).reason
    keep_calibration(recorded(cells=5, made_from=run.record["plan"]["evidence"]), store)
    assert "only 5 scored forecasts" in grading_of(run).reason


def test_what_did_not_converge_is_unusable_whatever_the_record(store: Store) -> None:
    run = write_embedded_run(store, grade="unusable")
    keep_calibration(recorded(made_from=run.record["plan"]["evidence"]), store)
    assert grading_of(run).grade == "unusable"


def test_a_kept_forecast_is_not_shown_under_another_grade(answered_store: Store) -> None:
    run = answered_store.runs()[0]
    request: Request = standard_request(run)
    own = answered_store.folder / FOLDER / name_of(run.record["plan"]["evidence"])
    keep_calibration(recorded(made_from=run.record["plan"]["evidence"]), answered_store)
    try:
        assert find_kept(run, request) is None
    finally:
        own.unlink()
    assert not own.exists()


def test_figures_are_read_as_written_and_another_file_is_refused(store: Store) -> None:
    path = keep_calibration(recorded(), store)
    assert path is not None
    for read, made in zip(read_figures(path), calibration(recorded(), "regimes"), strict=True):
        assert (read.figure, read.verdict, read.forecasts) == (made.figure, made.verdict, made.forecasts)
        assert (read.held, read.low) == pytest.approx((made.held, made.low), abs=1e-4)
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="nominal"):
        read_figures(path)


def test_a_backtest_without_the_model_says_nothing_of_it(store: Store) -> None:
    assert keep_calibration(small_record(models=()), store) is None
