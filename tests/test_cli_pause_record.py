"""`lull learn` on made counts: both tables are written, read again, and answers take the one in use."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.learned.pause_record import AGES, Pauses, shipped_pauses
from lull.data.learned.pool import Pool, shipped_pool
from lull.data.settings import LEARNED
from lull.model.hurdle.benchmark import HurdleBenchmark
from lull.model.runs.store import Store
from tests.conftest import write_embedded_run

pytestmark = pytest.mark.integration


def learn(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lull, ["learn", *map(str, arguments)])


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    """Six series over 120 weeks whose silences end with a chance of .3 a week."""
    path, rng = tmp_path / "own.csv", np.random.default_rng(3)
    mondays = np.datetime64("2020-01-06") + np.arange(120) * np.timedelta64(7, "D")
    rows = ["series,week_start,count"]
    for name in "abcdef":
        rows += [f"{name},{week},{count}" for week, count in zip(mondays, rng.poisson(0.36, 120), strict=True)]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def test_both_tables_are_written_and_the_record_is_compared_with_the_shipped_one(counts: Path, tmp_path: Path) -> None:
    result = learn("--counts", counts, "--out", tmp_path / "out")
    assert result.exit_code == 0
    pauses = Pauses.read(tmp_path / "out" / "pauses.csv")
    assert HurdleBenchmark.read(tmp_path / "out" / "companion.csv").chance.size
    assert "6 series" in result.stdout
    rows = [line for line in result.stdout.splitlines() if line.startswith("4 to 5")]
    assert f"{100 * pauses.of(None)[2].hazard:.1f} %" in rows[0]
    assert f"{100 * shipped_pauses().of(None)[2].hazard:.1f} %" in rows[0]
    assert "--no-prior" in result.stdout


def test_without_a_prior_it_learns_from_the_counts_alone(counts: Path) -> None:
    drawn, alone = (json.loads(learn("--counts", counts, "--json", *more).stdout) for more in ([], ["--no-prior"]))
    oldest = [record["pauses"][len(AGES) - 1] for record in (drawn, alone)]
    assert [row["weeks_at_risk"] for row in oldest] == [0, 0]
    assert oldest[0]["hazard"] == shipped_pauses().of(None)[-1].hazard
    assert oldest[1]["hazard"] > 0.1
    assert drawn["silences"] == alone["silences"] > drawn["actors"] == 6


def test_several_files_are_learned_from_together(counts: Path) -> None:
    one = json.loads(learn("--counts", counts, "--json").stdout)
    two = json.loads(learn("--counts", counts, "--counts", counts, "--json").stdout)
    assert (two["actors"], two["silences"]) == (2 * one["actors"], 2 * one["silences"])


def test_with_scores_of_past_forecasts_the_weights_of_the_pool_are_written_too(counts: Path, tmp_path: Path) -> None:
    scores, rows = tmp_path / "scores.csv", ["model,series,origin_date,horizon,metric,value"]
    for model, score in (("regimes", 0.2), ("hurdle", 0.9), ("recent", 0.9)):
        rows += [f"{model},{name},2021-12-05,{week},log_score,{score}" for name in "abcdef" for week in (1, 2, 3)]
        rows += [f"{model},a,2021-12-05,1,coverage_90,1"]
    scores.write_text("\n".join(rows) + "\n", "utf-8")
    result = learn("--counts", counts, "--scores", scores, "--out", tmp_path / "out")
    assert (result.exit_code, result.stderr.count("Traceback")) == (0, 0)
    pool = Pool.read(tmp_path / "out" / "pool.csv")
    assert (pool.forecasts, pool.actors) == (6, 6)
    assert pool.regime_share(0, 13) > shipped_pool().regime_share(0, 13)
    scores.write_text("\n".join(row for row in rows if not row.startswith("hurdle")) + "\n", "utf-8")
    result = learn("--counts", counts, "--scores", scores, "--out", tmp_path / "other")
    assert (result.exit_code, (tmp_path / "other").exists()) == (2, False)
    assert "log scores of regimes, hurdle, recent" in result.stderr


def test_only_whole_weeks_up_to_a_day_are_learned_from(counts: Path, tmp_path: Path) -> None:
    """So a block of the calendar is forecast from what was known before it."""
    head, *rows = counts.read_text("utf-8").splitlines()
    early, saturday = tmp_path / "early.csv", "2021-01-09"  # when the week of 4 January is not over
    early.write_text("\n".join([head, *(row for row in rows if row.split(",")[1] < "2021-01-04"), ""]), "utf-8")
    cut = learn("--counts", counts, "--until", saturday, "--out", tmp_path / "cut")
    assert cut.exit_code == 0, cut.output
    learn("--counts", early, "--out", tmp_path / "early")
    for name in ("pauses.csv", "companion.csv"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "early" / name).read_bytes()
    assert (tmp_path / "cut" / "pauses.csv").read_text() != whole(counts, tmp_path)


def whole(counts: Path, tmp_path: Path) -> str:
    learn("--counts", counts, "--out", tmp_path / "whole")
    return (tmp_path / "whole" / "pauses.csv").read_text("utf-8")


@pytest.mark.parametrize(("day", "expected"), [("2019-12-31", "a week that was over by then"), ("x", "YYYY-MM-DD")])
def test_a_day_before_the_counts_is_refused(counts: Path, tmp_path: Path, day: str, expected: str) -> None:
    result = learn("--counts", counts, "--until", day, "--out", tmp_path / "out")
    assert (result.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert expected in result.stderr


def test_counts_without_a_silence_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sparse.csv"
    path.write_text("series,week_start,count\na,2024-01-01,3\na,2024-01-15,2\n", "utf-8")
    result = learn("--counts", path, "--out", tmp_path / "out")
    assert (result.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert "--fill-zeros" in result.stderr


def test_the_reference_rate_of_an_answer_is_that_of_the_record_in_use(
    counts: Path, tmp_path: Path, answered_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["ask", "any attack by 2025-03-01", "--series", "israel", "--json"]
    question = [*asked, "--store", str(answered_store.folder)]
    shipped = json.loads(CliRunner().invoke(lull, question).stdout)["reference_rate"]
    learn("--counts", counts, "--out", tmp_path / "out", "--no-prior")
    monkeypatch.setenv(LEARNED, str(tmp_path / "out"))
    write_embedded_run(own := Store(tmp_path / "store"))
    question = [*asked, "--store", str(own.folder)]
    assert json.loads(CliRunner().invoke(lull, question).stdout)["reference_rate"] > shipped + 0.05


def test_without_a_fit_to_move_on_an_update_is_refused_and_leaves_nothing(counts: Path, store: Store) -> None:
    asked = ["forecast", "--update", "--store", str(store.folder)]
    result = CliRunner().invoke(lull, [*asked, "--counts", str(counts)])
    assert (result.exit_code, store.runs()) == (2, [])
    assert "Fit first: without --update." in result.stderr
    result = CliRunner().invoke(lull, asked)
    assert (result.exit_code, store.runs()) == (2, [])
    assert "weekly counts, found reports" in result.stderr


def test_the_old_name_of_an_option_still_works_and_says_so(counts: Path) -> None:
    old, new = (learn("--counts", counts, "--json", name) for name in ("--afresh", "--no-prior"))
    assert old.stdout == new.stdout
    assert "--afresh is now called --no-prior" in old.stderr
    assert "now called" not in new.stderr
