"""A scores table from a file: read as it is written, refused with its row, graded by the command."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from lull.cli.printing.grading import grade_and_print
from lull.data.schema import InputError
from lull.evaluation.scores_file import read_scores
from lull.model.runs.store import Store
from lull.scenarios.results.calibration_status import FOLDER, name_of, read_figures
from tests.evaluation.conftest import WriteCounts
from tests.evaluation.forged import held_rows, table

MISSED = table(held_rows(np.zeros((54, 12)), series=6))


def graded_json(path: Path, capsys: pytest.CaptureFixture[str], **how: Any) -> dict[str, Any]:
    options = {"evidence": None, "folder": None, "out": None} | how
    grade_and_print(path, options["evidence"], options["folder"], out=options["out"], as_json=True)
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv"])
def test_a_forged_record_is_contradicted_from_either_kind_of_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    (pa.parquet.write_table if name.endswith("t") else pa.csv.write_csv)(MISSED, path)
    (found,) = graded_json(path, capsys)["graded"]
    assert (found["model"], found["calibration"]) == ("lull", "contradicted")
    assert found["figures"][0]["figure"] == "all"
    assert found["figures"][0]["forecasts"] == 54


def test_the_cluster_of_a_series_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Six series that missed once each: six bets, or one if they are the same incidents."""
    rows = table(held_rows(np.zeros((6, 1)), series=6))
    for cluster, calibration in ((None, "contradicted"), ("one war", "consistent so far")):
        path = tmp_path / "scores.csv"
        pa.csv.write_csv(rows.append_column("cluster", pa.array([cluster] * len(rows), pa.string())), path)
        assert graded_json(path, capsys)["graded"][0]["calibration"] == calibration


def test_the_grade_is_kept_for_the_counts_that_are_named(
    write_counts: WriteCounts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = write_counts({"S0": np.ones(9)})
    store, path = Store(tmp_path / "store"), tmp_path / "scores.parquet"
    pa.parquet.write_table(MISSED, path)
    files = graded_json(path, capsys, evidence=evidence, folder=store.folder, out=tmp_path / "out")["files"]
    kept = store.folder / FOLDER / f"{name_of(evidence.identity())}.csv"
    assert files == [str(kept), str(tmp_path / "out" / "calibration.csv")]
    assert read_figures(kept)[0].verdict == "contradicted"
    assert kept.read_bytes() == (tmp_path / "out" / "calibration.csv").read_bytes()


def test_the_grade_is_printed_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scores.parquet"
    pa.parquet.write_table(MISSED, path)
    grade_and_print(path, None, None, out=None, as_json=False)
    words = " ".join(capsys.readouterr().out.split())
    assert "Lull: contradicted: in 54 past forecasts of these data, compared with what happened" in words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,series\nlull,A\n", "found no origin_date, horizon, metric, value"),
        ("model,series,origin_date,horizon,metric,value\nlull,A,2020-01-05,1,coverage_90,1.5\n", "row 1, column value"),
        ("model,series,origin_date,horizon,metric,value\nlull,A,2020-01-05,0,coverage_90,1\n", "row 1, column horizon"),
        ("model,series,origin_date,horizon,metric,value\nlull,A,2020-01-05,1,coverage_90,\n", "column value"),
        ("model,series,origin_date,horizon,metric,value\nlull,A,2020-01-05,1,crps,1\n", "can be graded"),
        ("model,series,origin_date,horizon,metric,value\nlull,A,yesterday,1,coverage_90,1\n", "column origin_date"),
        (
            "model,series,origin_date,horizon,metric,value\n" + 2 * "lull,A,2020-01-05,1,coverage_90,1\n",
            "row 2: expected one coverage_90 of a forecast and horizon, found a second one",
        ),
    ],
)
def test_what_is_no_scores_table_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=re.escape(message)):
        read_scores(path)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    path.write_text("no table", "utf-8")
    with pytest.raises(InputError, match="a scores table"):
        read_scores(path)
    with pytest.raises(InputError, match="a scores table"):
        read_scores(tmp_path / "missing.csv")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"model,series\xe9,origin_date\n", "UTF"),
        (b"model,series,origin_date,horizon,metric,value,series\n" + b"a," * 6 + b"b\n", "'series' twice"),
        (b"", "Empty CSV file"),
    ],
)
def test_a_damaged_table_is_refused_in_words(content: bytes, found: str, tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_bytes(content)
    with pytest.raises(InputError, match=re.escape(found) if found != "UTF" else "(?i)utf"):
        read_scores(tmp_path / "scores.csv")
