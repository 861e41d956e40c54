"""Small things that a page says: interventions of branches counted, rows of a query whole."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lull.cli import lull
from lull.model.runs.store import Store


def test_interventions_of_branches_are_counted(tmp_path: Path) -> None:
    shown = CliRunner().invoke(lull, ["scenario", "show", "ceasefire-fork"]).stdout
    path = tmp_path / "ceasefire-fork.toml"
    path.write_text(shown, "utf-8")
    result = CliRunner().invoke(lull, ["check", str(path)])
    assert result.exit_code == 0, result.output
    assert f"with {shown.count('interventions]]')} interventions in all its branches together" in result.stdout


@pytest.mark.parametrize("columns", [3, 30])
def test_every_cell_of_a_query_is_whole(answered_store: Store, columns: int) -> None:
    names = ", ".join(f"run_id as a_name_of_a_column_{place}" for place in range(columns))
    question = f"select {names} from runs"  # noqa: S608 - our own text
    command = ["runs", "query", question, "--store", str(answered_store.folder)]
    result = CliRunner().invoke(lull, command)
    assert result.exit_code == 0, result.output
    run_id = answered_store.runs()[0].run_id
    head, _, row = result.stdout.splitlines()
    assert row.split() == [run_id] * columns
    assert head.split()[-1] == f"a_name_of_a_column_{columns - 1}"
