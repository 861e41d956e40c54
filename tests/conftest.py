"""What several tests stand on: a small stored run of the embedded case's shape, written without any sampling."""

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import settings

from lull.data.calendar import weeks_ahead, weeks_between
from lull.data.evidence import embedded_evidence
from lull.data.files import write_json
from lull.data.settings import FIRST_FIT
from lull.model.fitting.fit import FitPlan
from lull.model.hurdle.fitted import with_hurdle
from lull.model.parameters import EFFECTS, FORWARD, GIVEN
from lull.model.runs.compile_cache import lease
from lull.model.runs.store import DIAGNOSTICS_FILE, POSTERIOR_FILE, Run, Store, content_id
from lull.model.spec import MAX_HORIZON, Priors
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results.forecast import make_forecast

lease(Path(__file__).parents[1] / ".cache" / "compiled")  # of this worker, warm from the last run of the tests

os.environ[FIRST_FIT] = "no"  # a page that a test opens starts no fit that outlives it

# How long an example takes says how busy the machine is: no deadline. `--hypothesis-profile thorough` tries more.
settings.register_profile("usual", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=400)
settings.load_profile("usual")

SERIES = ("israel", "us_forces")
COVARIATES = ("deterrence", "pressure", "mobilisation", "ceasefire")
FIRST_WEEK, ORIGIN = np.datetime64("2024-01-01"), np.datetime64("2024-12-23")
LAST_US_WEEK = np.datetime64("2024-10-28")  # no report reaches the front after it
NAMES = {"faction": ("series", ["Islamic Resistance in Iraq"] * 2), "front": ("series", list(SERIES))}
CHAINS, DRAWS, IMPUTATIONS, MODES = 4, 50, 2, 3
REASONS = {
    "good": "R-hat at most 1.004, at least 900 effective draws, no divergences",
    "doubtful": "few independent draws (effective 250, good is from 400)",
    "unusable": "the chains disagree on intercept[israel] (R-hat 1.310, good is up to 1.01)",
}

LEVER = {
    "covariate": "pressure",
    "on": "resumption",
    "prior_low": -1.5,
    "prior_median": -0.3,
    "prior_high": 0.9,
    "low": -1.7,
    "median": -0.6,
    "high": 0.4,
    "overlap": 0.79,
    "prior_sensitivity": 0.1,
    "likelihood_sensitivity": 0.2,
    "learned": "moved some way",
}

AGAIN = {"series": "israel", "figure": "longest silence", "observed": 22.0, "low": 3.0, "high": 12.0, "p": 0.005}


@pytest.fixture(autouse=True)
def own_program() -> Iterator[None]:
    """Put back what `__main__` was: AppTest leaves its page there, and a process that is spawned would run it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "store")


@pytest.fixture
def write_run(store: Store) -> Callable[..., Run]:
    """A function that writes a synthetic run: write_run(run_id="...", grade="good", record={...})."""
    return partial(write_synthetic_run, store)


@pytest.fixture
def embedded_run(store: Store) -> Callable[..., Run]:
    """A function that writes the run that `lull forecast` without files looks for, as if it had been fitted."""
    return partial(write_embedded_run, store)


@pytest.fixture(scope="session")
def answered_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with the embedded run and its forecast, made once: to be read only."""
    store = Store(tmp_path_factory.mktemp("answered"))
    run = write_embedded_run(store)
    make_forecast(run, standard_request(run), progress=lambda _step, _done, _total: None)
    return store


def write_embedded_run(store: Store, *, grade: str = "good", covariates: tuple[str, ...] = COVARIATES) -> Run:
    plan = FitPlan(embedded_evidence())
    record = {"plan": plan.identity()}
    run_id = content_id(plan.identity())
    return write_synthetic_run(store, run_id=run_id, grade=grade, record=record, covariates=covariates)


def write_synthetic_run(
    store: Store,
    *,
    run_id: str = "0123456789abcdef",
    grade: str = "good",
    record: dict[str, Any] | None = None,
    covariates: tuple[str, ...] = COVARIATES,
) -> Run:
    whole = {"as_of": "2024-12-31", "origin": str(ORIGIN), "grade": grade, "evidence": evidence_record()}
    with store.writing(run_id, whole | (record or {})) as folder:
        (folder / POSTERIOR_FILE).write_bytes(posterior_file(covariates))
        write_json(folder / DIAGNOSTICS_FILE, verdict(grade))
    run = store.find(run_id)
    assert run is not None
    return run


def verdict(grade: str) -> dict[str, Any]:
    worst = {"parameter": "intercept[israel]", "rhat": 1.004, "ess_bulk": 900.0, "ess_tail": 950.0}
    return {
        "grade": grade,
        "reasons": [REASONS[grade]],
        "advice": "Nothing to do.",
        "divergences": 0,
        "draws": CHAINS * DRAWS,
        "energy": 0.9,
        "worst": worst,
        "checks": [worst],
        "levers": [LEVER],
        "out_of_scale": [],
        "replicates": [AGAIN, AGAIN | {"figure": "largest week", "observed": 9.0, "p": 0.4}],
    }


def evidence_record() -> dict[str, Any]:
    """Return what a fit records of a reconstruction."""
    told = {"source": "An article", "front": "israel", "first_day": "2024-01-01", "last_day": "2024-11-21"}
    row = {"implied": 389.0, "implied_low": 367.0, "implied_high": 410.0, "residual": -3.5, "flag": True}
    aside = [
        {"report_id": "r001", "reason": "a rate without a window: nothing says of which weeks"},
        {"report_id": "r046", "reason": "repeats r044"},
    ]
    return {
        "kind": "reports",
        "factions": ["Islamic Resistance in Iraq"],
        "known": 5,
        "used": 3,
        "first_day": "2024-01-01",
        "last_day": "2024-12-29",
        "set_aside": aside,
        "tension": [{"report_id": "r044", "reported": 316, **told, **row}],
    }


@cache
def posterior_file(covariates: tuple[str, ...] = COVARIATES) -> bytes:
    """Return the content of the file of a posterior tree, made once; its covariates may bear other names."""
    tree, named = posterior_tree(np.random.default_rng(1)), {"covariate": list(covariates)}
    for name in ("posterior", "hurdle", "constant_data"):
        tree[name] = xr.DataTree(tree[name].to_dataset().assign_coords(named))
    return bytes(tree.to_netcdf(engine="h5netcdf"))


def posterior_tree(rng: np.random.Generator) -> xr.DataTree:
    """Return a posterior tree as a fit stores it: Israel in a pause of 4 weeks, the US front unreported for 8."""
    weeks = weeks_between(FIRST_WEEK, ORIGIN)
    series = {"series": list(SERIES), **NAMES}
    coords = {"chain": np.arange(CHAINS), "draw": np.arange(DRAWS), **series, "covariate": list(COVARIATES)}
    imputation = {"imputation": ("chain", np.repeat(np.arange(IMPUTATIONS), CHAINS // IMPUTATIONS))}
    posterior = xr.Dataset(_posterior(rng), coords=coords | imputation).drop_vars(list(NAMES))
    count = _counts(rng, weeks)
    observed = xr.Dataset(
        dict.fromkeys(("count", "recorded"), (("imputation", "series", "week"), count)),
        coords={**series, "week": weeks.astype("datetime64[ns]")},
    )
    tree = xr.DataTree.from_dict(
        {
            "posterior": posterior,
            "log_likelihood": _log_likelihood(posterior, observed),
            "sample_stats": _sample_stats().assign_coords(
                {"draw": coords["draw"], "chain": coords["chain"]} | imputation
            ),
            "weekly": _weekly(count, weeks),
            "observed_data": observed,
            "constant_data": _constant(count, weeks),
        }
    )
    return with_hurdle(tree, Priors(), seed=1)


def _log_likelihood(posterior: xr.Dataset, observed: xr.Dataset) -> xr.Dataset:
    series, week = np.nonzero(observed["count"].notnull().all("imputation").to_numpy())
    values = np.full((CHAINS, DRAWS, week.size), -2.0, dtype=np.float32)
    named = {
        "series": ("observation", observed["series"].to_numpy()[series]),
        "week": ("observation", observed["week"].to_numpy()[week]),
    }
    coords = {name: posterior[name] for name in ("chain", "draw", "imputation")} | named
    return xr.Dataset({"count": (("chain", "draw", "observation"), values)}, coords=coords)


def _sample_stats() -> xr.Dataset:
    values = {
        "diverging": np.zeros((CHAINS, DRAWS), dtype=bool),
        "energy": np.full((CHAINS, DRAWS), 100.0),
        "n_steps": np.full((CHAINS, DRAWS), 15, dtype=np.uint64),
        "step_size": np.full((CHAINS, DRAWS), 0.2),
    }
    return xr.Dataset({name: (("chain", "draw"), value) for name, value in values.items()})


def _posterior(rng: np.random.Generator) -> dict[str, Any]:
    shared, by_series, by_covariate = (CHAINS, DRAWS), (CHAINS, DRAWS, 2), (CHAINS, DRAWS, 4)
    names = [row.name for row in FORWARD if row.dims == ("series",) and row.stored and row.scale != "logit"]
    means = (1.5, 2.0, 0.2, -3.0, 0.6, -1.0, 0.5, 0.2, 0.1, 0.3, 1.7)  # in the order of the table of parameters
    values: dict[str, Any] = {
        name: (("chain", "draw", "series"), mean + 0.1 * abs(mean) * rng.normal(size=by_series))
        for name, mean in zip(names, means, strict=True)
    }
    values["initial_active"] = (("chain", "draw", "series"), rng.uniform(0.6, 0.95, size=by_series))
    values["p_active"] = (("chain", "draw", "series"), np.array([0.1, 0.6]) + 0.05 * rng.uniform(size=by_series))
    signs = ([-0.3, -0.3, 0.3, -0.3], [0.3, 0.3, -0.3, 0.3], [-0.5, -0.4, 0.3, -1.0])
    for name, mean in zip(EFFECTS, signs, strict=True):
        values[name] = (("chain", "draw", "covariate"), np.array(mean) + 0.1 * rng.normal(size=by_covariate))
    half_life = np.exp(1.4 + 0.3 * rng.normal(size=by_covariate))
    half_life[..., -1] = np.nan
    values["half_life"] = (("chain", "draw", "covariate"), half_life)
    values["leak"] = (("chain", "draw"), np.exp(-3.5 + 0.1 * rng.normal(size=shared)))
    values["self_excitation"] = (("chain", "draw"), np.zeros(shared))
    values |= {name: (("chain", "draw"), np.full(shared, getattr(Priors(), name))) for name in GIVEN}
    values["level_mode"] = (("chain", "draw", "series", "mode"), rng.normal(size=(*by_series, MODES)))
    return values


def _counts(rng: np.random.Generator, weeks: np.ndarray) -> np.ndarray:
    count = rng.poisson(5.0, size=(IMPUTATIONS, 2, weeks.size)).astype(float)
    count[:, 0, -4:] = 0
    count[:, 1, weeks > LAST_US_WEEK] = np.nan
    return count


def _weekly(count: np.ndarray, weeks: np.ndarray) -> xr.Dataset:
    p_active = np.full(count.shape[1:], 0.97)
    p_active[0, -4:] = 0.15
    p_active[1, weeks > LAST_US_WEEK] = 0.6
    values = {"p_active": p_active}
    values |= {f"intensity_{name}": np.full(p_active.shape, 5.0) for name in ("q05", "q50", "q95")}
    quantiles = (count.min(axis=0), count.mean(axis=0), count.max(axis=0))
    values |= {f"count_{name}": value for name, value in zip(("q05", "q50", "q95"), quantiles, strict=True)}
    return xr.Dataset(
        {name: (("series", "week"), value) for name, value in values.items()},
        coords={"series": list(SERIES), **NAMES, "week": weeks.astype("datetime64[ns]")},
    )


def _constant(count: np.ndarray, weeks: np.ndarray) -> xr.Dataset:
    schedule_weeks = np.concatenate([weeks, weeks_ahead(ORIGIN, MAX_HORIZON)])
    schedule = np.zeros((4, schedule_weeks.size))
    schedule[0, 40] = 1.0
    in_force = (schedule_weeks >= np.datetime64("2024-11-25")) & (schedule_weeks <= np.datetime64("2025-01-20"))
    schedule[3, in_force] = 1.0
    silent = np.zeros((IMPUTATIONS, 2))
    silent[:, 0] = 4.0
    last = np.where(np.isnan(count), 0.0, count)[..., -1]
    return xr.Dataset(
        {
            "silent_weeks": (("imputation", "series"), silent),
            "last_count": (("imputation", "series"), last),
            "basis": (("imputation", "series", "week", "mode"), np.zeros((*count.shape, MODES))),
            "residual_sd": (("imputation", "series"), np.full((IMPUTATIONS, 2), 0.5)),
            "schedule": (("covariate", "schedule_week"), schedule),
            "carried": (("covariate",), np.array([1, 1, 1, 0], dtype=np.int8)),
        },
        coords={
            "series": list(SERIES),
            **NAMES,
            "covariate": list(COVARIATES),
            "week": weeks.astype("datetime64[ns]"),
            "schedule_week": schedule_weeks.astype("datetime64[ns]"),
        },
        attrs={"drift_correction": 1},
    )
