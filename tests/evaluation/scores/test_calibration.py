"""The grade: what is wrong is contradicted at any number, what is right hardly ever; a forecast carries its grade."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lull.data.evidence import embedded_evidence
from lull.data.schema import InputError
from lull.evaluation.record import Record, last_record
from lull.evaluation.scores.calibration import calibration, cells_of, components, keep_calibration
from lull.model.runs.store import Store
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results import calibration_status
from lull.scenarios.results.calibration_status import (
    FOLDER,
    OWN_FILE,
    Figure,
    graded,
    grading_of,
    name_of,
    read_figures,
    write_figures,
)
from lull.scenarios.results.evidence_used import convergence
from lull.scenarios.results.forecast_cache import Request, find_kept
from tests.conftest import write_embedded_run
from tests.evaluation.conftest import small_record
from tests.evaluation.forged import chance_rows, held_rows, table

SERIES = 6
WEEKS = 12


def hits(rng: np.random.Generator, share: float, forecasts: int, weeks: int = 1) -> np.ndarray:
    """Return what intervals held, dims (forecast, week)."""
    return (rng.random((forecasts, weeks)) < share).astype(float)


def figures_of(scores: pa.Table, clusters: Mapping[str, str] | None = None) -> tuple[Figure, ...]:
    return calibration(scores, "lull", clusters=clusters)


def grade(scores: pa.Table) -> str:
    return graded(figures_of(scores)).grade


def spread(share: float, forecasts: int) -> np.ndarray:
    """Return hits that are evenly spread, dims (forecast, 1)."""
    return np.diff(np.floor(np.arange(forecasts + 1) * share + 1e-9))[:, None]


def recorded(share: float = 0.9, forecasts: int = 54, **more: Any) -> Record:
    """Return a record whose 90 % intervals held this share, evenly spread."""
    return small_record(calibration=figures_of(table(held_rows(spread(share, forecasts), series=SERIES))), **more)


@pytest.fixture(autouse=True)
def _no_shipped_record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(calibration_status, "embedded_file", lambda name: tmp_path / "shipped" / name)


@pytest.mark.parametrize("series", [1, 6, 54])
@pytest.mark.parametrize("weeks", [1, 12])
@pytest.mark.parametrize("gap", [1, 12])
def test_54_forecasts_that_all_missed_are_contradicted(series: int, weeks: int, gap: int) -> None:
    assert grade(table(held_rows(np.zeros((54, weeks)), series=series, gap=gap))) == "contradicted"


def test_few_forecasts_that_all_missed_are_contradicted_too() -> None:
    assert grade(table(held_rows(np.zeros((4, 1))))) == "contradicted"


def test_60_forecasts_whose_intervals_hold_three_quarters_of_their_weeks_are_contradicted() -> None:
    rng = np.random.default_rng(11)
    found = [grade(table(held_rows(hits(rng, 0.75, 60, WEEKS), series=SERIES))) for _ in range(12)]
    assert set(found) == {"contradicted"}


def test_60_honest_forecasts_are_consistent() -> None:
    rng = np.random.default_rng(12)
    found = [grade(table(held_rows(hits(rng, 0.9, 60, WEEKS), series=SERIES))) for _ in range(12)]
    assert found.count("contradicted") <= 1


def rare_contradictions(seeds: int, forecasts: int, share: float, **how: int) -> int:
    """Return how many of so many records are contradicted at any moment."""
    rng = np.random.default_rng(13)
    return sum(grade(table(held_rows(hits(rng, share, forecasts), **how))) == "contradicted" for _ in range(seeds))


def test_honest_forecasts_that_are_looked_at_every_week_are_rarely_contradicted() -> None:
    assert rare_contradictions(40, 100, 0.9, gap=1) <= 4


@pytest.mark.slow
def test_500_honest_forecasts_looked_at_every_week_are_consistent_in_at_least_95_of_100_seeds() -> None:
    assert rare_contradictions(300, 500, 0.9, gap=1) <= 0.05 * 300


@pytest.mark.slow
def test_the_power_of_the_grade_is_that_of_the_table_in_the_docs() -> None:
    """60 forecasts at 75 %: .76 where all weeks of a forecast hit or miss together."""
    assert rare_contradictions(300, 60, 0.75) == pytest.approx(0.76 * 300, abs=4 * np.sqrt(300 * 0.76 * 0.24))


def test_a_look_at_each_week_changes_nothing_that_was_said() -> None:
    """The grade of a record is contradicted as soon as, and as long as, any shorter record of it was."""
    held = np.concatenate([np.zeros((6, 1)), np.ones((60, 1))])
    looked = [figures_of(table(held_rows(held[:many])))[0] for many in range(1, len(held) + 1)]
    evidence = [one.e_value or 0.0 for one in looked]
    assert evidence == sorted(evidence)
    assert looked[5].verdict == looked[-1].verdict == "contradicted"


def test_overlapping_forecasts_are_not_counted_as_independent() -> None:
    """A burst of misses that 12 overlapping forecasts share is one bet of the whole forecast."""
    held = np.zeros((12, WEEKS))
    apart, overlapping = (figures_of(table(held_rows(held, gap=gap))) for gap in (12, 1))
    assert (apart[0].rounds, apart[0].forecasts) == (12, 12)
    whole = next(one for one in overlapping if one.figure == "coverage_90" and one.weeks == WEEKS)
    near = next(one for one in overlapping if one.figure == "coverage_90" and one.weeks == 1)
    assert (whole.rounds, near.rounds) == (1, 12)
    assert whole.e_value is not None
    assert whole.e_value < 20


def test_series_of_a_cluster_are_one_bet() -> None:
    rows = held_rows(np.zeros((6, WEEKS)), series=6)
    together = figures_of(table(rows), dict.fromkeys((f"S{place}" for place in range(6)), "one war"))
    assert together[0].rounds == 1
    assert together[0].verdict == "consistent"
    assert figures_of(table(rows))[0].verdict == "contradicted"


@pytest.mark.parametrize(
    ("metric", "share", "words"),
    [
        ("coverage_90", 0.6, "the 90 % intervals of weekly counts held 60 % of what came (too narrow)"),
        ("coverage_50", 0.9, "the 50 % intervals of weekly counts held 90 % of what came (too wide)"),
        ("total_coverage_90", 0.6, "the 90 % intervals of totals of 8 weeks held 60 % of what came (too narrow)"),
        ("total_coverage_50", 0.2, "the 50 % intervals of totals of 8 weeks held 20 % of what came (too narrow)"),
    ],
)
def test_what_contradicts_is_named(metric: str, share: float, words: str) -> None:
    rows = held_rows(np.full((60, 8), 0.9)) + held_rows(np.full((60, 8), 0.5), metric="coverage_50")
    wrong = spread(share, 60).repeat(8, axis=1)
    rows = [row for row in rows if row[4] != metric] + held_rows(wrong, metric=metric)
    grading = graded(figures_of(table(rows)))
    assert grading.grade == "contradicted"
    assert words in grading.reason
    assert grading.reason.count("held") == (2 if metric.startswith("total") else 1)  # totals of 4 and of 8 weeks


@pytest.mark.parametrize(
    ("silent", "words"), [(0, "an attack within 8 weeks had"), (7, "an attack within 8 weeks after a silence had")]
)
def test_chances_are_tested_by_the_state_at_the_origin(silent: int, words: str) -> None:
    happened = (np.arange(60) % 5 == 0).astype(float)
    grading = graded(figures_of(table(chance_rows(np.full(60, 0.7), happened, silent=silent))))
    assert grading.grade == "contradicted"
    assert f"{words} a mean stated chance of 70 % and came in 20 % (stated too high)" in grading.reason
    right = graded(figures_of(table(chance_rows(np.full(60, 0.2), happened, silent=silent))))
    assert right.grade == "consistent so far"
    assert ("the chances of a resumption are not tested" in right.reason) == (silent == 0)


def test_the_shares_of_the_capital_do_not_depend_on_what_came() -> None:
    """A state that has not been seen yet keeps its share, so that seeing it later takes nothing from the others."""
    active = chance_rows(np.full(6, 0.7), np.ones(6))
    later = chance_rows(np.full(6, 0.7), np.ones(6), silent=9)
    silent = [(*row[:2], row[2].replace(year=2020), *row[3:]) for row in later]
    one, both = (components(cells_of(table(rows), "lull"), 8) for rows in (active, active + silent))
    assert one == both
    assert sum(part.share for part in one) == pytest.approx(1)


def test_a_consistent_record_says_what_it_could_have_shown() -> None:
    few, some, many = (graded(recorded(0.9, forecasts).calibration).reason for forecasts in (1, 12, 120))
    assert "in 1 past forecast of these data" in few
    assert "So few could not have shown that the forecasts are wrong" in few
    assert "So few show gross faults only (90 % intervals that hold" in some
    assert "So many would most likely have shown 90 % intervals that hold" in many
    shares = [recorded(0.9, forecasts).calibration[0].detectable or 0.0 for forecasts in (1, 12, 120)]
    assert shares == sorted(shares)


def test_another_forecaster_is_not_graded() -> None:
    assert calibration(table(held_rows(np.zeros((9, 1)))), "imapa") == ()


def test_a_run_carries_the_grade_of_its_data(store: Store) -> None:
    run = write_embedded_run(store)
    assert grading_of(run).sentence.startswith("no own record: no past forecast of these data was compared")
    evidence = run.record["plan"]["evidence"]
    keep_calibration(recorded(made_from=evidence), store)
    assert convergence(run).calibration == "consistent so far"
    assert "the 90 % intervals held 89 %" in convergence(run).calibrated
    keep_calibration(recorded(0.5, made_from=evidence), store)
    assert convergence(run).calibrated.startswith("contradicted: in 54 past forecasts of these data")
    assert "too narrow" in convergence(run).calibration_reason


def test_without_a_record_of_its_own_a_run_says_how_the_method_did_elsewhere(store: Store, tmp_path: Path) -> None:
    run = write_embedded_run(store)
    (tmp_path / "shipped").mkdir()
    write_figures(recorded().calibration, tmp_path / "shipped" / "calibration.csv", source="others")
    assert grading_of(run).grade == "no own record"
    assert "Elsewhere, on 54 past forecasts of 6 other series" in grading_of(run).reason
    assert "may not hold here" in grading_of(run).reason
    write_figures(recorded(0.2).calibration, tmp_path / "shipped" / "calibration.csv", source="others")
    assert grading_of(run).grade == "no own record"
    assert "the method was contradicted (in 54 past forecasts of other series" in grading_of(run).reason


def test_the_shipped_record_of_the_embedded_case_is_used_for_its_own_reports_only(store: Store, tmp_path: Path) -> None:
    run = write_embedded_run(store)
    (tmp_path / "shipped").mkdir()
    write_figures(recorded().calibration, tmp_path / "shipped" / OWN_FILE, source=name_of({"counts": "others"}))
    assert grading_of(run).grade == "no own record"
    own = name_of(embedded_evidence().identity())
    write_figures(recorded().calibration, tmp_path / "shipped" / OWN_FILE, source=own)
    assert grading_of(run).grade == "consistent so far"
    keep_calibration(recorded(0.2, made_from=run.record["plan"]["evidence"]), store)
    assert grading_of(run).grade == "contradicted"  # a record of the store goes before


def test_what_did_not_converge_is_unusable_whatever_the_record(store: Store) -> None:
    run = write_embedded_run(store, grade="unusable")
    keep_calibration(recorded(made_from=run.record["plan"]["evidence"]), store)
    assert grading_of(run).grade == "unusable"


def test_a_kept_forecast_is_not_shown_under_another_grade(answered_store: Store) -> None:
    run = answered_store.runs()[0]
    request: Request = standard_request(run)
    own = keep_calibration(recorded(made_from=run.record["plan"]["evidence"]), answered_store)
    assert own is not None
    try:
        assert find_kept(run, request) is None
    finally:
        own.unlink()
    assert not own.exists()


def test_figures_are_read_as_written_and_another_file_is_refused(store: Store) -> None:
    path = keep_calibration(recorded(), store)
    assert path is not None
    assert path.parent.name == FOLDER
    for read, made in zip(read_figures(path), recorded().calibration, strict=True):
        assert (read.figure, read.verdict, read.forecasts) == (made.figure, made.verdict, made.forecasts)
        assert read.held == (None if made.held is None else pytest.approx(made.held, rel=1e-3))
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="nominal"):
        read_figures(path)


def test_a_record_keeps_its_grade(store: Store) -> None:
    from lull.evaluation.record import keep_record  # noqa: PLC0415 - only here

    made = recorded(made_from={"counts": "these"})
    keep_record(made, store)
    read = last_record(store, {"counts": "these"})
    assert read is not None
    assert read.calibration == made.calibration


def test_a_backtest_without_the_model_says_nothing_of_it(store: Store) -> None:
    assert keep_calibration(small_record(models=()), store) is None
