"""The pushes inside the model are those outside of it, and their gradients are those of finite differences."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lull.model.fitting.carry_over import push_rows
from lull.model.fitting.covariates import carry_over

ALL = np.array(
    [[0.0, 1.0, 0.0, 0.6, 0.0, 0.0, 0.2], [1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
)
OF_SERIES = np.stack([ALL, ALL[:, ::-1]])  # each series has its own
CARRIED = (0, 2)
PUSH = np.array([[0.3, -0.2, 1.0], [-0.5, 0.4, 0.1], [0.0, 2.0, -1.5]])
HALF_LIVES = [(4.0, 1.0), (0.05, 200.0)]


def carried(impulses: np.ndarray, half_lives: np.ndarray) -> np.ndarray:
    states = np.array([half_lives[0], np.nan, half_lives[1]])
    return np.stack([carry_over(each, states) for each in impulses])


def pushes(impulses: np.ndarray, half_lives: np.ndarray, push: np.ndarray) -> np.ndarray:
    return np.stack([push @ each for each in carried(impulses, half_lives)], axis=1)


@pytest.mark.parametrize("impulses", [ALL[None], OF_SERIES], ids=["of all series", "of each series"])
@pytest.mark.parametrize("half_lives", HALF_LIVES)
@pytest.mark.parametrize("mode", [pytest.param("NUMBA", marks=pytest.mark.integration), "FAST_COMPILE"])
def test_pushes_and_their_gradients(mode: str, half_lives: tuple[float, ...], impulses: np.ndarray) -> None:
    weight = np.random.default_rng(1).normal(size=(3, len(impulses), impulses.shape[2]))
    half_life, push = pt.dvector("half_life"), pt.dmatrix("push")
    rows = push_rows(pt.constant(impulses), half_life, push, CARRIED)
    total = pt.add(*((row * each).sum() for row, each in zip(rows, weight, strict=True)))
    slopes = pt.grad(total, [half_life, push])
    at = np.array(half_lives)
    *found, by_half_life, by_push = pytensor.function([half_life, push], [*rows, *slopes], mode=mode)(at, PUSH)

    np.testing.assert_allclose(np.stack(found), pushes(impulses, at, PUSH), rtol=1e-12, atol=1e-14)
    expected = np.einsum("msw,scw->mc", weight, carried(impulses, at))
    np.testing.assert_allclose(by_push, expected, rtol=1e-12)
    for row, step in enumerate(1e-6 * at):
        moved = step * np.eye(len(at))[row]
        apart = pushes(impulses, at + moved, PUSH) - pushes(impulses, at - moved, PUSH)
        difference = (apart * weight).sum() / (2 * step)
        assert by_half_life[row] == pytest.approx(difference, rel=1e-6, abs=1e-8)


def test_a_mechanism_that_nothing_depends_on_has_no_part_in_the_gradient() -> None:
    half_life, push = pt.dvector("half_life"), pt.dmatrix("push")
    intensity, _, _ = push_rows(pt.constant(OF_SERIES), half_life, push, CARRIED)
    function = pytensor.function([half_life, push], pt.grad(intensity.sum(), push), mode="FAST_COMPILE")
    slope = function(np.array([4.0, 1.0]), PUSH)
    assert np.abs(slope[0]).min() > 0
    np.testing.assert_array_equal(slope[1:], 0.0)


def test_covariates_none_of_which_is_carried_over_push_as_they_are() -> None:
    push = pt.dmatrix("push")
    rows = push_rows(pt.constant(OF_SERIES), pt.zeros(0), push, ())
    found = pytensor.function([push], [*rows, pt.grad(rows[1].sum(), push)], mode="FAST_COMPILE")(PUSH)
    np.testing.assert_allclose(np.stack(found[:3], axis=1), PUSH @ OF_SERIES)
    np.testing.assert_allclose(found[3][1], OF_SERIES.sum(axis=(0, 2)))


def test_what_is_not_a_table_of_impulses_is_refused() -> None:
    with pytest.raises(ValueError, match="dims"):
        push_rows(pt.dmatrix(), pt.dvector(), pt.dmatrix(), ())
