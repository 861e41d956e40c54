"""The main job on the real reports: a small fit of the embedded case says sensible things.

Fewer draws than a published run (`SMALL`), the same evidence, model and scenarios. What is asserted holds by far more
than the Monte Carlo error of 1,600 draws, which is below two points of any probability.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lull.data.evidence import embedded_evidence
from lull.model.fitting.fit import FitPlan, find_or_fit
from lull.model.forward.exact import any_attack_probability
from lull.model.forward.origin import origin_state
from lull.model.forward.simulate import OriginState, Push, RandomNumbers
from lull.model.runs.store import Store
from lull.model.spec import SamplerConfig
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results.forecast import Forecast, forecast

pytestmark = pytest.mark.integration
SMALL = SamplerConfig(imputations=4, tune=300, draws=200, thin=1)
ISRAEL = 0


def quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody about progress."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    store = Store(tmp_path_factory.mktemp("store"))
    run = find_or_fit(FitPlan(embedded_evidence(), config=SMALL), store, progress=quiet)
    assert [path.name for path in store.folder.iterdir()] == [run.run_id]
    assert not list(Path(run.folder).glob("*.tmp"))
    return forecast(run, standard_request(run), progress=quiet)


@pytest.fixture(scope="module")
def state(made: Forecast) -> OriginState:
    return origin_state(made.run.posterior(), horizon=26, run_id=made.run.run_id)


def chance_of_attack(state: OriginState) -> np.ndarray:
    """P(any attack by week h) without a scenario, averaged over draws, (series, horizon)."""
    numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=state.horizon, seed=1)
    push = Push.none(covariates=len(state.covariates), horizon=state.horizon)
    chance: np.ndarray = any_attack_probability(state, push, numbers).mean(axis=0)
    return chance


def test_the_fit_may_be_used(made: Forecast) -> None:
    assert made.document().convergence.usable


def test_so_may_a_fit_of_what_was_known_amid_the_attacks(tmp_path: Path) -> None:
    evidence = replace(embedded_evidence(), as_of=date(2024, 1, 20))
    run = find_or_fit(FitPlan(evidence, config=SMALL), Store(tmp_path), progress=quiet)
    assert run.record["grade"] in ("good", "doubtful")
    assert np.all(run.posterior()["posterior"]["p_active"].sel(series="israel") > 0.99)


def test_israel_is_in_a_pause_and_the_us_front_is_unknown_since_november(made: Forecast) -> None:
    israel, us_forces = made.document().series
    assert (israel.name, us_forces.name) == ("israel", "us_forces")
    assert israel.silent_weeks == 5
    assert israel.p_active < 0.1 < us_forces.p_active
    assert str(us_forces.last_count_week) == "2024-10-28"


def test_an_attack_becomes_likelier_with_the_horizon_in_every_scenario(made: Forecast) -> None:
    document = made.document()
    for scenario in document.scenarios:
        chances = [document.chance("any attack", scenario.id, "israel", h).probability for h in range(1, 27)]
        assert np.all(np.diff(chances) > 0), scenario.id
        assert chances[0] < 0.25
        assert 0.3 < chances[-1] < 0.99


def test_an_attack_is_less_likely_after_a_longer_silence(state: OriginState) -> None:
    longer = replace(state, silent_weeks=state.silent_weeks + 20, p_active=np.zeros_like(state.p_active))
    as_long = replace(state, p_active=np.zeros_like(state.p_active))
    assert np.all(chance_of_attack(longer)[ISRAEL] < chance_of_attack(as_long)[ISRAEL])


def test_a_collapse_of_the_ceasefire_makes_attacks_likelier_than_its_extension(made: Forecast) -> None:
    document = made.document()
    for horizon in (4, 8, 12, 26):
        collapses, extended = (
            document.chance("any attack", scenario, "israel", horizon).probability
            for scenario in ("ceasefire-collapses", "ceasefire-extended")
        )
        assert collapses > extended + 0.02


def test_the_same_plan_again_is_the_same_run_without_a_fit(made: Forecast) -> None:
    def refuse(step: str, _done: int, _total: int) -> None:
        raise AssertionError(f"nothing is computed again, yet: {step}")

    store = Store(made.run.folder.parent)
    assert find_or_fit(FitPlan(embedded_evidence(), config=SMALL), store, progress=refuse).run_id == made.run.run_id
