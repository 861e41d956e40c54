"""The rivals of the sampler benchmark state the model that Lull samples: the same density, up to rounding."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lull.model.fitting.build import build
from lull.model.fitting.panel import Panel

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

type Point = dict[str, NDArray[np.float64]]


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> Panel:
    """Return the benchmark's counts with missing weeks among them."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from sampler import synthetic_panel  # noqa: PLC0415 - importable from here on

    panel = synthetic_panel(series=4, weeks=40)
    panel.count[1, 5:9] = np.nan
    return panel.uninformed()  # as the rivals sample


def densities(panel: Panel) -> tuple[list[Point], list[float]]:
    """Return three points and Lull's log density at each."""
    from sampler import PRIORS, SPEC  # noqa: PLC0415 - as above

    model, rng = build(panel, spec=SPEC, priors=PRIORS), np.random.default_rng(1)
    start: dict[str, Any] = model.initial_point()
    points = [{name: rng.normal(0.0, 0.5, np.shape(value)) for name, value in start.items()} for _ in range(3)]
    density = model.compile_logp(mode="FAST_COMPILE")
    return points, [float(density(point)) for point in points]


@pytest.mark.integration
def test_the_pymc_rival_samples_the_same_density(panel: Panel) -> None:
    points, ours = densities(panel)
    from rivals.sampler_pymc import user_model  # noqa: PLC0415 - importable from here on
    from sampler import PRIORS  # noqa: PLC0415 - as above

    theirs = user_model(panel, PRIORS).compile_logp(mode="FAST_COMPILE")
    found = [theirs(point) for point in points]
    np.testing.assert_allclose(found, ours, rtol=1e-9)  # of plain numbers, as in the rival, PyTensor keeps seven digits


@pytest.mark.rival
def test_the_numpyro_rival_samples_the_same_density(panel: Panel) -> None:
    import numpyro  # noqa: PLC0415 - a rival, which only the benchmarks install

    points, ours = densities(panel)
    from rivals.sampler_numpyro import user_model  # noqa: PLC0415 - importable from here on
    from sampler import PRIORS  # noqa: PLC0415 - as above

    numpyro.enable_x64()
    theirs = [numpyro.infer.util.log_density(user_model, (panel, PRIORS), {}, point)[0] for point in points]
    np.testing.assert_allclose(theirs, ours, rtol=1e-6)  # its log beta function is an approximation


def test_posteriors_that_differ_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from sampler import largest_difference  # noqa: PLC0415 - importable from here on

    rng = np.random.default_rng(2)
    one, other = ({f"q{k}": rng.normal(size=(4, 500)) for k in range(40)} for _ in range(2))
    largest, _, bound = largest_difference({"one": one, "other": other})
    assert largest < bound
    moved = other | {"q7": other["q7"] + 8 * np.sqrt(2 / 2000)}  # eight Monte Carlo errors of the difference
    largest, whose, bound = largest_difference({"one": one, "other": moved})
    assert whose.startswith("q7,")
    assert largest > bound
