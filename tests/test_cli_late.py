"""`--completeness` and `--previous`: invalid combinations are refused with exit 2."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lull.cli import lull


@pytest.mark.parametrize("command", [["forecast"], ["fit"], ["ask", "any attack by 2025-03-01"]])
def test_wrong_late_reports_are_reported_by_every_command_that_fits(tmp_path: Path, command: list[str]) -> None:
    counts, curve = tmp_path / "w.csv", tmp_path / "c.csv"
    counts.write_text("series,week_start,count\nnorth,2024-01-01,3\nnorth,2024-01-08,2\n")
    curve.write_text("weeks_before_end,share\n0,1.5\n")

    def refusal(*options: str | Path) -> str:
        result = CliRunner().invoke(lull, [*command, "--store", str(tmp_path / "store"), *map(str, options)])
        assert (result.exit_code, result.stdout) == (2, ""), result.output
        return result.stderr

    assert "c.csv:line 2, column share: expected a share" in refusal("--counts", counts, "--completeness", curve)
    assert "w.csv: expected an earlier snapshot" in refusal("--counts", counts, "--previous", counts)
    assert "--previous: expected --counts with it" in refusal("--previous", counts)
    both = refusal("--counts", counts, "--completeness", curve, "--previous", counts)
    assert "--completeness, --previous: expected one of the two, found both." in both


def test_check_knows_a_curve(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("weeks_before_end,share\n0,0.5\n1,0.9\n")
    result = CliRunner().invoke(lull, ["check", str(path)])
    assert result.exit_code == 0
    assert "the share of the last weeks that is reported, the newest first: 0.5, 0.9" in result.stdout
