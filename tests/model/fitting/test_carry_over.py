"""The pushes inside the model are those outside of it, and their gradients are those of finite differences."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lull.model.fitting.carry_over import push_rows
from lull.model.fitting.covariates import carry_over

IMPULSES = np.array(
    [[0.0, 1.0, 0.0, 0.6, 0.0, 0.0, 0.2], [1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
)
CARRIED = (0, 2)
PUSH = np.array([[0.3, -0.2, 1.0], [-0.5, 0.4, 0.1], [0.0, 2.0, -1.5]])
HALF_LIVES = [(4.0, 1.0), (0.05, 200.0)]


def pushes(half_lives: np.ndarray, push: np.ndarray) -> np.ndarray:
    states = np.array([half_lives[0], np.nan, half_lives[1]])
    return np.asarray(push @ carry_over(IMPULSES, states))


@pytest.mark.parametrize("half_lives", HALF_LIVES)
@pytest.mark.parametrize("mode", [pytest.param("NUMBA", marks=pytest.mark.integration), "FAST_COMPILE"])
def test_pushes_and_their_gradients(mode: str, half_lives: tuple[float, ...]) -> None:
    weight = np.random.default_rng(1).normal(size=(3, IMPULSES.shape[1]))
    half_life, push = pt.dvector("half_life"), pt.dmatrix("push")
    rows = push_rows(pt.constant(IMPULSES), half_life, push, CARRIED)
    total = pt.add(*((row * each).sum() for row, each in zip(rows, weight, strict=True)))
    slopes = pt.grad(total, [half_life, push])
    at = np.array(half_lives)
    *found, by_half_life, by_push = pytensor.function([half_life, push], [*rows, *slopes], mode=mode)(at, PUSH)

    np.testing.assert_allclose(np.stack(found), pushes(at, PUSH), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(by_push, weight @ carry_over(IMPULSES, np.array([at[0], np.nan, at[1]])).T, rtol=1e-12)
    for row, step in enumerate(1e-6 * at):
        moved = step * np.eye(len(at))[row]
        difference = ((pushes(at + moved, PUSH) - pushes(at - moved, PUSH)) * weight).sum() / (2 * step)
        assert by_half_life[row] == pytest.approx(difference, rel=1e-6, abs=1e-8)


def test_a_mechanism_that_nothing_depends_on_has_no_part_in_the_gradient() -> None:
    half_life, push = pt.dvector("half_life"), pt.dmatrix("push")
    intensity, _, _ = push_rows(pt.constant(IMPULSES), half_life, push, CARRIED)
    function = pytensor.function([half_life, push], pt.grad(intensity.sum(), push), mode="FAST_COMPILE")
    slope = function(np.array([4.0, 1.0]), PUSH)
    assert np.abs(slope[0]).min() > 0
    np.testing.assert_array_equal(slope[1:], 0.0)


def test_covariates_none_of_which_is_carried_over_push_as_they_are() -> None:
    push = pt.dmatrix("push")
    rows = push_rows(pt.constant(IMPULSES), pt.zeros(0), push, ())
    found = pytensor.function([push], [*rows, pt.grad(rows[1].sum(), push)], mode="FAST_COMPILE")(PUSH)
    np.testing.assert_allclose(np.stack(found[:3]), PUSH @ IMPULSES)
    np.testing.assert_allclose(found[3][1], IMPULSES.sum(axis=1))


def test_what_is_not_a_table_of_impulses_is_refused() -> None:
    with pytest.raises(ValueError, match="dims"):
        push_rows(pt.dvector(), pt.dvector(), pt.dmatrix(), ())
