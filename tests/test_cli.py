"""The commands on a small stored run: what they print, write and return, and that nothing half-done remains."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.model.runs.store import Run, Store
from lull.scenarios.language.scenario_files import library_names
from lull.scenarios.language.standard import OF_A_CEASEFIRE, OF_DRIVERS

type WriteRun = Callable[..., Run]
SCENARIOS = ["baseline", *OF_A_CEASEFIRE, *OF_DRIVERS]
LEVELS = ["0.01", "0.025", *(f"{percent / 100:g}" for percent in range(5, 100, 5)), "0.975", "0.99"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lull, [str(argument) for argument in arguments])


def forecast(store: Store, *arguments: str | Path) -> Result:
    return run("forecast", "--store", store.folder, *arguments)


def process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Return what a process of its own does with the command."""
    command = [sys.executable, "-P", "-m", "lull.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def answered(answered_store: Store, tmp_path: Path) -> Path:
    """The folder of files that a forecast of the embedded case wrote."""
    result = forecast(answered_store, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    return tmp_path / "out"


def test_the_forecast_table_is_whole(answered: Path) -> None:
    with (answered / "forecast.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "origin_date", "scenario_id", "target", "series", "horizon", "target_end_date", "output_type", "output_type_id",
        "value",
    ]  # fmt: skip
    weekly = [row for row in rows if row["target"] == "wk inc attacks"]
    quantiles: dict[tuple[str, str, int], list[tuple[str, float]]] = {}
    for row in weekly:
        if row["output_type"] == "quantile":
            key = (row["scenario_id"], row["series"], int(row["horizon"]))
            quantiles.setdefault(key, []).append((row["output_type_id"], float(row["value"])))
    cells = {(name, series, h) for name in SCENARIOS for series in ("israel", "us_forces") for h in range(1, 27)}
    assert set(quantiles) == cells
    for values in quantiles.values():
        assert [level for level, _ in values] == LEVELS
        assert [value for _, value in values] == sorted(value for _, value in values)
    means = {(row["scenario_id"], row["series"], int(row["horizon"])) for row in weekly if row["output_type"] == "mean"}
    assert means == cells
    assert [row for row in rows if row["value"] in ("", "nan")] == []
    assert {(row["origin_date"], row["target_end_date"]) for row in weekly if row["horizon"] == "1"} == {
        ("2024-12-29", "2025-01-05")
    }


def test_samples_of_two_scenarios_are_the_same_until_they_part(answered: Path) -> None:
    samples: dict[str, dict[tuple[str, str, str], float]] = {}
    for row in pq.read_table(answered / "forecast.parquet").to_pylist():
        if row["output_type"] == "sample":
            key = (row["series"], row["horizon"], row["output_type_id"])
            samples.setdefault(row["scenario_id"], {})[key] = row["value"]
    base, extended = samples["baseline"], samples["ceasefire-extended"]
    assert base.keys() == extended.keys()
    before = {key for key in base if key[1] < 4}  # the ceasefire is agreed until the Sunday of the fourth week ahead
    assert {key: base[key] for key in before} == {key: extended[key] for key in before}
    assert base != extended


def test_the_page_says_what_is_known_how_sure_and_what_may_come(answered_store: Store) -> None:
    page = forecast(answered_store).stdout
    for words in (
        "Islamic Resistance in Iraq: attacks per week, 26 weeks ahead",
        "Counts are statements by the group, not verified attacks.",
        "5 reports were known; 3 are used",
        "1 repeats another",
        "good: R-hat at most 1.004",
        "missing, not zero",
        "Chance of at least one attack",
        "Attacks in that week",
        "Drivers: prior and posterior",
        "pressure on resumption",
        *SCENARIOS,
    ):
        assert words in page
    assert "The chance that it is in a pause is" in " ".join(page.split())
    assert max(map(len, page.splitlines())) <= 100


def test_every_week_can_be_printed(store: Store, embedded_run: WriteRun) -> None:
    embedded_run()
    page = forecast(store, "--every-week", "--horizon", "6", "--scenario", "pressure-eases").stdout
    assert "Every week of israel under pressure-eases" in page
    assert "2025-02-03" in page  # the Monday of the sixth week


def test_json_is_one_object_and_the_same_numbers(answered_store: Store, tmp_path: Path) -> None:
    written = answered_store.runs()[0]
    result = forecast(answered_store, "--json", "--out", tmp_path / "out")
    document = json.loads(result.stdout)
    assert (document["run_id"], document["from_store"], document["horizon"]) == (written.run_id, True, 26)
    assert [scenario["id"] for scenario in document["scenarios"]] == SCENARIOS
    assert len(document["weeks"]) == len(SCENARIOS) * 2 * 26
    assert len(document["chances"]) == 2 * len(document["weeks"])
    assert [Path(path).name for path in document["files"]] == ["forecast.csv", "forecast.parquet", "report.html"]
    chance = {(c["asked"], c["scenario_id"], c["series"], c["horizon"]): c for c in document["chances"]}
    for key, row in chance.items():
        assert 0 <= row["probability"] <= 1
        base = chance[key[0], "baseline", key[2], key[3]]
        assert row["difference"] == pytest.approx(row["probability"] - base["probability"], abs=1e-12)
        if key[3] > 1:
            assert row["probability"] >= chance[*key[:3], key[3] - 1]["probability"]


def test_a_question_asked_again_is_read_and_not_computed(store: Store, embedded_run: WriteRun) -> None:
    written = embedded_run()
    first = forecast(store, "--json").stdout
    kept = {path: path.stat().st_mtime_ns for path in written.folder.rglob("*")}
    assert forecast(store, "--json").stdout == first
    assert {path: path.stat().st_mtime_ns for path in written.folder.rglob("*")} == kept


def loaded_by(*arguments: str | Path) -> set[str]:
    """Return the modules that a process of the command has loaded when it ends."""
    listing = "atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
    code = f"import sys, atexit; {listing}; from lull import cli; cli.main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_what_is_answered_from_the_store_loads_no_heavy_library(answered_store: Store) -> None:
    loaded = loaded_by("forecast", "--store", answered_store.folder)
    assert loaded & {"pandas", "xarray", "numba", "pymc", "altair", "pyarrow"} == set()


def test_a_list_of_runs_loads_nothing_that_answers_need(answered_store: Store) -> None:
    loaded = loaded_by("runs", "--json", "--store", answered_store.folder)
    answering = {
        "lull.scenarios.results.document",
        "lull.data.evidence",
        "lull.model.parameters",
        "lull.cli.screen.layout",
    }
    assert loaded & (answering | {"pandas", "xarray", "numba", "pymc", "pyarrow"}) == set()


def test_help_loads_neither_arrays_nor_anything_of_ours_that_works() -> None:
    heavy = {"numpy", "pydantic", "rich", "dask", "duckdb", "lull.data", "lull.model", "lull.scenarios", "lull.batch"}
    assert loaded_by("--help") & heavy == set()


def test_an_unusable_run_ends_with_1_and_says_so_everywhere(
    store: Store, embedded_run: WriteRun, tmp_path: Path
) -> None:
    embedded_run(grade="unusable")
    result = forecast(store, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "Do not use these numbers." in result.stdout
    assert "Do not use these numbers" in (tmp_path / "out" / "report.html").read_text("utf-8")
    document = forecast(store, "--json")
    assert (document.exit_code, json.loads(document.stdout)["convergence"]["grade"]) == (1, "unusable")
    assert run("fit", "--store", store.folder).exit_code == 1


def test_the_report_stands_alone(answered: Path) -> None:
    page = (answered / "report.html").read_text("utf-8")
    assert page.count("<svg") == 4
    assert "<script" not in page
    assert "<link" not in page
    assert [mark for mark in ('src="http', "url(http", 'href="http') if mark in page] == []
    assert sorted(path.name for path in answered.iterdir()) == ["forecast.csv", "forecast.parquet", "report.html"]


@pytest.mark.parametrize("out", ["/proc/lull", "/dev/null", "/dev/null/below"])
def test_an_out_that_cannot_be_written_is_refused_before_the_work(store: Store, out: str) -> None:
    result = forecast(store, "--out", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert out.removesuffix("/below") in result.stderr
    assert not store.folder.exists()


def test_no_space_is_refused_before_the_work(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    result = forecast(store, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "expected 50 MB of free space, found 1 MB free" in result.stderr
    assert not store.folder.exists()


def test_no_space_in_the_middle_leaves_no_half_answer(
    store: Store, embedded_run: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = embedded_run()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lull.scenarios.results.forecast.write_csv", full)
    result = forecast(store)
    assert result.exit_code == 2
    assert "found No space left on device" in result.stderr
    assert list((written.folder / "forecasts").iterdir()) == []


def test_an_interrupted_fit_leaves_no_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        with store.writing("abc", {}) as folder:
            (folder / "posterior.nc").write_bytes(b"half")
            raise KeyboardInterrupt

    monkeypatch.setattr("lull.cli.fitted_run.fit", interrupted)
    result = forecast(store)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.endswith("Interrupted: nothing half-done was kept.\n")
    assert list(store.folder.iterdir()) == []


@pytest.mark.integration
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_of_a_fit_leaves_nothing(store: Store, number: int, code: int) -> None:
    command = [sys.executable, "-P", "-m", "lull.cli", "fit", "--store", str(store.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as fit:
        assert fit.stderr is not None
        assert fit.stderr.readline() == "reconstruct the weekly counts ...\n"
        os.kill(fit.pid, number)
        stdout, stderr = fit.communicate(timeout=60)
    assert (fit.returncode, stdout) == (code, "")
    assert "Traceback" not in stderr
    assert list(store.folder.iterdir()) == []


def test_runs_are_listed(store: Store, write_run: WriteRun) -> None:
    assert "No runs in" in run("runs", "--store", store.folder).stdout
    write_run()
    assert "0123456789abcdef" in run("runs", "--store", store.folder).stdout
    document = json.loads(run("runs", "--store", store.folder, "--json").stdout)
    assert [row["grade"] for row in document["runs"]] == ["good"]


def test_a_scenario_is_listed_shown_checked_and_run(store: Store, write_run: WriteRun, tmp_path: Path) -> None:
    listed = [row["id"] for row in json.loads(run("scenario", "list", "--json").stdout)["scenarios"]]
    assert sorted(listed) == sorted(library_names())
    shown = run("scenario", "show", "pressure-eases").stdout
    path = tmp_path / "mine.toml"
    path.write_text(shown.replace('"pressure-eases"', '"mine"'))
    assert "No problems found" in run("scenario", "check", path).stdout
    write_run()
    arguments = ("scenario", "run", path, "--store", store.folder, "--json", "--horizon", "5", "--run", "01234")
    document = json.loads(run(*arguments).stdout)
    assert [scenario["id"] for scenario in document["scenarios"]] == ["baseline", "mine"]


def test_a_run_is_named_by_its_first_letters(store: Store, write_run: WriteRun) -> None:
    write_run(run_id="aa11")
    write_run(run_id="aa22")
    arguments = ("scenario", "run", "pressure-eases", "--store", store.folder, "--json", "--horizon", "2")
    assert json.loads(run(*arguments, "--run", "aa1").stdout)["run_id"] == "aa11"
    for name, found in (("aa", "found 2 runs"), ("b", "found none")):
        result = run(*arguments, "--run", name)
        assert result.exit_code == 2
        assert found in result.stderr


def test_a_scenario_without_any_run_says_what_to_do(store: Store) -> None:
    result = run("scenario", "run", "pressure-eases", "--store", store.folder)
    assert result.exit_code == 2
    assert "`lull forecast` or `lull fit` makes it" in result.stderr


def test_user_data_without_scenarios_has_the_baseline_only(store: Store, write_run: WriteRun) -> None:
    write_run()
    arguments = ("scenario", "run", "baseline", "--store", store.folder, "--json", "--run", "01234")
    document = json.loads(run(*arguments).stdout)
    assert [scenario["id"] for scenario in document["scenarios"]] == ["baseline"]


@pytest.mark.integration
def test_reconstruct_writes_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(
        "report_id,source,published,published_basis,window_start,window_end,actor,front,measure,count,qualifier\n"
        "a1,A paper,2024-03-20,day,2024-03-04,2024-03-10,The group,north,claimed,7,exact\n"
        "a2,A paper,2024-03-20,day,2024-03-11,2024-03-17,The group,north,claimed,3,exact\n"
        "a3,Another,2024-03-20,day,2024-03-04,2024-03-17,The group,north,claimed,10,exact\n"
    )
    result = run("reconstruct", "--reports", path, "--out", tmp_path / "out", "--imputations", "3")
    assert result.exit_code == 0, result.output
    with (tmp_path / "out" / "weekly.csv").open(encoding="utf-8") as file:
        weekly = list(csv.DictReader(file))
    assert list(weekly[0]) == ["series", "week_start", "mean", "q05", "q50", "q95"]
    assert [(row["week_start"], float(row["q50"])) for row in weekly] == [("2024-03-04", 7.0), ("2024-03-11", 3.0)]
    table = pq.read_table(tmp_path / "out" / "imputations.parquet")
    assert table.column_names == ["imputation", "series", "week_start", "count"]
    assert table.num_rows == 3 * 2
    with (tmp_path / "out" / "tension.csv").open(encoding="utf-8") as file:
        tension = list(csv.DictReader(file))
    assert list(tension[0]) == [
        "report_id", "reported", "implied", "implied_low", "implied_high", "residual", "flag",
    ]  # fmt: skip
    assert [row["report_id"] for row in tension] == ["a1", "a2", "a3"]


def test_the_version_is_printed() -> None:
    assert process("--version").stdout.startswith("lull 0.")


def test_a_question_is_answered_and_compared_with_the_baseline(answered_store: Store) -> None:
    arguments = ("--series", "israel", "--scenario", "pressure-eases", "--store", answered_store.folder)
    result = run("ask", "any attack by 2025-03-01", *arguments, "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {
        "question", "series", "scenario", "probability", "baseline", "difference", "difference_low", "difference_high",
        "mc_error", "reference_rate", "grade", "run_id",
    } <= set(document)  # fmt: skip
    assert document["difference"] == pytest.approx(document["probability"] - document["baseline"])
    assert (document["question"], document["series"], document["scenario"]) == (
        "any attack by 2025-03-01", "israel", "pressure-eases",
    )  # fmt: skip
    page = run("ask", "any attack by 2025-03-01", *arguments).stdout
    assert "Recorded silences of that age ended within that time" in page


def test_weeks_in_a_question_count_from_the_origin_of_the_run(answered_store: Store) -> None:
    arguments = ("--series", "israel", "--store", answered_store.folder)
    within, by = (
        json.loads(run("ask", question, *arguments, "--json").stdout)
        for question in ("any attack within 9 weeks", "any attack by 2025-03-02")
    )
    assert within | {"question": by["question"]} == by
    assert within["by_date"] == "2025-03-02"
    assert "any attack within 9 weeks (by 2025-03-02) (israel)" in run("ask", within["question"], *arguments).stdout
    assert run("ask", "any attack within 0 weeks", *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("any atack by 2025-03-01", "expected one of: any attack by DATE; resumption by DATE"),
        ("any attack by 2024-03-01", "expected a day after 2024-12-29"),
        ("any attack by 2025-02-30", "expected a"),
    ],
)
def test_a_question_that_is_none_is_refused(answered_store: Store, question: str, expected: str) -> None:
    result = run("ask", question, "--series", "israel", "--store", answered_store.folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in result.stderr
