"""The standard scenarios: what becomes of a ceasefire is asked only where one is in force."""

from collections.abc import Callable

import pytest

from lull.model.runs.store import Run
from lull.scenarios.language.standard import OF_A_CEASEFIRE, OF_DRIVERS, standard_scenarios


@pytest.mark.parametrize(
    ("origin", "as_of", "asked"),
    [
        ("2024-12-23", "2024-12-31", True),
        ("2024-11-25", "2024-12-03", True),
        ("2024-11-18", "2024-11-26", False),  # the day before it began
        ("2025-01-20", "2025-01-28", False),  # it ends with the origin week
        ("2023-11-20", "2023-11-28", False),  # the truce of November 2023 ends within the first week ahead
        ("2024-08-05", "2024-08-15", False),
    ],
)
def test_a_ceasefire_is_asked_of_only_where_one_is_in_force(
    embedded_run: Callable[..., Run], origin: str, as_of: str, *, asked: bool
) -> None:
    run = embedded_run()
    run.record.update(origin=origin, as_of=as_of)
    names = [scenario.id for scenario in standard_scenarios(run)]
    assert names == ["baseline", *(OF_A_CEASEFIRE if asked else ()), *OF_DRIVERS]


def test_of_users_own_data_only_the_baseline_is_asked(write_run: Callable[..., Run]) -> None:
    assert [scenario.id for scenario in standard_scenarios(write_run())] == ["baseline"]
