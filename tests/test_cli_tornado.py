"""`lull scenario tornado` and `lull scenario hindcast` on the stored run of the tests."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.files import write_json
from lull.model.runs.store import RUN_FILE, Run, Store
from lull.scenarios.language.scenario_files import library_names

pytestmark = pytest.mark.integration

type WriteRun = Callable[..., Run]

QUESTION = "any attack by 2025-03-01"


def scenario(store: Store, *arguments: str | Path) -> Result:
    return CliRunner().invoke(lull, ["scenario", *map(str, arguments), "--store", str(store.folder)])


def test_scenarios_are_ranked_by_how_far_they_move_the_answer(answered_store: Store) -> None:
    result = json.loads(scenario(answered_store, "tornado", QUESTION, "--series", "israel", "--json").stdout)
    moves = [abs(row["difference"]) for row in result["levers"]]
    assert moves == sorted(moves, reverse=True)
    assert {row["scenario"] for row in result["levers"]} | set(result["left_out"]) < set(library_names())
    bases = [row["baseline"] for row in result["levers"]]
    assert max(bases) - min(bases) < 0.01  # where claims fall silent it is averaged over more random numbers
    page = scenario(answered_store, "tornado", QUESTION, "pressure-eases", "leader-killed", "--series", "israel").stdout
    assert "pressure-eases" in page
    assert "deterrence-rises" not in page
    assert "█" in page


def test_what_is_named_and_cannot_be_meant_is_refused(answered_store: Store) -> None:
    result = scenario(answered_store, "tornado", QUESTION, "letter-never-sent", "--series", "israel")
    assert result.exit_code == 2
    assert "library/letter-never-sent.toml:line" in result.stderr
    assert "lull scenario hindcast" in result.stderr


def test_a_hindcast_is_printed_and_handed_out(answered_store: Store, tmp_path: Path) -> None:
    out = tmp_path / "out"
    page = scenario(answered_store, "hindcast", "letter-never-sent", "--out", out).stdout
    assert "not a forecast" in page
    assert "never scored" in " ".join(page.split())
    assert sorted(path.name for path in out.iterdir()) == ["hindcast.csv", "hindcast.html"]
    assert (out / "hindcast.csv").read_text("utf-8").count("letter-never-sent") == 6 * 2
    result = json.loads(
        scenario(answered_store, "hindcast", "letter-never-sent", "--from", "2024-11-04", "--json").stdout
    )
    assert (result["origin_week"], result["horizon"]) == ("2024-11-04", 7)
    assert {row["series"] for row in result["happened"]} == {"israel", "us_forces"}


COMMANDS = {
    "run": ("scenario", "run", "pressure-eases", "--horizon", "2"),
    "hindcast": ("scenario", "hindcast", "letter-never-sent"),
    "tornado": ("scenario", "tornado", QUESTION, "pressure-eases", "--series", "israel"),
    "export": ("export", "--format", "covariates", "--out"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_run_of_the_embedded_case_is_meant_where_none_is_named(
    store: Store, embedded_run: WriteRun, write_run: WriteRun, tmp_path: Path, command: str
) -> None:
    out = [str(tmp_path / "out")] if command == "export" else []
    arguments = [*COMMANDS[command], *out, "--store", str(store.folder)]
    newest = write_run(run_id="ffff000000000000")
    refused = CliRunner().invoke(lull, arguments)
    assert refused.exit_code == 2
    assert f"the newest is {newest.run_id}" in refused.stderr
    assert ("RUN" if command == "export" else "--run") in refused.stderr
    embedded = embedded_run()
    write_json(newest.folder / RUN_FILE, newest.record | {"created": "2999-01-01T00:00:00+00:00"})
    result = CliRunner().invoke(lull, arguments)
    assert result.exit_code == 0, result.output
    assert embedded.run_id in result.stdout


def test_an_error_names_the_run_it_is_about(store: Store, write_run: WriteRun) -> None:
    write_run(record={"plan": {"evidence": {"events": "another file"}}})
    result = scenario(store, "hindcast", "letter-never-sent", "--run", "0123")
    assert result.exit_code == 2
    assert "This is run 0123456789abcdef" in result.stderr
    assert "--run chooses another" in result.stderr
