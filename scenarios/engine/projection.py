"""A scenario becomes a push on the model, and the push becomes paths.

The invariants: every scenario is pushed through the same draws with the same random numbers; a scenario without
interventions is the baseline bit for bit; the order in which interventions are written changes nothing; what cannot
be meant (before the origin, against each other) is refused with the reason before anything is simulated.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import batched
from typing import Self

import numpy as np

from lull.data.arrays import Array
from lull.data.schema import InputError, Problem
from lull.model.forward.simulate import (
    OriginState,
    Paths,
    Push,
    RandomNumbers,
    any_attack_probability,
    resumption_probability,
    simulate,
    simulate_rounds,
)
from lull.model.spec import MAX_HORIZON
from lull.scenarios.engine.interventions import Pushing, nameless
from lull.scenarios.language.conflicts import find_conflicts
from lull.scenarios.language.mistakes import Path, located, places, shown
from lull.scenarios.language.spec import Ceasefire, Intervention, Removal, Scenario, baseline
from lull.scenarios.language.uncertain import UNCERTAIN_DATES

CLAIM_ROUNDS = 16  # paths of a draw over which a chance of claims is averaged
CELLS = 2_000_000  # of the paths that are in memory at once where a table is all that is wanted: some 200 MB
DATES = 8  # of what is uncertain within a draw: the strata over which its chances are averaged


@dataclass(frozen=True)
class Projection:
    """A scenario's paths and exact probabilities, draw by draw; never scored as a forecast.

    `run_id` and `seed` say what it may be compared with. A path goes one way through a tree and has one day of each
    uncertain date. The probabilities of a draw are averaged over all of these: which branch comes true and on which day
    is chance, not something that the posterior knows, and would widen its intervals. `ways` are what may come true
    within a draw: shares that sum to 1, each with its push.
    """

    scenario_id: str
    title: str
    assumptions: str
    paths: Paths
    state: OriginState = field(repr=False)
    push: Push = field(repr=False)
    numbers: RandomNumbers = field(repr=False)
    ways: "tuple[Way, ...]" = field(repr=False)

    @property
    def run_id(self) -> str:
        """The posterior whose draws these are."""
        return self.paths.run_id

    @property
    def seed(self) -> int:
        """The seed of the random numbers that these paths share with every other scenario."""
        return self.paths.seed

    @cached_property
    def any_attack(self) -> Array:
        """P(at least one reported attack in weeks 1..h) of each draw, exact, (draw, series, horizon).

        Where reporting changes there is no closed form: the chance that some attack of a path is claimed is averaged
        over `CLAIM_ROUNDS` paths of the draw. That the path has an attack, whose chance is exact, takes most of the
        noise away (a control variate, its weight the regression within draws).
        """
        return self._averaged(self._any_attack_of)

    def _any_attack_of(self, push: Push) -> Array:
        exact = any_attack_probability(self.state, push, self.numbers)
        if (push.reporting >= 1).all():
            return exact
        claim, attack, both, square = (np.zeros(exact.shape) for _ in range(4))
        for turn in range(CLAIM_ROUNDS):
            some_claim, some_attack = self._on_paths(push, turn)
            claim += some_claim
            attack += some_attack
            both += some_claim * some_attack
            square += some_attack**2
        covariance = (both - claim * attack / CLAIM_ROUNDS).sum(axis=0)
        variance = (square - attack**2 / CLAIM_ROUNDS).sum(axis=0)
        weight = np.divide(covariance, variance, out=np.zeros_like(variance), where=variance > 0)
        return np.clip(claim / CLAIM_ROUNDS - weight * (attack / CLAIM_ROUNDS - exact), 0.0, 1.0)

    def _on_paths(self, push: Push, turn: int) -> tuple[Array, Array]:
        """Return P(some attack of weeks 1..h is claimed) given a turn's paths, and whether they have one."""
        known = turn == 0 and push is self.push
        paths = self.paths if known else simulate(self.state, push, self.numbers.again(turn) if turn else self.numbers)
        unclaimed: Array = (1.0 - push.reporting) ** paths.attacks
        some_attack = np.cumsum(paths.attacks, axis=-1) > 0
        return 1.0 - np.cumprod(unclaimed, axis=-1), some_attack.astype(float)

    @cached_property
    def resumption(self) -> Array:
        """P(active in at least one of weeks 1..h) of each draw, exact, (draw, series, horizon).

        For a draw halted at the origin: that its pause ends by week h; one active at the origin counts if it goes on.
        """
        return self._averaged(lambda push: resumption_probability(self.state, push))

    def under(self, state: OriginState) -> Self:
        """Return the scenario from another state of the same draws, over the weeks of that state.

        The probabilities are those of that state; the paths stay those of this one.
        """
        ways = tuple(replace(way, push=way.push.up_to(state.horizon)) for way in self.ways)
        paths, push = self.paths.up_to(state.horizon), self.push.up_to(state.horizon)
        return replace(self, paths=paths, state=state, push=push, ways=ways)

    def _averaged(self, chance: Callable[[Push], Array]) -> Array:
        """Return a probability of each draw, averaged over what may come true within the draw."""
        if len(self.ways) == 1:
            return chance(self.ways[0].push)
        total: Array = sum((way.share * chance(way.push) for way in self.ways), start=np.zeros(1))
        return total


@dataclass(frozen=True)
class Way:
    """One of the things that may come true within a draw: its share, and what it adds to the baseline."""

    share: float
    push: Push


def project(scenario: Scenario, state: OriginState, numbers: RandomNumbers) -> Projection:
    """Return the projection of a scenario from every draw of a state, weeks 1..H of the state's schedule.

    A tree is projected as the mixture of its branches: each draw goes one way, in the stated shares.
    Raises `InputError` for interventions that the state does not allow, with all reasons at once.
    """
    (projection,) = project_rounds(scenario, state, [numbers])
    return projection


def project_rounds(
    scenario: Scenario, state: OriginState, rounds: Sequence[RandomNumbers], *, weeks: int | None = None
) -> tuple[Projection, ...]:
    """Return the projection of a scenario for each round of random numbers (`RandomNumbers.again`).

    From round to round a draw goes on to its next branch and its next day of an uncertain date, in their shares, so
    that the rounds of a draw average over them. With `weeks` only weeks 1..`weeks` are simulated: the same paths, cut
    short, of a scenario that must be possible in all weeks of the state. Raises `InputError` as `project` does.
    """
    weeks = weeks or state.horizon
    varies = len(_shifts(scenario)) > 1 or len(list(scenario.leaves())) > 1
    compiled = range(len(rounds) if varies else 1)
    pushes = [compile_push(scenario, state, rounds[turn], shift=turn / len(rounds)).up_to(weeks) for turn in compiled]
    pushes *= len(rounds) // len(pushes)
    ways = _ways(scenario, state, rounds[0], pushes[0])
    ways, near = tuple(replace(way, push=way.push.up_to(weeks)) for way in ways), state.up_to(weeks)
    return tuple(
        Projection(scenario.id, scenario.title, scenario.assumptions, paths, near, push, numbers, ways)
        for paths, push, numbers in zip(simulate_rounds(near, pushes, rounds), pushes, rounds, strict=True)
    )


def project_all(
    scenarios: Iterable[Scenario], state: OriginState, *, horizon: int | None = None, seed: int
) -> tuple[Projection, ...]:
    """Return the projections of scenarios with common random numbers, the baseline first whether it is named or not."""
    state = state if horizon is None else shortened(state, horizon)
    others = [scenario for scenario in scenarios if scenario.id != baseline().id]
    named = [scenario for scenario in scenarios if scenario.id == baseline().id]
    numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=state.horizon, seed=seed)
    return tuple(project(scenario, state, numbers) for scenario in (*(named[:1] or [baseline()]), *others))


def project_in_parts(scenario: Scenario, state: OriginState, *, seed: int, cells: int = CELLS) -> Iterator[Projection]:
    """Yield what `project` returns for a few series at a time, the same paths, each part when its turn comes.

    A part has at most `cells` draws times weeks times series, or one series. Raises `InputError` as `project` does.
    """
    draws, horizon = state.draws, state.horizon
    for names in batched(state.series, max(1, cells // (draws * horizon)), strict=False):
        numbers = RandomNumbers.draw(series=names, draws=draws, horizon=horizon, seed=seed)
        yield project(scenario, state.select(names), numbers)


def shortened(state: OriginState, horizon: int) -> OriginState:
    """Return the state for horizons 1..`horizon`. Raises `InputError` for a horizon beyond the schedule."""
    longest = min(MAX_HORIZON, state.horizon)
    if not 1 <= horizon <= longest:
        expected = f"weeks from 1 to {longest}"
        remedy = "The schedule is known for so long." if 1 <= horizon <= MAX_HORIZON else "Choose --horizon within it."
        raise InputError(Problem("--horizon", expected, str(horizon), remedy))
    return state.up_to(horizon)


def compile_push(scenario: Scenario, state: OriginState, numbers: RandomNumbers, *, shift: float = 0.0) -> Push:
    """Return what a scenario adds to the baseline in every draw. Raises `InputError` with all that cannot be meant.

    `shift`, a share of 1, moves on the uniforms that decide the branch and the uncertain dates of each draw: shifts
    that are evenly spread go through all branches and dates of a draw in their shares.
    """
    pushes = _leaf_pushes(scenario, state, numbers, shift)
    if len(pushes) == 1:
        return pushes[0]
    return _mixture(pushes, branch_of_draw(scenario, numbers, shift=shift))


def _leaf_pushes(scenario: Scenario, state: OriginState, numbers: RandomNumbers, shift: float) -> list[Push]:
    """Return the push of each leaf of a tree, in every draw."""
    pushes: list[Push] = []
    problems: list[Problem] = []
    for (_, leaf), where in zip(scenario.leaves(), places(scenario), strict=True):
        try:
            pushes.append(_leaf_push(scenario, leaf, where, pushing=Pushing(state, numbers, shift=shift)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))  # what all branches share is listed once
    return pushes


def _ways(scenario: Scenario, state: OriginState, numbers: RandomNumbers, push: Push) -> tuple[Way, ...]:
    """Return what may come true within a draw: each branch of a tree, and of an uncertain date evenly spread days."""
    shares = [share for share, _ in scenario.leaves()]
    shifts = _shifts(scenario)
    if len(shares) == len(shifts) == 1:
        return (Way(1.0, push),)
    return tuple(
        Way(share / len(shifts), pushed)
        for shift in shifts
        for share, pushed in zip(shares, _leaf_pushes(scenario, state, numbers, shift), strict=True)
    )


def _shifts(scenario: Scenario) -> list[float]:
    """Return how far the uniforms of uncertain dates are moved on within a draw; without such dates not at all."""
    dated = any(isinstance(value, UNCERTAIN_DATES) for _, leaf in scenario.leaves() for _, value in _values(leaf))
    return [at / DATES for at in range(DATES)] if dated else [0.0]


def _values(leaf: Scenario) -> Iterator[tuple[str, object]]:
    """Yield the fields of all interventions."""
    for intervention in leaf.interventions:
        yield from intervention


def branch_of_draw(scenario: Scenario, numbers: RandomNumbers, *, shift: float = 0.0) -> np.ndarray:
    """Return which way each draw goes through a tree, a place in `scenario.leaves()`, (draw,).

    The shares are those of the probabilities to within one draw: uniforms decide who, not how many. They are the same
    for every tree, so that no name or id changes a number.
    """
    ends = np.cumsum([probability for probability, _ in scenario.leaves()])
    rank = np.argsort(np.argsort(numbers.named("branch"), kind="stable"), kind="stable")
    return np.searchsorted(ends[:-1], ((rank + 0.5) / rank.size + shift) % 1.0, side="right")


def _leaf_push(scenario: Scenario, leaf: Scenario, places: Sequence[Path], *, pushing: Pushing) -> Push:
    """Return the push of one way through a scenario; interventions are taken in an order of their own."""
    problems = [
        located(scenario, places[place], replace(problem, found=f"{problem.found} (with {shown(places[at])})"))
        for at, place, problem in find_conflicts(leaf, pushing)
    ]
    if problems:
        raise InputError(problems)
    found: dict[Path, list[Problem]] = {place: [] for place in places}  # reported in the order of the file
    for intervention, place in sorted(zip(leaf.interventions, places, strict=True), key=_place_in_order):
        try:
            pushing.add(intervention)
        except InputError as error:
            found[place] += [located(scenario, place, problem) for problem in error.problems]
    if any(found.values()):
        raise InputError(problem for listed in found.values() for problem in listed)
    return pushing.push()


def _place_in_order(placed: tuple[Intervention, Path]) -> tuple[bool, bool, str]:
    """Return where an intervention comes whatever its place in the file.

    What is taken from the record goes before anything is added to it, and a state starts before it can end.
    """
    intervention, _ = placed
    starts = isinstance(intervention, Ceasefire) and intervention.action == "start"
    return not isinstance(intervention, Removal), not starts, nameless(intervention)


def _mixture(pushes: Sequence[Push], which: np.ndarray) -> Push:
    """Return a push that is in every draw that of the way it goes."""
    mixed = {}
    for part in fields(Push):
        arrays = [getattr(push, part.name) for push in pushes]
        shape = (which.size, *np.broadcast_shapes(*(array.shape for array in arrays))[1:])
        mixed[part.name] = np.empty(shape, dtype=arrays[0].dtype)
        for place, array in enumerate(arrays):
            mixed[part.name][which == place] = np.broadcast_to(array, shape)[which == place]
    return Push(**mixed)
