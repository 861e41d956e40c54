"""Last weeks that are reported in part are not read as a pause, and their counts not as a fall."""

from dataclasses import asdict

import numpy as np
import pytest
from scipy.special import logit

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.evidence import Evidence
from lull.model.fitting.covariates import without_events
from lull.model.fitting.fit import FitPlan, find_or_fit
from lull.model.fitting.panel import SETTLED, make_panel
from lull.model.forward.origin import origin_state, past_state
from lull.model.regimes.filter import filter_regimes
from lull.model.runs.store import Run, Store
from lull.model.spec import ModelSpec, Priors, SamplerConfig

FIRST = np.datetime64("2023-01-02")
SHARES = (0.15, 0.4, 0.7)  # of the newest week first
MEAN, SIZE, HALTS, RESUMES, LEAK = 6.0, 3.0, 0.05, 0.15, 0.03


def test_the_regime_is_calibrated_with_the_right_curve_and_taken_for_a_pause_without_one() -> None:
    rng, draws, weeks = np.random.default_rng(1), 20_000, 25
    active = np.empty((draws, weeks), bool)
    active[:, 0] = rng.random(draws) < 0.7
    for week in range(1, weeks):
        active[:, week] = rng.random(draws) < np.where(active[:, week - 1], 1 - HALTS, RESUMES)
    happened = rng.poisson(np.where(active, MEAN * rng.gamma(SIZE, 1 / SIZE, active.shape), LEAK))
    whole = np.ones(weeks)
    whole[-3:] = SHARES[::-1]
    seen = rng.binomial(happened, whole)[:, None].astype(float)
    full = (draws, 1, weeks)
    terms = (
        *(np.full(full, np.log(MEAN)), np.full(full[:2], np.log(SIZE)), np.full(full, logit(HALTS))),
        *(np.full(full, logit(RESUMES)), np.full(draws, np.log(LEAK)), np.full(full[:2], logit(0.7))),
    )
    given = filter_regimes(seen, *terms, np.log(whole)[None])[1][:, 0, -1]
    hidden = filter_regimes(seen, *terms, np.zeros((1, weeks)))[1][:, 0, -1]
    truth = active[:, -1]
    error = np.sqrt((given * (1 - given)).mean() / draws)
    assert abs(given.mean() - truth.mean()) < 4 * error
    assert hidden.mean() < truth.mean() - 40 * error
    for low, high in ((0.05, 0.3), (0.3, 0.7), (0.7, 0.95)):
        some = (given > low) & (given < high)
        assert abs(given[some].mean() - truth[some].mean()) < 4 * np.sqrt(0.25 / some.sum())


def panel_of(values: np.ndarray, shares: tuple[float, ...]) -> object:
    counts = WeeklyCounts.from_arrays(values, series=["north"], first_week=FIRST).with_completeness(shares)
    nothing = without_events(counts.weeks[0], counts.origin)
    return make_panel(counts.array[0], nothing, spec=ModelSpec(), priors=Priors())


def test_weeks_reported_whole_change_nothing() -> None:
    values = np.random.default_rng(2).poisson(2.0, (1, 40)).astype(float)
    plain, whole = asdict(panel_of(values, ())), asdict(panel_of(values, (1.0, 1.0)))
    for name, value in plain.items():
        np.testing.assert_array_equal(whole[name], value)


def test_a_zero_of_a_week_reported_in_part_neither_lengthens_a_silence_nor_ends_it() -> None:
    values = np.array([[3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0]])
    silence = panel_of(values, (0.3, 0.5, 0.6, SETTLED - 1e-9, SETTLED)).silence[0, :8]
    assert silence.tolist() == [0, 1, 2, 3, 3, 3, 0, 0]


SHORT = SamplerConfig(chains=2, tune=300, draws=300, thin=1, imputations=1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """A run of counts whose last weeks are in part, with and without saying so."""
    folder = tmp_path_factory.mktemp("late")
    rng = np.random.default_rng(3)
    happened = rng.negative_binomial(SIZE, SIZE / (SIZE + MEAN), 60)
    happened[-3:] = 6
    counts = [*happened[:-3], 4, 2, 0]  # as good as 70, 40 and 15 % of them
    rows = [f"north,{FIRST + WEEK * week},{count}" for week, count in enumerate(counts)]
    (folder / "w.csv").write_text("\n".join(["series,week_start,count", *rows, ""]))
    curve = "".join(f"{age},{share}\n" for age, share in enumerate(SHARES))
    (folder / "c.csv").write_text(f"weeks_before_end,share\n{curve}")
    store = Store(folder / "store")

    def fitted(evidence: Evidence) -> Run:
        return find_or_fit(FitPlan(evidence, config=SHORT), store, progress=lambda *_: None)

    counted = folder / "w.csv"
    return fitted(Evidence(counts=counted, completeness=folder / "c.csv")), fitted(Evidence(counts=counted))


@pytest.mark.integration
def test_the_origin_is_likelier_active_and_its_intensity_not_lower(runs: tuple[Run, Run]) -> None:
    given, hidden = (origin_state(run.posterior(), horizon=4, run_id=run.run_id) for run in runs)
    assert given.p_active.mean() > 0.9 > hidden.p_active.mean()
    intensity = [np.exp(np.median(state.log_intensity)) for state in (given, hidden)]
    assert intensity[0] > intensity[1]
    assert intensity[0] == pytest.approx(MEAN, rel=0.35)  # two sd of a mean of some ten weeks of such counts
    assert (given.silent_weeks.max(), hidden.silent_weeks.max()) == (0, 1)


@pytest.mark.integration
def test_the_run_records_the_curve_and_looks_back_at_weeks_in_part(runs: tuple[Run, Run]) -> None:
    given, hidden = runs
    assert given.record["evidence"]["completeness"] == list(SHARES)
    assert hidden.record["evidence"]["completeness"] == []
    tree = Store(given.folder.parent).find(given.run_id).posterior()
    assert tree["observed_data"]["completeness"].to_numpy()[-3:].tolist() == list(SHARES[::-1])
    end = origin_state(tree, horizon=4, run_id="end")
    week = np.datetime64(end.origin, "D")
    back = past_state(tree, week=week, horizon=4, freeze_after=8, run_id="back")
    np.testing.assert_allclose(back.p_active, end.p_active, rtol=1e-9)
