"""A small real fit, from files to the store: what the synthetic run of `tests/conftest.py` has to look like."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lull.data.calendar import WEEK
from lull.data.evidence import Evidence
from lull.model.fitting.fit import FitPlan, find_or_fit
from lull.model.runs.store import Run, Store
from lull.model.spec import ModelSpec, SamplerConfig
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results.forecast import forecast
from tests.conftest import FIRST_WEEK

SERIES, WEEKS = "north", 30
SHORT = SamplerConfig(chains=2, tune=40, draws=40, thin=1, imputations=1)

pytestmark = [pytest.mark.floor, pytest.mark.integration]

type Schema = dict[str, tuple[tuple[str, ...], str]]


def quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody about progress."""


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of one series, its last weeks unknown: each more series or event makes it longer to compile."""
    folder, rng = tmp_path_factory.mktemp("fitted"), np.random.default_rng(2)
    counts = ["" if week > WEEKS - 4 else str(rng.poisson(3.0)) for week in range(WEEKS)]
    rows = [f"{SERIES},{FIRST_WEEK + WEEK * week},{count}" for week, count in enumerate(counts)]
    (folder / "weekly.csv").write_text("\n".join(["series,week_start,count", *rows, ""]))
    plan = FitPlan(Evidence(counts=folder / "weekly.csv"), spec=ModelSpec(pooling="separate"), config=SHORT)
    return find_or_fit(plan, Store(folder / "store"), progress=quiet)


def schema(run: Run) -> dict[str, Schema]:
    """Return dims and type of every variable and coordinate as read back from the disk, by group."""
    tree = replace(run, made=None).posterior()
    return {
        name: {str(key): (tuple(map(str, one.dims)), one.dtype.kind) for key, one in group.variables.items()}
        for name, group in tree.children.items()
    }


def test_the_run_that_tests_write_by_hand_has_the_variables_dims_and_types_of_a_fit(
    fitted: Run, write_run: Callable[..., Run]
) -> None:
    expected, found = schema(fitted), schema(write_run())
    assert set(found) == set(expected)
    for group, variables in expected.items():
        assert found[group] == variables, group


def test_the_record_and_the_verdict_that_tests_write_by_hand_have_the_keys_of_a_fit(
    fitted: Run, write_run: Callable[..., Run]
) -> None:
    by_hand = write_run()
    assert set(by_hand.diagnostics()) == set(fitted.diagnostics())
    assert set(by_hand.record) - {"plan"} <= set(fitted.record)


def test_a_small_fit_ends_in_a_forecast_of_numbers(fitted: Run) -> None:
    document = forecast(fitted, standard_request(fitted), progress=quiet).document()
    assert [series.name for series in document.series] == [SERIES]
    assert document.convergence.grade in ("doubtful", "unusable")  # 80 draws are too few to be good
    chances = [document.chance("any attack", "baseline", SERIES, h).probability for h in range(1, 27)]
    assert np.all(np.diff(chances) >= 0)
    assert 0.5 < chances[-1] <= 1.0  # about three attacks in every week known
