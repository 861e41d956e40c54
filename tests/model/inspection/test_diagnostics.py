"""The verdict: each kind of failure is named, and imputations are not mistaken for chains that disagree."""

import arviz_stats as azs
import numpy as np
import pytest
import xarray as xr

from lull.model.inspection.diagnostics import GOOD_RHAT, diagnose

CHAINS, DRAWS = 8, 500


def draws(rng: np.random.Generator, *, shift: float = 0.0, imputations: int = 1) -> xr.Dataset:
    values = rng.normal(size=(CHAINS, DRAWS))
    imputation = np.repeat(np.arange(imputations), CHAINS // imputations)
    values += shift * imputation[:, None]
    series = np.stack([values, rng.normal(size=(CHAINS, DRAWS))], axis=-1)
    posterior = xr.Dataset(
        {"leak": (("chain", "draw"), np.exp(values)), "intercept": (("chain", "draw", "series"), series)},
        coords={"series": ["a", "b"], "chain": np.arange(CHAINS)},
    )
    return posterior.assign_coords(imputation=("chain", imputation))


def sampler_stats(rng: np.random.Generator, *, diverging: int = 0) -> xr.Dataset:
    flags = np.zeros((CHAINS, DRAWS), dtype=bool)
    flags.flat[:diverging] = True
    energy = rng.normal(size=(CHAINS, DRAWS))
    return xr.Dataset({"diverging": (("chain", "draw"), flags), "energy": (("chain", "draw"), energy)})


def test_independent_draws_are_good() -> None:
    rng = np.random.default_rng(1)
    verdict = diagnose(draws(rng), sampler_stats(rng))
    assert verdict.grade == "good"
    assert verdict.worst.rhat <= GOOD_RHAT
    assert {check.parameter for check in verdict.checks} == {"leak", "intercept[a]", "intercept[b]"}


def test_imputations_that_differ_are_not_chains_that_disagree() -> None:
    rng = np.random.default_rng(2)
    assert diagnose(draws(rng, shift=3.0, imputations=4), sampler_stats(rng)).grade == "good"


def test_chains_of_one_imputation_that_disagree_are_unusable_and_named() -> None:
    rng = np.random.default_rng(3)
    posterior = draws(rng)
    posterior["intercept"][0, :, 1] += 3.0
    verdict = diagnose(posterior, sampler_stats(rng))
    assert not verdict.usable
    assert verdict.worst.parameter == "intercept[b]"
    assert "the chains disagree on intercept[b]" in verdict.reasons[0]
    assert verdict.advice.startswith("Do not use these numbers")


@pytest.mark.parametrize(("diverging", "grade"), [(4, "good"), (40, "doubtful"), (400, "unusable")])
def test_divergences_are_graded_by_their_share(diverging: int, grade: str) -> None:
    rng = np.random.default_rng(4)
    verdict = diagnose(draws(rng), sampler_stats(rng, diverging=diverging))
    assert (verdict.grade, verdict.divergences) == (grade, diverging)


def test_what_does_not_vary_is_not_judged() -> None:
    rng = np.random.default_rng(5)
    posterior = draws(rng)
    posterior["sigma"] = posterior["intercept"] * 0.0
    posterior["half_life"] = posterior["intercept"] * np.nan
    verdict = diagnose(posterior, sampler_stats(rng))
    assert verdict.grade == "good"
    assert not any(check.parameter.startswith(("sigma", "half_life")) for check in verdict.checks)


def test_a_chance_that_is_one_but_for_rounding_is_not_judged_and_one_that_moves_is() -> None:
    rng = np.random.default_rng(6)
    posterior = draws(rng, imputations=4)
    sure = 1.0 - 2.0**-53 * (np.arange(CHAINS)[:, None] % 2 == 0) * np.ones(DRAWS)  # the two chains of each differ
    posterior["p_active"] = (("chain", "draw"), sure)
    verdict = diagnose(posterior, sampler_stats(rng))
    assert verdict.grade == "good"
    assert not any(check.parameter == "p_active" for check in verdict.checks)
    posterior["p_active"] = (("chain", "draw"), sure - 0.02 * (1.0 - sure > 0) - 1e-3 * rng.random((CHAINS, DRAWS)))
    verdict = diagnose(posterior, sampler_stats(rng))
    assert (verdict.grade, verdict.worst.parameter) == ("unusable", "p_active")


def test_a_chance_near_one_in_some_imputations_and_moving_in_others_is_judged_where_it_moves() -> None:
    rng = np.random.default_rng(7)
    posterior = draws(rng, imputations=4)
    chance = np.ones((CHAINS, DRAWS))
    chance[:2, ::50] -= 0.1 * rng.random((2, DRAWS // 50))  # one imputation moves now and then, one all the time
    chance[2:4] -= 0.1 * rng.random((2, DRAWS))
    posterior["p_active"] = (("chain", "draw"), chance)
    verdict = diagnose(posterior, sampler_stats(rng))
    assert verdict.grade == "good"
    assert any(check.parameter == "p_active" for check in verdict.checks)


def test_imputations_of_which_some_are_tied_at_an_end_have_the_tails_of_the_others() -> None:
    rng = np.random.default_rng(8)
    chance = rng.uniform(size=(CHAINS, DRAWS))
    tied = np.where(np.arange(CHAINS)[:, None] < 3 * CHAINS // 4, np.maximum(chance, 0.2), chance)
    posterior = draws(rng, imputations=4).assign(p_active=(("chain", "draw"), tied))
    check = next(c for c in diagnose(posterior, sampler_stats(rng)).checks if c.parameter == "p_active")
    assert check.ess_tail > 0.8 * CHAINS * DRAWS  # independent draws; ties read as chains that disagree gave a fifth


def test_a_fit_is_no_better_than_the_counts_that_it_was_given() -> None:
    rng = np.random.default_rng(9)
    good = diagnose(draws(rng), sampler_stats(rng))
    assert good.given("good", "settled") is good
    doubtful = good.given("doubtful", "the weeks are open")
    assert (doubtful.grade, doubtful.reasons) == ("doubtful", ("the weeks are open",))
    unusable = doubtful.given("unusable", "they still are")
    assert (unusable.grade, unusable.reasons) == ("unusable", ("they still are", "the weeks are open"))
    assert unusable.given("doubtful", "x").grade == "unusable"
    assert "Do not use these numbers" in unusable.advice


def test_one_imputation_has_the_figures_of_the_field() -> None:
    rng = np.random.default_rng(8)
    noise = rng.normal(size=(CHAINS, DRAWS + 1))
    wandering = np.exp(noise[:, 1:] + 0.6 * noise[:, :-1] + 0.1 * np.arange(CHAINS)[:, None])
    posterior = draws(rng)[["leak"]].assign(leak=(("chain", "draw"), wandering))
    (check,) = diagnose(posterior, sampler_stats(rng)).checks
    assert check.rhat == pytest.approx(float(azs.rhat(posterior)["leak"]), rel=1e-3)
    assert check.ess_bulk == pytest.approx(float(azs.ess(posterior, method="bulk")["leak"]), rel=5e-3)
    assert check.ess_tail == pytest.approx(
        float(azs.ess(posterior, method="tail", prob=(0.05, 0.95))["leak"]), rel=2e-2
    )
