"""A scenario as a person writes it: assumptions in words, and dated interventions that say the same to the machine.

The file border of the scenario language (TOML or JSON). Everything here is checked without a posterior; what needs
one (is the date after the origin, is there a ceasefire to extend) is checked by `scenarios/engine/projection.py`.
Interventions form a set: their order does not matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, StringConstraints, model_validator

from lull.data.event_kinds import Dimension
from lull.data.events import MAX_SALIENCE
from lull.data.readers.cells import Day
from lull.data.schema import InputError, Problem
from lull.scenarios.language.premise import Premise
from lull.scenarios.language.uncertain import AnySize, Exactly, Filled, NormalSize, Part, QuantileSize, Size, When

BASELINE = "baseline"

type Words = Annotated[Filled, AfterValidator(lambda text: " ".join(text.split()))]
type Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


def _some(cell: object) -> object:
    """Return series given as one name or a list of names."""
    return (cell,) if isinstance(cell, str) else cell


type Series = Annotated[tuple[Filled, ...], BeforeValidator(_some, json_schema_input_type=str | tuple[Filled, ...])]


def _positive(size: AnySize) -> AnySize:
    """Return a factor; refuse one that is not above 0 in every draw."""
    match size:
        case NormalSize(normal=(mean, _)):
            remedy = f"Write {{ lognormal = [{mean:g}, 0.3] }}: median, and sd of the logarithm."
            raise InputError(Problem("", "a factor above 0 in every draw", "a normal one", remedy))
        case Exactly(exactly=least) | QuantileSize(quantiles=((_, least), *_)) if least <= 0:
            raise InputError(Problem("", "a factor above 0", f"{least:g}", _FORCE))
    return size


def _salience(size: AnySize) -> AnySize:
    """Return a salience; refuse one that no event can have."""
    if isinstance(size, Exactly) and not 0 <= size.exactly <= MAX_SALIENCE:
        raise InputError(Problem("", f"a salience from 0 to {MAX_SALIENCE}", f"{size.exactly:g}"))
    return size


_FORCE = "To stop attacks altogether, force the regime: kind = 'regime', regime = 'halted'."

type Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]
type Factor = Annotated[Size, AfterValidator(_positive)]
type Salience = Annotated[Size, AfterValidator(_salience)]


class Window(Part):
    """What every intervention has: the series it concerns (none named: all)."""

    series: Series = ()


class Lasting(Window):
    """An intervention from `start` (omitted: the first day ahead) to `until`, both included (omitted: for good)."""

    start: When | None = None
    until: When | None = None


class Ceasefire(Window):
    """A lasting state starts, ends, is extended or collapses.

    `start`: in force from `date` (to `until`, included). `end`: not in force any more from `date` on, be that earlier
    or later than scheduled. `extend`: goes on after its scheduled end (to `until`). `collapse`: ends on `date`, before
    its time.
    """

    kind: Literal["ceasefire"]
    action: Literal["start", "end", "extend", "collapse"]
    date: When | None = None
    until: When | None = None
    state: Filled = "ceasefire"

    @model_validator(mode="after")
    def _has_its_dates(self) -> Self:
        if (self.date is None) != (self.action == "extend"):
            expected = "no date: it follows the scheduled end" if self.action == "extend" else "a date"
            raise InputError(Problem("date", f"{expected} (action {self.action!r})", str(self.date or "none")))
        if self.until is not None and self.action in ("end", "collapse"):
            raise InputError(Problem("until", f"none with action {self.action!r}", str(self.until), "Use date."))
        return self


class Event(Window):
    """A dated event of a dimension: an impulse of salience / 5, carried over by the half-life of each draw.

    With `until` it is spread evenly over its days. A `name` says what it is; no number depends on it.
    """

    kind: Literal["event"]
    name: Name = ""
    dimension: Literal["deterrence", "pressure", "mobilisation", "leader_removed"]
    date: When
    until: When | None = None
    salience: Salience


class Covariate(Lasting):
    """A covariate is held at `value`, scaled by `factor`, or ramped in the window from the schedule to `value`."""

    kind: Literal["covariate"]
    action: Literal["hold", "scale", "ramp"]
    covariate: Filled
    value: Size | None = None
    factor: Size | None = None

    @model_validator(mode="after")
    def _has_its_size(self) -> Self:
        needed, other = ("factor", "value") if self.action == "scale" else ("value", "factor")
        if getattr(self, needed) is None or getattr(self, other) is not None:
            raise InputError(Problem(needed, f"{needed} and no {other} with action {self.action!r}", "something else"))
        if self.action == "ramp" and (self.start is None or self.until is None):
            raise InputError(Problem("start", "start and until of the ramp", "one or none of them"))
        return self


class Regime(Lasting):
    """The regime is forced in every week of the window, from the week of `start` to that of `until`."""

    kind: Literal["regime"]
    regime: Literal["active", "halted"]


class Scale(Lasting):
    """The intensity is multiplied by `factor`, or the odds of the weekly halt or resumption hazard are."""

    kind: Literal["intensity", "halt_hazard", "resumption_hazard"]
    factor: Factor


class Anticipation(Window):
    """The weeks before `date` (the start of a ceasefire, say): the intensity is multiplied by `factor`."""

    kind: Literal["anticipation"]
    date: When
    weeks: Annotated[int, Field(ge=1, le=52)]
    factor: Factor


class Reporting(Lasting):
    """Attacks go on, and only this `share` of them is claimed, relative to the past."""

    kind: Literal["reporting"]
    share: Annotated[float, Field(ge=0.0, le=1.0)]


class Removal(Window):
    """What is on record is taken away: one event by its id, or all that a dimension has on a day; only looking back.

    A lasting state is taken away from its first day on, as if it had never come.
    """

    kind: Literal["removal"]
    event: Filled | None = None
    dimension: Dimension | None = None
    date: Day | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        given = (self.event is not None, self.dimension is not None, self.date is not None)
        if given not in {(True, False, False), (False, True, True)}:
            raise InputError(Problem("event", "either event, or dimension and date", "another choice of them"))
        return self


type Intervention = Annotated[
    Ceasefire | Event | Covariate | Regime | Scale | Anticipation | Reporting | Removal, Field(discriminator="kind")
]


class Branch(Part):
    """One way on from a fork, with its probability; it may fork again."""

    id: Identifier
    title: Filled
    probability: Annotated[float, Field(gt=0.0, lt=1.0)]
    assumptions: str = ""
    interventions: tuple[Intervention, ...] = ()
    branches: tuple["Branch", ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        _check_branches(self.branches)
        return self


@dataclass(frozen=True)
class Source:
    """The text that a scenario was read from, and its name: no part of what it says, so any two are equal."""

    text: str = field(default="", compare=False)
    name: str = field(default="", compare=False)


class Scenario(Part):
    """What is assumed: words for the reader, interventions for the machine, and the same in both.

    With `branches` it is a tree: its own interventions hold in every branch, its projection is the mixture. One with
    `hindcast_from` looks back: it is projected from the week of that day, and shown against what happened.
    """

    id: Identifier
    title: Filled
    assumptions: Words
    premise: Premise | None = None
    hindcast_from: Day | None = None
    interventions: tuple[Intervention, ...] = ()
    branches: tuple[Branch, ...] = ()
    _source: Source = PrivateAttr(default=Source())

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        _check_branches(self.branches)
        if self.id == BASELINE and (self.interventions or self.branches):
            raise InputError(Problem("id", "a baseline without interventions", "interventions", "Choose another id."))
        return self

    @property
    def is_tree(self) -> bool:
        """Whether the scenario has branches."""
        return bool(self.branches)

    @property
    def source(self) -> Source:
        """What it was read from; empty if it was made by a program."""
        return self._source

    def read_from(self, source: Source) -> Self:
        """Remember what it was read from, so that a problem found later can still name the line."""
        self._source = source
        return self

    def leaves(self) -> Iterator[tuple[float, Self]]:
        """Yield each way through the tree with its probability: a scenario without branches, `id` joined by dots."""
        if not self.branches:
            yield 1.0, self
        for branch in self.branches:
            words = " ".join(text for text in (self.assumptions, branch.assumptions) if text)
            whole = self.model_copy(
                update={
                    "id": f"{self.id}.{branch.id}",
                    "title": f"{self.title}: {branch.title}",
                    "assumptions": words,
                    "interventions": (*self.interventions, *branch.interventions),
                    "branches": branch.branches,
                }
            )
            for probability, leaf in whole.leaves():
                yield branch.probability * probability, leaf


def _check_branches(branches: tuple[Branch, ...]) -> None:
    """Refuse branches whose probabilities do not sum to 1, or that share an id."""
    total = sum(branch.probability for branch in branches)
    if branches and abs(total - 1.0) > 1e-9:  # noqa: PLR2004 - rounding of decimals
        raise InputError(Problem("branches", "probabilities that sum to 1", f"a sum of {total:g}"))
    names = [branch.id for branch in branches]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise InputError(Problem("branches", "each branch id once", ", ".join(sorted(repeated)) + " again"))


def baseline() -> Scenario:
    """Return the scenario of no interventions: what is scheduled happens, and nothing new is added."""
    return Scenario(
        id=BASELINE,
        title="As scheduled",
        assumptions="Everything goes as scheduled and nothing new is added.",
    )
