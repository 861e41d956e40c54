"""A watch with real fits: the first pass fits, the next moves that fit on, a corrected week is fitted anew."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from lull.cli import lull

WATCH = """
[data]
counts = "weekly.csv"
[forecast]
draws = 100
tune = 200
[[questions]]
text = "any attack within 4 weeks"
[output]
dir = "out"
"""


def weekly(folder: Path, weeks: int, *, first: int = 3) -> None:
    values = np.random.default_rng(3).poisson(2.0, size=80)
    values[0], values[20:32] = first, 0
    rows = (f"front,{date(2023, 1, 2) + timedelta(weeks=at)},{values[at]}\n" for at in range(weeks))
    (folder / "weekly.csv").write_text("series,week_start,count\n" + "".join(rows))


def passed(folder: Path) -> dict[str, Any]:
    words = ["watch", str(folder / "watch.toml"), "--store", str(folder / "store"), "--json"]
    result = CliRunner().invoke(lull, words)
    assert result.exit_code in (0, 1), result.output  # a fit as short as this one may be found unusable
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.mark.integration
def test_a_watch_moves_its_fit_on_and_fits_anew_where_that_is_refused(tmp_path: Path) -> None:
    (tmp_path / "watch.toml").write_text(WATCH)
    weekly(tmp_path, 70)
    first = passed(tmp_path)
    again = passed(tmp_path)
    assert (first["fit"], again["fit"], again["run_id"]) == ("fitted", "found", first["run_id"])
    weekly(tmp_path, 71)
    later = passed(tmp_path)
    assert later["fit"] == ("updated" if first["grade"] != "unusable" else "fitted")
    assert later["known_to"] == str(date.fromisoformat(first["known_to"]) + timedelta(weeks=1))
    weekly(tmp_path, 71, first=4)
    assert passed(tmp_path)["fit"] == "fitted"
