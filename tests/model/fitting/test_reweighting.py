"""A run under other beliefs: what analysis gives, what a fit gives, and refused where the draws do not carry it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from lull.data.evidence import Evidence
from lull.data.schema import InputError
from lull.model.fitting.fit import FitPlan, find_or_fit
from lull.model.fitting.reweighting import Weighing, log_prior_ratio, priors_of, reweighted, weighed
from lull.model.forward.origin import state_of
from lull.model.hurdle.benchmark import shipped
from lull.model.hurdle.series_terms import draw_terms, move_terms
from lull.model.parameters import EFFECTS
from lull.model.runs.store import Run, Store
from lull.model.spec import Normal, Priors, SamplerConfig
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import Answer, ask
from lull.scenarios.language.scenario_files import parse_scenario
from tests.conftest import write_embedded_run

DRAWS = 4000
PRIOR, DATA = Normal(0.5, 0.4), Normal(-0.2, 0.6)  # of an effect, and of an estimate that knows nothing but the data


def posterior(prior: Normal) -> Normal:
    """Return the posterior of a normal mean under a normal prior."""
    precision = prior.sd**-2 + DATA.sd**-2
    return Normal((prior.mean / prior.sd**2 + DATA.mean / DATA.sd**2) / precision, precision**-0.5)


def believing(effect: Normal, priors: Priors | None = None) -> Priors:
    priors = priors or Priors()
    return replace(priors, halt_effect=priors.halt_effect | {"ceasefire": effect})


def drawn(seed: int = 1) -> np.ndarray:
    found = posterior(PRIOR)
    return np.random.default_rng(seed).normal(found.mean, found.sd, size=DRAWS)


def weigh(draws: np.ndarray, new: Normal, imputation: np.ndarray | None = None) -> Weighing:
    effects = dict.fromkeys(EFFECTS, draws[:, None])
    ratio = log_prior_ratio(effects, ("ceasefire",), believing(PRIOR), believing(new))
    return weighed(ratio, np.zeros(DRAWS, dtype=int) if imputation is None else imputation)


NEAR = [Normal(mean, sd) for mean in (0.8, 0.25, 0.0) for sd in (0.4, 0.3)] + [
    Normal(0.5, sd) for sd in (0.2, 0.3, 0.45, 0.5)
]


@pytest.mark.parametrize("new", NEAR, ids=str)
def test_ten_changed_beliefs_give_the_conjugate_posterior(new: Normal) -> None:
    draws = drawn()
    found, exact = weigh(draws, new), posterior(new)
    assert found.usable
    values = draws[found.places]
    error = exact.sd / np.sqrt(found.effective)
    assert values.mean() == pytest.approx(exact.mean, abs=4 * error)
    assert values.std() == pytest.approx(exact.sd, rel=4 / np.sqrt(found.effective))


@pytest.mark.parametrize("new", [Normal(4.0, 0.1), Normal(-3.0, 0.3)], ids=str)
def test_beliefs_far_from_the_draws_are_refused(new: Normal) -> None:
    found = weigh(drawn(), new)
    assert not found.usable
    assert found.k >= found.limit or found.effective < 100


def test_few_draws_allow_a_smaller_k() -> None:
    assert Weighing(np.arange(100), 0.6, 100.0).limit == pytest.approx(0.5)
    assert Weighing(np.arange(100_000), 0.6, 100.0).limit == 0.7


def test_the_same_belief_leaves_every_draw_in_its_place() -> None:
    found = weigh(drawn(), PRIOR)
    assert (found.places == np.arange(DRAWS)).all()
    assert (found.k, found.effective) == (0.0, DRAWS)


def test_a_draw_that_stays_keeps_its_place() -> None:
    places = weigh(drawn(), Normal(0.0, 0.4)).places
    kept = np.unique(places)
    assert (places[kept] == kept).all()
    assert kept.size > DRAWS / 3


def test_each_imputation_keeps_its_share_of_draws() -> None:
    imputation = np.repeat(np.arange(4), DRAWS // 4)
    draws = drawn() + 0.3 * imputation  # of another mean each
    places = weigh(draws, Normal(0.0, 0.4), imputation).places
    assert (imputation[places] == imputation).all()


def test_the_hurdle_model_moves_to_what_a_fit_gives() -> None:
    """The same random numbers under the new priors: not a resample but the very draws."""
    rng = np.random.default_rng(2)
    counts = rng.poisson(1.2, size=(3, 2, 150)).astype(float)
    covariate = (rng.random((2, 150)) < 0.2).astype(float)
    old = np.zeros((2, 3)), np.full((2, 3), 0.5)
    new = np.array([[0.3, -0.4, 0.2], [0.0, 0.0, 0.0]]), np.array([[0.2, 0.6, 0.4], [0.5, 0.5, 0.5]])
    choices = {"benchmark": shipped(), "draws": 300, "seed": 7}
    before, fitted = (draw_terms(counts, covariate, *each, **choices) for each in (old, new))
    moved = move_terms(counts, covariate, before, old, new, benchmark=shipped())
    for name, values in vars(moved).items():
        np.testing.assert_allclose(values, getattr(fitted, name), atol=2e-4, err_msg=name)
    assert np.abs(moved.effect - before.effect).max() > 0.05


@pytest.mark.integration
def test_a_stored_run_is_reweighted_in_both_models_and_named(store: Store) -> None:
    run = write_embedded_run(store)
    old = priors_of(run.record)
    new = replace(old, resumption_effect=old.resumption_effect | {"ceasefire": Normal(-0.3, 0.6)})
    found = reweighted(run, new, {"who": "Ada"})
    assert found.run is not None
    assert found.run.run_id.startswith(f"{run.run_id}+")
    assert found.run.record["beliefs"] == {"who": "Ada"}
    assert "reweighted from" in found.run.diagnostics()["reasons"][-1]
    before, after = (state_of(each, horizon=8) for each in (run, found.run))
    assert before.hurdle is not None
    assert after.hurdle is not None
    place = before.covariates.index("ceasefire")
    assert (after.resumption_effect == before.resumption_effect[found.weighing.places]).all()
    assert (after.hurdle.effect[:, place, 2] != before.hurdle.effect[:, place, 2]).all()
    assert (after.hurdle.effect[:, place, 0] == before.hurdle.effect[:, place, 0]).all()
    assert (after.hurdle.follows == before.hurdle.follows).all()
    assert after.effective_share == pytest.approx(found.weighing.effective / before.draws)


def test_a_run_that_does_not_say_its_priors_is_refused(write_run: Callable[..., Run]) -> None:
    with pytest.raises(InputError, match="a record of the priors"):
        reweighted(write_run(), Priors(), {})


# Against fits ---------------------------------------------------------------------------------------------------------

ENDS = """id = "ends"
title = "The ceasefire ends"
assumptions = "It ends at once."
[[interventions]]
kind = "ceasefire"
action = "collapse"
date = "2024-01-08"
"""
REFITS = {  # factor of the means of the fit, factor of their sds, on which mechanisms
    "half": (0.5, 1.0, ("halt_effect", "resumption_effect", "intensity_effect")),
    "none": (0.0, 1.0, ("halt_effect", "resumption_effect", "intensity_effect")),
    "half, resumption": (0.5, 1.0, ("resumption_effect",)),
    "twice, resumption": (2.0, 1.0, ("resumption_effect",)),
    "none, halting": (0.0, 1.0, ("halt_effect",)),
    "surer": (1.0, 0.6, ("halt_effect", "resumption_effect", "intensity_effect")),
    "less sure": (1.0, 1.3, ("resumption_effect",)),
    "half, intensity": (0.5, 0.8, ("intensity_effect",)),
    "the opposite": (-1.0, 1.0, ("resumption_effect",)),
    "far": (12.0, 0.2, ("resumption_effect",)),
}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """A series of 60 weeks that ends in a ceasefire, with one before it."""
    folder, rng = tmp_path_factory.mktemp("counts"), np.random.default_rng(4)
    weeks = np.datetime64("2022-11-14") + 7 * np.arange(60)
    quiet = ((weeks >= np.datetime64("2023-03-06")) & (weeks < np.datetime64("2023-05-15"))) | (
        weeks >= np.datetime64("2023-11-06")
    )
    count = np.where(quiet, 0, rng.poisson(2.0, size=weeks.size))
    rows = [f"north,{week},{attacks}" for week, attacks in zip(weeks, count, strict=True)]
    (folder / "weekly.csv").write_text("\n".join(["series,week_start,count", *rows]) + "\n")
    (folder / "events.csv").write_text(
        "event_id,date,end_date,kind,type,actor,salience\n"
        "a,2023-03-06,2023-05-21,ceasefire,written,both,5\nb,2023-11-06,2024-02-25,ceasefire,written,both,5\n"
    )
    return Evidence(counts=folder / "weekly.csv", events=folder / "events.csv")


@pytest.fixture(scope="module")
def base(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> tuple[FitPlan, Run, Store]:
    """A fit with the beliefs of the record, which ten others are held against."""
    config = SamplerConfig(chains=4, tune=300, draws=500, thin=1, imputations=1)
    plan, store = FitPlan(evidence, config=config), Store(tmp_path_factory.mktemp("fits"))
    return plan, find_or_fit(plan, store, progress=lambda _step, _done, _total: None), store


def answers(run: Run) -> tuple[Answer, ...]:
    """Return the chance of an attack, as scheduled and if the ceasefire ends."""
    state = state_of(run, horizon=26)
    assumed = parse_scenario(ENDS, "ends.toml")
    return tuple(
        ask(parse_question(f"{asked} within 8 weeks", origin=state.origin), assumed, state, series="north", seed=1)
        for asked in ("any attack", "resumption")
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)  # a density that nobody compiled takes 100 s of CPU, many more on a busy machine
@pytest.mark.parametrize("name", REFITS)
def test_reweighted_answers_are_those_of_a_fit_or_refused(
    name: str, base: tuple[FitPlan, Run, Store], record_property: Callable[[str, object], None]
) -> None:
    plan, run, store = base
    shift, spread, tables = REFITS[name]
    was = {table: getattr(plan.priors, table) for table in tables}
    believed = {
        table: each | {"ceasefire": Normal(shift * each["ceasefire"].mean, spread * each["ceasefire"].sd)}
        for table, each in was.items()
    }
    priors = replace(plan.priors, **believed)
    found = reweighted(run, priors, {"who": name})
    record_property("weighing", found.weighing.words)
    assert (found.run is None) == (not found.weighing.usable)
    if name == "far":
        assert found.run is None
    if found.run is None:
        return
    refit = find_or_fit(plan.believing(priors, {"who": name}), store, progress=lambda _step, _done, _total: None)
    pairs = list(zip(answers(found.run), answers(refit), strict=True))
    for one, other in pairs:
        said = (
            one.probability,
            other.probability,
            (one.probability - other.probability) / np.hypot(one.mc_error, other.mc_error),
        )
        record_property(one.question, "reweighted {:.3f}, fitted {:.3f}, {:.1f} errors apart".format(*said))
    for one, other in pairs:
        error = 4 * np.hypot(one.mc_error, other.mc_error)
        assert one.probability == pytest.approx(other.probability, abs=error), found.weighing.words
        assert one.baseline == pytest.approx(other.baseline, abs=error), found.weighing.words


def test_groups_that_have_no_draws_stay(store: Store) -> None:
    run = write_embedded_run(store)
    old = priors_of(run.record)
    found = reweighted(run, replace(old, halt_effect=old.halt_effect | {"ceasefire": Normal(0.2, 0.5)}), {})
    assert found.run is not None
    before, after = run.posterior(), found.run.posterior()
    for name in ("weekly", "observed_data", "constant_data"):
        xr.testing.assert_identical(after[name].to_dataset(), before[name].to_dataset())
    assert set(after.children) == set(before.children)
    assert Path(found.run.folder) == run.folder
