"""The tables of power in the docs are those of the command."""

from pathlib import Path

import pytest

from lull.evaluation.power import FORECASTS, Row, least_power, most_power, power_table

pytestmark = pytest.mark.integration

DOCS = Path(__file__).parents[2] / "docs" / "evaluation.md"


@pytest.fixture(scope="module")
def least() -> Row:
    return least_power()


@pytest.fixture(scope="module")
def most() -> Row:
    return most_power()


def test_the_docs_have_the_tables_that_the_command_prints(least: Row, most: Row) -> None:
    text = DOCS.read_text("utf-8")
    assert power_table(least) in text
    assert power_table(most) in text


def test_honest_forecasts_are_rarely_contradicted_and_wrong_ones_in_the_end(least: Row, most: Row) -> None:
    for rows in (least, most):
        assert max(rows[0.9]) < 0.05
        assert all(list(chances) == sorted(chances) for chances in rows.values())
        assert min(rows[held][-1] for held in rows if held != 0.9) > 0.7


def test_independent_weeks_show_more_than_weeks_that_hit_and_miss_together(least: Row, most: Row) -> None:
    many = FORECASTS.index(60)
    for held in (0.75, 0.8, 0.85):
        assert most[held][many] > least[held][many] + 0.2
