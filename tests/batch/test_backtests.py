"""A backtest through the engine inside this process: resumed, done once, the same bytes; one failure stops no other."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from distributed import Client
from typer.testing import CliRunner

from lull.batch.backtests import run_trials
from lull.cli import lull
from lull.data.evidence import Evidence
from lull.evaluation.backtest import Backtest, plan_backtest
from lull.evaluation.cells import Rule
from lull.evaluation.forecasters import participants
from lull.evaluation.forecasters.participants import Entrant, Forecast, Seen, Setting
from lull.evaluation.results import gather, on_common_cells
from lull.evaluation.scores.predictive import Predictive
from lull.model.runs.store import Store

pytestmark = pytest.mark.integration

LINE_UP = (
    Entrant("lull", "model"),
    *(Entrant(name, "baseline") for name in ("all_zero", "climatology_13", "negative_binomial_52")),
)


class StubModel:
    """A model that says Poisson counts around the mean, counts who asks, and fails where it should."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.broken: set[str] = set()

    def __call__(self, seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> dict[str, Forecast]:
        series = seen.counts.series[0]
        self.asked[f"{entrant.name} {series}"] += 1
        if series in self.broken:
            raise RuntimeError("a flaw that stays")
        rng = np.random.default_rng(seed)
        made = Predictive(rng.poisson(np.nanmean(seen.history), (200, setting.horizon)))
        return {entrant.name: Forecast(made)}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> StubModel:
    """What stands in for the fitted model."""
    stub = StubModel()
    monkeypatch.setitem(participants.KINDS, "model", stub)
    return stub


def planned(weekly: Path, line_up: tuple[Entrant, ...] = LINE_UP) -> Backtest:
    rule, setting = Rule(origins=2, learn=20), Setting(horizon=6)
    return plan_backtest(Evidence(counts=weekly), rule, line_up, setting, progress=lambda *_: None, seed=4)


def ran(backtest: Backtest, store: Store, client: Client) -> list[dict[str, Any]]:
    return run_trials(backtest.missing(store), store, client, heard=lambda *_: None)


def test_what_is_done_is_not_done_again(weekly: Path, store: Store, client: Client, model: StubModel) -> None:
    backtest = planned(weekly)
    assert len(backtest.trials) == 4 * 2 * len(LINE_UP)
    assert ran(backtest, store, client) == []
    assert model.asked == dict.fromkeys(("lull Aurochs", "lull Bison", "lull Camel", "lull Dingo"), 2)
    assert planned(weekly).missing(store) == []
    before = gather(backtest, store)
    kept = {trial.path(store): trial.path(store).read_bytes() for trial in backtest.trials}
    lost = next(trial for trial in backtest.trials if trial.label.startswith("Camel") and trial.entrant.name == "lull")
    lost.path(store).unlink()
    assert ran(planned(weekly), store, client) == []
    assert model.asked["lull Camel"] == 3
    assert model.asked.total() == 9
    assert {path: path.read_bytes() for path in kept} == kept
    assert gather(planned(weekly), store) == before
    more = planned(weekly, (*LINE_UP, Entrant("flat", "model", {"level": False})))
    assert {trial.entrant.name for trial in more.missing(store)} == {"flat"}


def test_one_bad_series_stops_no_other_and_is_compared_for_nobody(
    weekly: Path, store: Store, client: Client, model: StubModel
) -> None:
    model.broken = {"Bison"}
    backtest = planned(weekly)
    failures = ran(backtest, store, client)
    assert {failure["reason"] for failure in failures} == {"RuntimeError: a flaw that stays"}
    assert len(failures) == 2
    gathered = gather(backtest, store)
    assert gathered.fits.num_rows == len(backtest.trials) - 2
    assert "Bison" in gathered.scores["series"].to_pylist()
    assert set(on_common_cells(gathered)["series"].to_pylist()) == {"Aurochs", "Camel", "Dingo"}


@pytest.fixture
def command(client: Client, monkeypatch: pytest.MonkeyPatch, weekly: Path, tmp_path: Path) -> list[str]:
    """`lull backtest` with the cluster inside this process and few baselines."""

    @contextmanager
    def here(*_: object, **__: object) -> Iterator[Client]:
        yield client

    monkeypatch.setattr("lull.batch.cluster.client_of", here)
    monkeypatch.setattr(participants, "line_up", lambda _: LINE_UP)
    options = ["--learn", "20", "--origins", "2", "--horizon", "8", "--store", str(tmp_path / "store")]
    return ["backtest", "--counts", str(weekly), *options]


def test_the_command_tells_and_writes_what_the_scores_say(command: list[str], tmp_path: Path, model: StubModel) -> None:
    result = CliRunner().invoke(lull, [*command, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    reported = " ".join(result.stdout.split())
    assert "8 forecasts of 4 series, 8 weeks ahead" in reported
    assert "On 8 forecasts of 4 series Lull cannot be compared with the best baseline" in reported
    scores = pq.read_table(tmp_path / "out" / "scores.parquet")
    assert scores.column_names == ["model", "series", "origin_date", "horizon", "metric", "value"]
    head = (tmp_path / "out" / "summary.csv").read_text().splitlines()[0].replace('"', "")
    kept = "model,metric,mean,skill_vs_best_baseline,ci_low,ci_high,n_scored"
    pool = "skill_vs_naive_pool,naive_pool_ci_low,naive_pool_ci_high"
    assert head == f"{kept},{pool},largest_series,largest_share"
    head, *rows = (tmp_path / "out" / "paired.csv").read_text().replace('"', "").splitlines()
    assert head == "model,metric,opponent,difference,p_value,n_series,n_clusters,n_blocks,skill,ci_low,ci_high"
    assert any(row.startswith("lull,crps,") and row.split(",")[5:7] == ["4", "4"] for row in rows)
    head, *rows = (tmp_path / "out" / "weights.csv").read_text().replace('"', "").splitlines()
    assert head == "model,weight"
    assert sum(float(row.split(",")[1]) for row in rows) == pytest.approx(1.0, abs=1e-3)
    assert "the best mixture" not in reported  # of 8 forecasts
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("<svg") == 3
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    again = CliRunner().invoke(lull, [*command, "--out", str(tmp_path / "again"), "--json"])
    record = json.loads(again.stdout)
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == files
    assert model.asked.total() == 8  # the second time all of it came from the store
    assert (record["cells"], record["series"], record["good"], record["models"]) == (8, 4, True, ["lull"])
    assert {line["model"] for line in record["summary"] if line["metric"] == "crps"} == {one.name for one in LINE_UP}


@pytest.mark.integration
def test_one_fit_for_several_origins_fills_the_same_tables(
    command: list[str], tmp_path: Path, model: StubModel
) -> None:
    spread = [*command, "--every", "5", "--json", "--out"]
    each = json.loads(CliRunner().invoke(lull, [*spread, str(tmp_path / "each")]).stdout)
    result = CliRunner().invoke(lull, [*spread, str(tmp_path / "some"), "--refit", "11"])
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert (each["refit"], record["refit"], record["cells"]) == (None, 11, each["cells"])
    assert {path.name for path in (tmp_path / "some").iterdir()} == {
        path.name for path in (tmp_path / "each").iterdir()
    }
    scores = [pq.read_table(tmp_path / name / "scores.parquet") for name in ("each", "some")]
    assert scores[0].num_rows == scores[1].num_rows
    assert record["backtest_id"] != each["backtest_id"]
    seven = record["cells"] - 4 * 6  # series with seven origins, the others have six
    assert 0 < seven <= 4
    assert model.asked.total() == 2 * record["cells"] - seven  # of seven the last fit serves one, and is there already


def test_reports_are_not_followed_by_filtering(tmp_path: Path) -> None:
    result = CliRunner().invoke(lull, ["backtest", "--refit", "9", "--store", str(tmp_path)])
    assert result.exit_code == 2
    assert "--refit: expected --counts with it, found reports" in " ".join(result.stderr.split())


def test_a_failure_ends_the_command_with_1_and_is_reported(command: list[str], model: StubModel) -> None:
    model.broken = {"Camel"}
    result = CliRunner().invoke(lull, command)
    assert result.exit_code == 1, result.output
    assert "Failed: 2" in result.stdout
    assert "a flaw that stays" in result.stdout


def test_a_model_that_always_fails_is_not_said_to_be_anything(command: list[str], model: StubModel) -> None:
    model.broken = {"Aurochs", "Bison", "Camel", "Dingo"}
    result = CliRunner().invoke(lull, command)
    assert result.exit_code == 1, result.output
    assert "Lull was not scored." in result.stdout


def test_what_was_asked_and_cannot_be_scored_is_reported(command: list[str], model: StubModel) -> None:
    options = ["--from", "2023-01-09", "--origins", "9", "--horizon", "30"]
    result = CliRunner().invoke(lull, [*command, *options])
    assert result.exit_code == 0, result.output
    reported = " ".join(result.stdout.split())
    assert "8 forecasts of 4 series, 30 weeks ahead: origins from 2023-01-15 to 2023-01-22" in reported
    assert "Fewer than 9 origins: 4 series, for want of weeks. Not scored: 228 of 240 weeks" in reported  # 2 + 1 known
    assert model.asked.total() == 8


def test_a_folder_that_is_a_file_ends_the_command_before_anything_is_forecast(
    command: list[str], weekly: Path, model: StubModel
) -> None:
    result = CliRunner().invoke(lull, [*command, "--out", str(weekly)])
    assert result.exit_code == 2
    assert "expected a folder, found a file" in result.stderr
    assert model.asked.total() == 0


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        (["--learn", "200"], "4 with no origin that is 200 weeks after the first attack"),
        (["--variant", "flat"], "a choice of the model"),
        (["--series", "Bisons"], "Did you mean 'Bison'"),
        (["--origins", "0", "--horizon", "0"], "--horizon: expected a whole number from 1"),
        (["--from", "2023-01-02", "--to", "2022-12-26"], "--from, --to: expected the first day before the last"),
        (["--refit", "28"], "--refit: expected a whole number from 2 to 27"),
        (["--refit", "9", "--history", "20"], "--refit, --history: expected one of the two"),
        (["--from", "2030-01-07"], "Lower --learn or --min-events, or widen --from and --to."),
    ],
)
def test_what_cannot_be_meant_ends_the_command_with_2(command: list[str], options: list[str], reported: str) -> None:
    result = CliRunner().invoke(lull, [*command, *options])
    assert result.exit_code == 2
    assert reported in " ".join(result.stderr.split())
