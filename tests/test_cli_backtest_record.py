"""The record of a backtest as it is printed: every row says which question it is of, however many models there are."""

import pytest

from lull.cli.printing.backtest_record import print_record
from lull.evaluation.record import Summarised
from tests.evaluation.conftest import small_record

OTHERS = ("companion", "recent", "regime", "benchmark_pool")


def test_each_row_names_its_question_beside_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    usual = small_record()
    lines = tuple(Summarised(model, "crps", 0.9, 0.1, 0.0, 0.2, 96) for model in OTHERS)
    print_record(small_record(models=("lull", *OTHERS), summary=(*usual.summary, *lines)), [], 1.0)
    shown = capsys.readouterr().out.split("Skill against", maxsplit=1)[1].split("Interval coverage")[0]
    figures = [line for line in shown.splitlines() if "%" in line and line[0] != " "]
    assert len(figures) == 3
    assert all(line.startswith("attacks in each week") for line in figures)
    assert sum(line.count("%") for line in figures) == 5
    assert "…" not in shown
