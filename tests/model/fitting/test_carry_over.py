"""The carry-over inside the model is that outside of it, and its gradient is that of finite differences."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lull.model.fitting.carry_over import carry_over as symbolic
from lull.model.fitting.covariates import carry_over

IMPULSES = np.array([[0.0, 1.0, 0.0, 0.6, 0.0, 0.0, 0.2], [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
HALF_LIVES = [(4.0, 1.0), (0.05, 200.0)]


@pytest.mark.parametrize("half_lives", HALF_LIVES)
@pytest.mark.parametrize("mode", [pytest.param("NUMBA", marks=pytest.mark.integration), "FAST_COMPILE"])
def test_carry_over_and_its_gradient(mode: str, half_lives: tuple[float, ...]) -> None:
    half_life, weight = pt.dvector("half_life"), np.random.default_rng(1).normal(size=IMPULSES.shape)
    carried = symbolic(pt.constant(IMPULSES), half_life)
    total = (carried * weight).sum()
    function = pytensor.function([half_life], [carried, total, pt.grad(total, half_life)], mode=mode)

    at = np.array(half_lives)
    found, _, slope = function(at)
    np.testing.assert_allclose(found, carry_over(IMPULSES, at), rtol=1e-12, atol=1e-15)
    for row, step in enumerate(1e-6 * at):
        moved = step * np.eye(len(at))[row]
        difference = (function(at + moved)[1] - function(at - moved)[1]) / (2 * step)
        assert slope[row] == pytest.approx(difference, rel=1e-6, abs=1e-8)


def test_what_is_not_a_table_of_impulses_is_refused() -> None:
    with pytest.raises(ValueError, match="dims"):
        symbolic(pt.dvector(), pt.dvector())
