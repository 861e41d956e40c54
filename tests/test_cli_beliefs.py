"""`--priors FILE` on a stored run: weighed, named everywhere, refused in words; bad files stop before anything else."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.model.runs.store import Run

pytestmark = pytest.mark.integration

type EmbeddedRun = Callable[..., Run]
HALF = "[driver.ceasefire.resumption]\nmean = -0.18\nsd = 0.58\n[driver.ceasefire.halting]\nmean = 0.25\nsd = 0.39\n"
QUESTION = "any attack by 2025-03-01"
WHOSE = "With the beliefs of Ada about ceasefire. Reweighted from run"


@pytest.fixture
def beliefs(tmp_path: Path) -> Path:
    path = tmp_path / "ada.toml"
    path.write_text(f'who = "Ada"\n{HALF}')
    return path


def run_lull(*arguments: object) -> Result:
    return CliRunner().invoke(lull, [str(argument) for argument in arguments])


def asked(run: Run, *more: object) -> Result:
    store = ("--store", run.folder.parent, "--run", run.run_id)
    return run_lull("ask", QUESTION, "--series", "israel", "--scenario", "ceasefire-collapses", *store, *more)


def test_an_answer_under_beliefs_moves_and_says_whose(embedded_run: EmbeddedRun, beliefs: Path) -> None:
    run = embedded_run()
    before, after = (json.loads(asked(run, "--json", *more).stdout) for more in ((), ("--priors", beliefs)))
    assert before["probability"] != after["probability"]
    assert after["beliefs"].startswith(f"{WHOSE} {run.run_id}")
    assert after["pareto_k"] < 0.6
    assert after["run_id"].startswith(f"{run.run_id}+")
    assert "beliefs" not in before
    again = json.loads(asked(run, "--json", "--priors", beliefs).stdout)
    assert again == after
    assert WHOSE in " ".join(asked(run, "--priors", beliefs).output.split())


def test_beliefs_too_far_away_are_refused_with_what_to_do(embedded_run: EmbeddedRun, beliefs: Path) -> None:
    beliefs.write_text("[driver.ceasefire.resumption]\nmean = 8\nsd = 0.1\n")
    found = asked(embedded_run(), "--priors", beliefs)
    assert found.exit_code == 2
    assert "--priors: expected beliefs that the draws of run" in found.output
    assert "Fit with them: `lull fit --priors FILE`" in found.output


@pytest.mark.parametrize("command", [("fit",), ("forecast",), ("ask", QUESTION), ("scenario", "run", "baseline")])
def test_a_bad_file_stops_a_command_at_once(command: tuple[str, ...], tmp_path: Path, beliefs: Path) -> None:
    beliefs.write_text("[driver.ceasefyre.halting]\nmean = 1\nsd = 1\n")
    found = run_lull(*command, "--priors", beliefs, "--store", tmp_path / "store")
    assert found.exit_code == 2
    assert "ada.toml:line 1, driver, ceasefyre" in found.output
    assert "Did you mean 'ceasefire'?" in found.output
    assert not (tmp_path / "store").exists()


def test_every_export_says_whose_beliefs_it_holds(embedded_run: EmbeddedRun, beliefs: Path, tmp_path: Path) -> None:
    run, out = embedded_run(), tmp_path / "out"
    formats = [word for form in ("xlsx", "html", "netcdf", "csv") for word in ("--format", form)]
    store = ("--store", run.folder.parent)
    found = run_lull("export", run.run_id, "--out", out, "--priors", beliefs, "--horizon", 8, *store, *formats)
    assert found.exit_code == 0, found.output
    provenance = {row[0]: row[1] for row in load_workbook(out / "forecast.xlsx")["provenance"].values}
    assert str(provenance["beliefs"]).startswith(WHOSE)
    assert WHOSE in (out / "report.html").read_text("utf-8")
    with xr.open_datatree(out / "posterior.nc", engine="h5netcdf") as tree:
        assert tree["predictions"].attrs["beliefs"].startswith(WHOSE)
    assert 'who = "Ada"' in (out / "beliefs.toml").read_text("utf-8")
    assert "+" in (out / "weeks.csv").read_text("utf-8").splitlines()[1].split(",")[0]
    assert not (run.folder / "forecast.parquet").exists()


def test_a_projection_under_beliefs_is_kept_beside_that_without(embedded_run: EmbeddedRun, beliefs: Path) -> None:
    run = embedded_run()
    where = ("--run", run.run_id, "--store", run.folder.parent)
    found = [
        run_lull("scenario", "run", "baseline", *where, "--horizon", 4, "--json", *more)
        for more in ((), ("--priors", beliefs), ("--priors", beliefs))
    ]
    assert [each.exit_code for each in found] == [0, 0, 0], found[-1].output
    bare, under, again = (json.loads(each.stdout) for each in found)
    assert bare["beliefs"] == ""
    assert under["beliefs"].startswith(WHOSE)
    assert under["chances"] != bare["chances"]
    assert again == under


FORKS = 'who = "Ada"\n[[fork]]\nexpires = 0.1\nextended = 0.1\ncollapses = 0.8\n[salience]\nmobilisation = 2\n'


@pytest.fixture
def forks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that says nothing of drivers, where no fit may be begun."""

    def fitted(*_: object, **__: object) -> None:
        raise AssertionError("a fit was begun")

    monkeypatch.setattr("lull.cli.fitted_run.fit", fitted)
    path = tmp_path / "forks.toml"
    path.write_text(FORKS)
    return path


def test_branches_and_saliences_alone_begin_no_fit_and_move_the_answer(embedded_run: EmbeddedRun, forks: Path) -> None:
    run = embedded_run()
    store = ("--store", run.folder.parent, "--json")
    fork = ("ask", QUESTION, "--series", "israel", "--scenario", "ceasefire-fork", *store)
    before, after = (json.loads(run_lull(*fork, *more).stdout) for more in ((), ("--priors", forks)))
    named = json.loads(run_lull(*fork, "--priors", forks, "--run", run.run_id).stdout)
    assert after["probability"] > before["probability"]
    assert after["baseline"] == before["baseline"]
    assert after["run_id"].startswith(f"{run.run_id}+")
    assert after["beliefs"].startswith("With the beliefs of Ada about the branches collapses or expires or extended")
    assert after == named
    made = json.loads(run_lull("fit", "--priors", forks, *store).stdout)
    assert (made["run_id"], made["from_store"]) == (run.run_id, True)
    assert "belong to questions" in run_lull("fit", "--priors", forks, *store).stderr
    assert [each.name for each in run.folder.parent.iterdir() if not each.name.startswith(".")] == [run.run_id]


def test_a_forecast_under_branches_alone_is_of_the_run_of_the_record(embedded_run: EmbeddedRun, forks: Path) -> None:
    run = embedded_run()
    command = ("forecast", "--scenario", "ceasefire-fork", "--horizon", 4, "--store", run.folder.parent, "--json")
    bare, under = (json.loads(run_lull(*command, *more).stdout) for more in ((), ("--priors", forks)))
    assert under["run_id"].startswith(f"{run.run_id}+")
    assert under["from_store"]
    assert (bare["beliefs"], under["beliefs"][:25]) == ("", "With the beliefs of Ada a")
    assert "collapses early 80 %" in json.dumps(under["scenarios"])
    assert "collapses early 80 %" not in json.dumps(bare["scenarios"])
