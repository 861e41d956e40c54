"""From what each actor says to the population: mean of each effect over actors, and the spread between them.

`y_actor ~ N(theta_actor, S_actor)`, `theta_actor ~ N(mean, spread^2)`: sampled by Gibbs with the priors of the
regressions (means N(0, .5^2), ceasefire types drawn to all of them by .25, spreads half-normal of scale .3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from inside.actor_fits import WindowPosterior, likelihood
from inside.courses import COLUMNS

from lull.data.arrays import Array
from lull.data.learned.effects import MECHANISMS
from lull.model.drivers.effects_estimate import ALIKE, GRID, SPREAD, USUAL

STEPS, WARM_UP = 1200, 200
TYPES = tuple(
    tuple(COLUMNS.index(f"{name}{part}") for name in ("written", "definitive", "verbal")) for part in ("", "_fading")
)
TAUS = GRID[1:]  # spreads above 0


@dataclass(frozen=True)
class Population:
    """Draws of the means and of the spreads, (draw, mechanism, column); actors that inform each, by column."""

    mean: Array
    spread: Array
    informing: Array

    def of_new_actor(self, rng: np.random.Generator, draws: int) -> Array:
        """Return effects of an actor that was never seen, (draw, mechanism, column)."""
        chosen = rng.integers(self.mean.shape[0], size=draws)
        return self.mean[chosen] + self.spread[chosen] * rng.standard_normal((draws, *self.mean.shape[1:]))


def by_actor(windows: Sequence[WindowPosterior]) -> dict[int, tuple[Array, Array]]:
    """Return precision and weighted estimate of each actor: those of its windows add up."""
    found: dict[int, tuple[Array, Array]] = {}
    for one in windows:
        precision, weighted = likelihood(one)
        before = found.get(one.actor, (np.zeros_like(precision), np.zeros_like(weighted)))
        found[one.actor] = (before[0] + precision, before[1] + weighted)
    return found


def population(actors: Mapping[int, tuple[Array, Array]], *, seed: int) -> Population:
    """Return the population of effects of some actors."""
    rng = np.random.default_rng(seed)
    precision = np.stack([each[0] for each in actors.values()])
    weighted = np.stack([each[1] for each in actors.values()])
    there = np.einsum("app->ap", precision) > 0
    spread, kept = np.full(weighted.shape[1], SPREAD), []
    for step in range(STEPS):
        mean, theta = _drawn(precision, weighted, spread, rng)
        spread = _spreads(theta - mean, there, rng)
        spread = _stretched(theta - mean, mean, spread, (precision, weighted), rng)
        if step >= WARM_UP:
            kept.append((mean, spread))
    shape = (len(kept), len(MECHANISMS), len(COLUMNS))
    means, spreads = (np.array(each).reshape(shape) for each in zip(*kept, strict=True))
    return Population(means, spreads, there.sum(axis=0).reshape(shape[1:]))


def _drawn(precision: Array, weighted: Array, spread: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the means (effect,) and the actors' effects (actor, effect), drawn together given the spreads."""
    between = np.diag(1 / spread**2)
    covariance = np.linalg.inv(precision + between)
    informed = (between - between @ covariance @ between).sum(axis=0) + np.linalg.inv(_prior())
    inverse = np.linalg.inv(informed)
    middle = inverse @ (between @ covariance @ weighted[..., None]).sum(axis=0)[:, 0]
    mean = middle + np.linalg.cholesky(inverse) @ rng.standard_normal(middle.size)
    centre = covariance @ (weighted + mean / spread**2)[..., None]
    noise = np.linalg.cholesky(covariance) @ rng.standard_normal((*weighted.shape, 1))
    return mean, (centre + noise)[..., 0]


def _prior() -> Array:
    """Return the covariance of what is believed of the means beforehand, around 0, (effect, effect)."""
    one = np.eye(len(COLUMNS)) * USUAL.sd**2
    for places in TYPES:
        one[np.ix_(places, places)] = USUAL.sd**2
        one[places, places] += ALIKE**2
    return np.kron(np.eye(len(MECHANISMS)), one)


def _stretched(away: Array, mean: Array, spread: Array, data: tuple[Array, Array], rng: np.random.Generator) -> Array:
    """Return a draw of the spreads given how far actors are from the mean in units of them, (effect,).

    Beside `_spreads` it keeps the sampler from resting at a small spread, which each of the two alone would do.
    """
    (precision, weighted), unit, spread = data, away / spread, spread.copy()
    theta = mean + away
    for place in range(spread.size):
        theta[:, place] = mean[place]
        slope = weighted[:, place] - np.einsum("ap,ap->a", precision[:, place], theta)
        linear, square = unit[:, place] @ slope, unit[:, place] ** 2 @ precision[:, place, place]
        log_weight = linear * TAUS - 0.5 * square * TAUS**2 - 0.5 * (TAUS / SPREAD) ** 2
        spread[place] = TAUS[np.argmax(log_weight + rng.gumbel(size=TAUS.size))]
        theta[:, place] += spread[place] * unit[:, place]
    return spread


def _spreads(away: Array, there: Array, rng: np.random.Generator) -> Array:
    """Return a draw of the spreads given how far actors are from the mean, (effect,)."""
    squares = (away**2 * there).sum(axis=0)
    log_weight = -there.sum(axis=0) * np.log(TAUS)[:, None] - 0.5 * squares / TAUS[:, None] ** 2
    log_weight -= 0.5 * (TAUS[:, None] / SPREAD) ** 2
    chosen = np.argmax(log_weight + rng.gumbel(size=log_weight.shape), axis=0)
    return np.asarray(TAUS[chosen])
