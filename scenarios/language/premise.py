"""The premise of a scenario: what newer data would confirm it, or overtake it. `engine/premise_check.py` judges."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lull.data.event_kinds import Dimension
from lull.data.readers.cells import Day
from lull.data.schema import InputError, Problem
from lull.scenarios.language.uncertain import Filled, Part


class EventSeen(Part):
    """An event of these marks, from `since` (omitted: after the origin) to `until`; texts need only be contained."""

    seen: Literal["event"]
    dimension: Dimension | None = None
    kind: str = ""
    actor: str = ""
    target: str = ""
    salience: Annotated[int, Field(ge=1, le=5)] = 1
    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _has_marks(self) -> Self:
        if not (self.dimension or self.kind or self.actor or self.target):
            raise InputError(Problem("seen", "a dimension, kind, actor or target of the event", "none"))
        return self


class CountSeen(Part):
    """At least, or at most, a number of attacks of a series in the weeks from `since` (omitted: ahead) to `until`."""

    seen: Literal["count"]
    series: Filled
    at_least: Annotated[int, Field(ge=1)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None
    since: Day | None = None
    until: Day

    @model_validator(mode="after")
    def _has_one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise InputError(Problem("at_least", "either at_least or at_most", "both or none"))
        return self


class StateSeen(Part):
    """A ceasefire in force, or not in force, on a day."""

    seen: Literal["state"]
    in_force: bool
    on: Day


type Observation = Annotated[EventSeen | CountSeen | StateSeen, Field(discriminator="seen")]


class Premise(Part):
    """What is taken for granted, in words, and the observations that would settle it; the first one seen does."""

    statement: Filled
    confirmed_by: tuple[Observation, ...] = ()
    overtaken_by: tuple[Observation, ...] = ()

    @model_validator(mode="after")
    def _can_be_checked(self) -> Self:
        if not (self.confirmed_by or self.overtaken_by):
            raise InputError(Problem("confirmed_by", "an observation that settles the premise", "none"))
        return self
