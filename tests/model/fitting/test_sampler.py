"""The sampler's side: seeds, interruption, the fallback of PyMC, and the way from draws to a posterior."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import arviz_stats as azs
import numpy as np
import pymc as pm
import pytest
import xarray as xr
from pymc.testing import mock_sample
from scipy import stats

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.model.fitting import sampler
from lull.model.fitting.build import build
from lull.model.fitting.covariates import Covariates, from_events, without_events
from lull.model.fitting.panel import Panel, make_panel
from lull.model.fitting.pooled_posterior import fit_imputations
from lull.model.fitting.sampler import PosteriorSampler
from lull.model.forward.origin import origin_state
from lull.model.forward.simulate import Push, RandomNumbers, simulate
from lull.model.spec import ModelSpec, Normal, Priors, SamplerConfig

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, WEEKS, HORIZON = np.datetime64("2024-01-01"), 30, 6
SHORT = SamplerConfig(chains=2, tune=150, draws=100, thin=1, imputations=1)


def counts(imputations: int = 1) -> WeeklyCounts:
    """Return counts of one series with a pause and a missing week."""
    values = np.random.default_rng(1).negative_binomial(3, 0.4, (imputations, 1, WEEKS)).astype(float)
    values[..., 12:19] = 0.0
    values[..., 24] = np.nan
    return WeeklyCounts.from_arrays(values, series=["north"], first_week=FIRST)


def panel(times: float = 1.0) -> Panel:
    """Return their panel, or that of so many times the counts."""
    covariates = without_events(FIRST, FIRST + WEEK * WEEKS)
    return make_panel(times * counts().array[0], covariates, spec=ModelSpec(), priors=Priors())


@pytest.fixture
def posterior_sampler() -> PosteriorSampler:
    return PosteriorSampler(ModelSpec(), Priors(), SHORT)


@pytest.mark.integration
def test_the_same_seed_gives_the_same_draws_and_another_gives_others(posterior_sampler: PosteriorSampler) -> None:
    one, again, other = (posterior_sampler.sample(panel(), seed=seed)["posterior"].to_dataset() for seed in (4, 4, 5))
    xr.testing.assert_equal(one, again)
    assert all((one[name] != other[name]).any() for name in one.data_vars)
    assert not np.array_equal(one["intercept"][0], one["intercept"][1])  # nor are two chains the same


@pytest.mark.integration
def test_draws_have_the_shape_that_was_asked_for_and_the_statistics_that_are_judged(
    posterior_sampler: PosteriorSampler,
) -> None:
    trace = posterior_sampler.sample(panel(), seed=1)
    assert dict(trace["posterior"].sizes) | {"chain": 2, "draw": 100, "series": 1} == dict(trace["posterior"].sizes)
    assert {"diverging", "energy"} <= set(trace["sample_stats"].data_vars)
    assert {str(name) for name in trace["posterior"].data_vars} == {
        v.name for v in build(panel(), spec=ModelSpec(), priors=Priors()).free_RVs
    }


@pytest.mark.integration
def test_an_interruption_while_sampling_stops_the_sampler_and_is_passed_on(
    posterior_sampler: PosteriorSampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = replace(posterior_sampler, config=replace(SHORT, draws=100_000))
    with monkeypatch.context() as patch:
        patch.setattr(sampler.time, "sleep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            endless.sample(panel(), seed=1)
    assert posterior_sampler.sample(panel(), seed=1)["posterior"].sizes["draw"] == 100  # the next one is whole again


@pytest.mark.integration
@pytest.mark.parametrize(
    ("metric", "most", "adaptation"),
    [("low_rank", 1_000, "low_rank"), ("low_rank", 10, "diag"), ("diagonal", 1_000, "diag")],
)
def test_the_metric_has_correlations_where_asked_and_only_of_few_variables(
    posterior_sampler: PosteriorSampler, metric: Any, most: int, adaptation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}

    def sample(_model: object, **options: object) -> None:
        asked.update(options)
        raise InterruptedError

    monkeypatch.setattr(sampler, "LOW_RANK", most)
    monkeypatch.setattr(sampler.nutpie, "sample", sample)
    asking = replace(posterior_sampler, config=replace(SHORT, metric=metric))
    with pytest.raises(InterruptedError):
        asking.sample(panel(), seed=1)
    assert asked["adaptation"] == adaptation


def interrupted(_seconds: float) -> None:
    """Do what Ctrl-C does during a sleep."""
    raise KeyboardInterrupt


@pytest.mark.integration
def test_panels_sampled_one_after_another_have_the_draws_of_each_sampled_alone(
    posterior_sampler: PosteriorSampler,
) -> None:
    panels, seeds = [panel(), panel(2.0)], [4, 5]
    for trace, one, seed in zip(posterior_sampler.sample_each(panels, seeds=seeds), panels, seeds, strict=True):
        alone = posterior_sampler.sample(one, seed=seed)
        xr.testing.assert_equal(trace["posterior"].to_dataset(), alone["posterior"].to_dataset())


class Running:
    """A sampler that ends or never does, and remembers that it was asked to."""

    def __init__(self, *, ends: bool) -> None:
        self.ends, self.cancelled = ends, False

    @property
    def is_finished(self) -> bool:
        if self.ends:
            return True
        raise TimeoutError

    def cancel(self) -> None:
        self.cancelled = True

    def wait(self) -> xr.DataTree:
        assert self.ends, "nothing waits for a sampler that was stopped"
        return xr.DataTree.from_dict({"posterior": xr.Dataset(), "sample_stats": xr.Dataset()})


def started(samplers: list[Running], monkeypatch: pytest.MonkeyPatch) -> PosteriorSampler:
    """Return what starts these samplers in turn."""
    waiting = iter(samplers)
    monkeypatch.setattr(PosteriorSampler, "_start", lambda *_, **__: next(waiting))
    return PosteriorSampler(ModelSpec(), Priors(), SHORT)


@pytest.mark.parametrize("reason", [KeyboardInterrupt, MemoryError, RuntimeError])
def test_a_sampler_that_is_not_waited_for_is_cancelled(
    reason: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_seconds: float) -> None:
        raise reason

    monkeypatch.setattr(sampler.time, "sleep", stop)
    running = Running(ends=False)
    with pytest.raises(reason):
        started([running], monkeypatch).sample(panel(), seed=1)
    assert running.cancelled


def test_the_next_panel_is_sampled_while_draws_are_used_and_stopped_when_no_more_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, third = Running(ends=True), Running(ends=False), Running(ends=True)
    waiting = [first, second, third]
    traces = started(waiting, monkeypatch).sample_each([panel()] * 3, seeds=[1, 2, 3])
    next(traces)
    assert not second.cancelled
    traces.close()
    assert second.cancelled
    assert not first.cancelled


def test_a_fit_whose_work_is_stopped_stops_the_sampler(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Running(ends=True), Running(ends=False)
    started([first, second], monkeypatch)
    with pytest.raises(KeyError):  # the first has no draws
        fit_imputations(
            counts(2),
            without_events(FIRST, FIRST + WEEK * WEEKS),
            spec=ModelSpec(),
            priors=Priors(),
            config=replace(SHORT, imputations=2),
            seed=1,
            progress=lambda *_: None,
        )
    assert second.cancelled


def with_own_column() -> Covariates:
    """Return the drivers of every fit, of which none pushes, and a column of the user's own."""
    last = FIRST + WEEK * (WEEKS + 40)
    drivers = from_events([], FIRST, last)
    table = drivers.array
    own = xr.DataArray(
        np.sin(np.arange(table.sizes["week"]))[None], {"covariate": ["fuel_price"], "week": table["week"]}, table.dims
    )
    return Covariates(xr.concat([table, own], dim="covariate"), (*drivers.carried, False))


@pytest.mark.integration
@pytest.mark.filterwarnings("ignore:Numba will use object mode")  # the mock draws the counts too, in plain numpy
def test_draws_become_a_posterior_and_a_projection_also_for_a_column_of_the_users_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures: dict[str, Callable[[tuple[int, int]], np.ndarray]] = {
        "diverging": partial(np.zeros, dtype=bool),
        "energy": lambda size: np.random.default_rng(1).normal(size=size),
    }
    monkeypatch.setattr(pm, "sample", partial(mock_sample, sample_stats=figures))
    config = SamplerConfig(chains=2, draws=40, imputations=3, sampler="pymc")
    priors = Priors(other_effect=Normal(0.4, 0.01))
    tree = fit_imputations(
        counts(3), with_own_column(), spec=ModelSpec(), priors=priors, config=config, seed=1, progress=quiet
    )
    posterior = tree["posterior"].to_dataset()
    assert posterior["covariate"].to_numpy().tolist()[-1] == "fuel_price"
    assert posterior.sizes["chain"] == 6
    np.testing.assert_allclose(posterior["effect"].sel(covariate="fuel_price"), 0.4, atol=0.05)
    state = origin_state(tree, horizon=HORIZON, run_id="mock")
    future = np.sin(np.arange(WEEKS, WEEKS + HORIZON))
    np.testing.assert_allclose(state.future_covariate[:, 0, -1], np.broadcast_to(future, (240, HORIZON)))
    numbers = RandomNumbers.draw(seed=1, draws=state.draws, series=state.series, horizon=HORIZON)
    paths = simulate(state, Push.none(covariates=len(state.covariates), horizon=HORIZON), numbers)
    assert np.isfinite(paths.count).all()


def quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody about progress."""


@pytest.mark.slow
def test_nuts_of_pymc_and_nutpie_agree_within_their_monte_carlo_error() -> None:
    whole = replace(ModelSpec(), level_modes=4)
    events = Covariates(with_own_column().array[[0, -1]], (True, False))
    events.array[0, [4, 20]] = 1.0
    small = make_panel(counts().array[0], events, spec=whole, priors=Priors())
    config = SamplerConfig(chains=4, tune=500, draws=1000, thin=1, imputations=1)
    traces = [
        PosteriorSampler(whole, Priors(), replace(config, sampler=sampler))
        .sample(small, seed=7)["posterior"]
        .to_dataset()
        for sampler in ("nutpie", "pymc")
    ]
    for moment in (lambda draws: draws, np.square):
        means = [moment(trace).mean(("chain", "draw")) for trace in traces]
        errors = [azs.mcse(moment(trace)) for trace in traces]
        z = (means[0] - means[1]) / np.sqrt(errors[0] ** 2 + errors[1] ** 2)
        every = np.concatenate([values.to_numpy().ravel() for values in z.data_vars.values()])
        assert np.abs(every).max() < stats.norm.isf(0.0005 / every.size)
