"""The named posterior: its schema, its agreement with the PyMC graph, and what pooling leaves alone."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pymc as pm
import pytest
import xarray as xr

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.schema import InputError
from lull.model.density.layout import coordinates
from lull.model.fitting.build import build, declare, hazards
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.panel import Panel
from lull.model.fitting.pooled_posterior import FittedPanel, make_panels, pooled_tree
from lull.model.fitting.posterior import derive, weekly_summary, with_unseen
from lull.model.forward.history import weekly_terms
from lull.model.forward.origin import origin_state, past_state
from lull.model.parameters import SERIES_PARAMETERS, TABLE, UNITS
from lull.model.spec import ModelSpec, Priors

CHAINS, DRAWS, WEEKS, HORIZON = 2, 5, 40, 6
FIRST = np.datetime64("2024-01-01")
SPEC, PRIORS = ModelSpec(self_excitation=True), Priors()


def counts(imputations: int = 2) -> WeeklyCounts:
    rng = np.random.default_rng(1)
    values = rng.negative_binomial(2, 0.4, (imputations, 2, WEEKS)).astype(float)
    values[:, 0, 20:31] = 0.0
    values[:, 1, -4:] = np.nan
    coords = {"series": ["north", "south"], "week": (FIRST + WEEK * np.arange(WEEKS)).astype("datetime64[ns]")}
    return WeeklyCounts(xr.DataArray(values, coords=coords, dims=("imputation", "series", "week")))


def covariates() -> Covariates:
    weeks = FIRST + WEEK * np.arange(WEEKS + HORIZON)
    values = np.zeros((3, weeks.size))
    values[0, [3, 17, WEEKS + 1]] = 0.8
    values[2, 30:43] = 1.0
    coords = {"covariate": ["deterrence", "pressure", "ceasefire"], "week": weeks.astype("datetime64[ns]")}
    return Covariates(xr.DataArray(values, coords=coords, dims=("covariate", "week")), (True, True, False))


def of_each() -> Covariates:
    """Covariates of which each series has a row of its own: the south has those of the north later and by half."""
    alike = covariates()
    array = xr.concat(
        [alike.array, 0.5 * alike.array.roll(week=3)], dim=xr.DataArray(["north", "south"], dims="series")
    )
    return Covariates(array, alike.carried)


def panels() -> list[Panel]:
    seen = covariates().seen(FIRST, counts().origin)
    return make_panels(counts(), seen, spec=SPEC, priors=PRIORS)


def free_variables(panel: Panel, *, seed: int) -> xr.Dataset:
    """Draws as a sampler might give them: standard normal on the sampler's own scale."""
    rng = np.random.default_rng(seed)
    dims = {
        "intercept": ("series",),
        "series_offset": ("parameter", "series"),
        "population_offset": ("parameter",),
        "log_spread": ("parameter",),
        "level_mode": ("series", "mode"),
        "push": ("mechanism", "covariate"),
        "log_half_life": ("carried",),
        "log_leak": (),
        "initial_logit": ("series",),
        "self_excitation": (),
    }
    sizes = {name: len(values) for name, values in coordinates(panel).items()}
    drawn = {
        name: (("chain", "draw", *of), rng.normal(scale=0.5, size=(CHAINS, DRAWS, *(sizes[dim] for dim in of))))
        for name, of in dims.items()
    }
    return xr.Dataset(drawn, coords={"chain": np.arange(CHAINS), "draw": np.arange(DRAWS)})


@pytest.fixture(scope="module")
def tree() -> xr.DataTree:
    fitted, rng = [], np.random.default_rng(2)
    for seed, panel in enumerate(panels()):
        posterior = derive(free_variables(panel, seed=seed), panel, spec=SPEC, priors=PRIORS)
        stats = xr.Dataset({"diverging": (("chain", "draw"), np.zeros((CHAINS, DRAWS), dtype=bool))})
        whole = with_unseen(posterior, covariates(), PRIORS, rng=rng)
        fitted.append(FittedPanel(panel, whole, stats, weekly_summary(posterior, panel)))
    return pooled_tree(fitted, covariates(), counts(), spec=SPEC)


def test_the_tree_has_its_groups_and_every_draw_says_which_imputation_it_is_of(tree: xr.DataTree) -> None:
    expected = {"posterior", "log_likelihood", "sample_stats", "weekly", "observed_data", "constant_data"}
    assert set(tree.children) == expected
    posterior = tree["posterior"].to_dataset()
    assert posterior["imputation"].to_numpy().tolist() == [0, 0, 1, 1]
    assert posterior["chain"].to_numpy().tolist() == [0, 1, 2, 3]


def test_the_posterior_has_its_variables_dims_and_units(tree: xr.DataTree) -> None:
    posterior = tree["posterior"].to_dataset()
    dims = {str(name): values.dims[2:] for name, values in posterior.data_vars.items()}
    assert dims == {row.name: row.dims for row in TABLE if row.stored and row.name != "log_likelihood"}
    assert all(values.dims[:2] == ("chain", "draw") for values in posterior.data_vars.values())
    assert all(values.attrs["long_name"] == UNITS[str(name)] for name, values in posterior.data_vars.items())


def test_the_state_at_the_origin_is_the_posterior_laid_end_to_end(tree: xr.DataTree) -> None:
    state = origin_state(tree, horizon=HORIZON, run_id="run")
    posterior = tree["posterior"].to_dataset()
    assert (state.draws, state.horizon, state.series) == (4 * DRAWS, HORIZON, ("north", "south"))
    np.testing.assert_array_equal(state.sigma[DRAWS : 2 * DRAWS], posterior["sigma"].to_numpy()[1])
    known = counts().array.to_numpy()
    np.testing.assert_array_equal(state.last_count[-1], [known[1, 0, -1], known[1, 1, -5]])


def test_the_schedule_is_carried_over_past_the_origin(tree: xr.DataTree) -> None:
    state = origin_state(tree, horizon=HORIZON, run_id="run")
    names = list(state.covariates)
    ceasefire, deterrence = (state.future_covariate[:, 0, names.index(name)] for name in ("ceasefire", "deterrence"))
    np.testing.assert_array_equal(ceasefire[0], [1, 1, 1, 0, 0, 0])
    half_life = state.half_life[:, names.index("deterrence")]
    lags = np.array([WEEKS - 3, WEEKS - 17])
    expected = 0.8 * (2.0 ** (-lags / half_life[:, None])).sum(axis=1)
    np.testing.assert_allclose(deterrence[:, 0], expected, rtol=1e-9)
    np.testing.assert_allclose(deterrence[:, 1], expected * 2.0 ** (-1 / half_life) + 0.8, rtol=1e-9)


@pytest.mark.parametrize("pushed", [covariates, of_each])
def test_named_quantities_are_those_of_the_graph(pushed: Callable[[], Covariates]) -> None:
    seen = pushed().seen(FIRST, counts().origin)
    panel = make_panels(counts(), seen, spec=SPEC, priors=PRIORS)[0]
    trace = free_variables(panel, seed=7)
    with pm.Model(coords=coordinates(panel)) as model:
        declared = declare(panel, spec=SPEC, priors=PRIORS)
        graph = hazards(list(declared.terms.values()), declared.data["log_silence"], declared.data["log_last_count"])
    function = model.compile_fn(model.replace_rvs_by_values(list(graph)), mode="FAST_COMPILE")
    point = {
        name: trace[name].to_numpy()[1, 3] for name in trace.data_vars if name not in {"log_leak", "initial_logit"}
    }
    expected = function(point)
    terms = weekly_terms(derive(trace, panel, spec=SPEC, priors=PRIORS), panel.observed)
    found = (terms.log_intensity, terms.halt_logit, terms.resumption_logit)
    for here, there in zip(found, expected, strict=True):
        np.testing.assert_allclose(here[1, 3][:, 1:], there[:, 1:], rtol=1e-8, atol=1e-9)


def test_each_series_is_pushed_by_its_own_row() -> None:
    """What is named of a series is that of a panel in which its row is of all."""
    apart = of_each()
    both = make_panels(counts(), apart.seen(FIRST, counts().origin), spec=SPEC, priors=PRIORS)[0]
    trace = free_variables(both, seed=7)
    found = weekly_terms(derive(trace, both, spec=SPEC, priors=PRIORS), both.observed)
    for at in range(2):
        alike = Covariates(apart.array[at].drop_vars("series"), apart.carried).seen(FIRST, counts().origin)
        panel = make_panels(counts(), alike, spec=SPEC, priors=PRIORS)[0]
        terms = weekly_terms(derive(trace, panel, spec=SPEC, priors=PRIORS), panel.observed)
        for name, values in vars(terms).items():
            np.testing.assert_array_equal(getattr(found, name)[..., at, :], values[..., at, :])


@pytest.mark.parametrize("pooling", ["pooled", "separate"])
def test_switches_of_the_spec_take_their_variables_with_them(pooling: str) -> None:
    bare = ModelSpec(level=False, pooling=pooling, self_excitation=False)  # type: ignore[arg-type]
    names = {variable.name for variable in build(panels()[0], spec=bare, priors=PRIORS).free_RVs}
    always = {"intercept", "series_offset", "push", "log_half_life", "log_leak", "initial_logit"}
    assert names == always | ({"population_offset", "log_spread"} if pooling == "pooled" else set())
    assert len(SERIES_PARAMETERS) == 6


def test_the_state_of_the_last_week_looked_back_on_is_the_state_at_the_origin(tree: xr.DataTree) -> None:
    """Two ways to the same week: written when the run was made, and worked out again from the stored draws."""
    past = past_state(tree, week=counts().origin, horizon=HORIZON, freeze_after=SPEC.freeze_after, run_id="run")
    state = origin_state(tree, horizon=HORIZON, run_id="run")
    assert past.hurdle is not None
    assert state.hurdle is not None
    for one, other in ((past.hurdle, state.hurdle), (past.hurdle.recent, state.hurdle.recent)):
        for field in fields(one):
            if field.name != "recent":
                values = getattr(one, field.name), getattr(other, field.name)
                np.testing.assert_array_equal(*values, err_msg=field.name)
    for field in fields(state):
        if field.name == "hurdle":
            continue
        one, other = getattr(past, field.name), getattr(state, field.name)
        if isinstance(one, np.ndarray):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=field.name)
        else:
            assert one == other, field.name


def test_a_past_state_knows_no_later_count(tree: xr.DataTree) -> None:
    week = FIRST + WEEK * 25
    changed = tree.copy(deep=True)
    changed["observed_data"]["count"].to_numpy()[..., 26:] += 7.0
    before, after = (
        past_state(each, week=week, horizon=HORIZON, freeze_after=SPEC.freeze_after, run_id="run")
        for each in (tree, changed)
    )
    for name in ("p_active", "log_intensity", "silent_weeks", "last_count"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name), err_msg=name)
    assert before.silent_weeks[0, 0] == 6  # the silence began in week 20
    assert before.origin == week
    np.testing.assert_array_equal(before.weeks, week + WEEK * np.arange(1, HORIZON + 1))


@pytest.mark.parametrize("week", [FIRST, FIRST + WEEK * WEEKS])
def test_a_week_outside_the_counts_is_no_past(tree: xr.DataTree, week: np.datetime64) -> None:
    with pytest.raises(InputError, match="expected a week from 2024-01-08 to 2024-09-30"):
        past_state(tree, week=week, horizon=HORIZON, freeze_after=SPEC.freeze_after, run_id="run")
