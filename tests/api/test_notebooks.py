"""The notebooks under `examples/` run from top to bottom, and are kept without what they print."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))


def test_there_are_two_notebooks_and_neither_keeps_outputs() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["counts_to_scenario", "reports_to_forecast"]
    for path in NOTEBOOKS:
        book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        assert [cell.source for cell in code if cell.outputs or cell.execution_count] == []
        text = "\n".join(cell.source for cell in code)
        for name in ("az.summary(", "az.loo(", "az.plot_ppc_dist(", "az.plot_trace_dist("):
            assert name in text, path.name


@pytest.mark.integration
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    done = NotebookClient(
        book, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    code = [cell for cell in done.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    shown = [output for cell in code for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(shown) >= 2, "the plots of ArviZ"
