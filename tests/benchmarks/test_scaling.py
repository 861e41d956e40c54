"""The table of growth: the powers that it fits, and which figures of its rows are kept."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def scaling(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import scaling as module  # noqa: PLC0415 - importable from here on

    return module


def test_exponents_are_the_powers_of_the_size_that_grows(scaling: ModuleType) -> None:
    rows = [{"weeks": weeks, "cpu_s": 3.0 * weeks**1.5, "grown_mb": 7.0 / weeks} for weeks in (10, 20, 50)]
    assert scaling.exponents(rows, "weeks") == pytest.approx({"cpu_s_by_weeks": 1.5, "grown_mb_by_weeks": -1.0})
    with pytest.raises(ValueError, match="rows of one size of weeks"):
        scaling.exponents(rows[:1] * 3, "weeks")


def test_the_largest_cases_are_figures_and_the_others_exponents(scaling: ModuleType) -> None:
    def row_of(sizes: dict[str, Any]) -> dict[str, Any]:
        work = sizes.get("draws", 1) * sizes.get("scenarios", 1)
        return sizes | {"seconds": 2.0, "cpu_s": float(work), "memory_mb": 5.0, "grown_mb": 1.0, "worst": "sigma"}

    figures, rows = scaling.measured(scaling.TABLES, row_of)
    assert len(rows) == sum(map(len, scaling.TABLES.values()))
    assert (figures["cpu_s_by_draws"], figures["cpu_s_by_scenarios"]) == pytest.approx((1.0, 1.0))
    assert (figures["cpu_s_by_series"], figures["grown_mb_by_weeks"]) == pytest.approx((0.0, 0.0))
    assert (figures["fit_s"], figures["export_mb"]) == (2.0, 5.0)
    assert all(isinstance(value, float) for value in figures.values())
    assert {name for name in figures if "worst" in name} == set()


@pytest.mark.parametrize("text", ["64", "0x5", "x", "64x260x2"])
def test_what_is_no_size_is_refused(scaling: ModuleType, text: str) -> None:
    assert scaling.size("64x260") == (64, 260)
    with pytest.raises(Exception, match="is not a size"):
        scaling.size(text)
