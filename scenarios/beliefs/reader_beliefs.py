"""What a reader believes in place of the record, and whose beliefs they are.

Of drivers: a few normals on the model's scale. Of scenarios: the chances of their branches, the salience of events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from lull.data.event_kinds import DIMENSIONS, ENDINGS, FILED_UNDER, KINDS, OWN_ACT, TYPES, filed_under
from lull.data.learned.effects import ENDING
from lull.data.schema import InputError, Problem, near
from lull.model.parameters import EFFECTS
from lull.model.spec import Normal, Priors
from lull.scenarios.language.uncertain import AnySize, Exactly, size_from

DRIVERS = (*DIMENSIONS, *ENDINGS.values())
FIELDS = {row.mechanism: row.prior for row in EFFECTS.values()}  # of `Priors`, by mechanism
NOBODY = "a reader"

type Fork = tuple[tuple[str, float], ...]
"""The chances of the branches of a fork, by their ids, in alphabetical order; they sum to 1."""


@dataclass(frozen=True)
class Beliefs:
    """Beliefs about the effects of drivers, by driver and mechanism; the record speaks for all others.

    `forks` are the chances of branches, one for each set of branches; `salience` is that of assumed events, by
    dimension. A scenario speaks for all others. `who` believes it, `note` says why; both are part of what names a run.
    """

    effects: tuple[tuple[str, str, Normal], ...] = ()
    who: str = ""
    note: str = ""
    forks: tuple[Fork, ...] = ()
    salience: tuple[tuple[str, AnySize], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is believed that the record and the scenarios do not say."""
        return bool(self.effects or self.forks or self.salience)

    @property
    def fitted(self) -> Self:
        """What of these beliefs a fit is made with: those about drivers. Forks and saliences need none."""
        return replace(self, forks=(), salience=()) if self.effects else type(self)()

    def of(self, driver: str, mechanism: str) -> Normal | None:
        """Return what is believed of a driver on a mechanism, None where the record speaks."""
        return next((belief for *at, belief in self.effects if at == [driver, mechanism]), None)

    def believing(self, driver: str, mechanism: str, belief: Normal | None) -> Self:
        """Return these beliefs with another about one effect; None: what the record says."""
        rest = [one for one in self.effects if one[:2] != (driver, mechanism)]
        own = [] if belief is None else [(driver, mechanism, belief)]
        return replace(self, effects=tuple(sorted([*rest, *own], key=lambda one: one[:2])))

    def chances_of(self, branches: Iterable[str]) -> dict[str, float]:
        """Return what is believed of the fork of these branches, by id; empty where its scenario speaks."""
        names = sorted(branches)
        return next((dict(fork) for fork in self.forks if [name for name, _ in fork] == names), {})

    def salience_of(self, dimension: str) -> AnySize | None:
        """Return what is believed of the salience of events of a dimension, None where scenarios speak."""
        return dict(self.salience).get(dimension)

    def weighing(self, chances: Mapping[str, float]) -> Self:
        """Return these beliefs with other chances of the branches of one fork."""
        own = tuple(sorted(chances.items()))
        rest = [fork for fork in self.forks if [name for name, _ in fork] != sorted(chances)]
        return replace(self, forks=tuple(sorted([*rest, own])))

    def salient(self, dimension: str, size: AnySize) -> Self:
        """Return these beliefs with another salience of the events of a dimension."""
        rest = [one for one in self.salience if one[0] != dimension]
        return replace(self, salience=tuple(sorted([*rest, (dimension, size)], key=lambda one: one[0])))

    def applied(self, priors: Priors) -> Priors:
        """Return priors with these beliefs in them."""
        tables = {name: dict(getattr(priors, name)) for name in FIELDS.values()}
        for driver, mechanism, belief in self.effects:
            tables[FIELDS[mechanism]][driver] = belief
        return replace(priors, **tables)  # type: ignore[arg-type]

    def document(self) -> dict[str, Any]:
        """Return what the file of these beliefs says, as a run records it; empty where there are none."""
        if not self:
            return {}
        driver: dict[str, dict[str, dict[str, float]]] = {}
        for name, mechanism, belief in self.effects:
            driver.setdefault(name, {})[mechanism] = {"mean": belief.mean, "sd": belief.sd}
        sizes = {dimension: size_document(size) for dimension, size in self.salience}
        parts = (("who", self.who), ("note", self.note), ("driver", driver))
        assumed = (("fork", [dict(fork) for fork in self.forks]), ("salience", sizes))
        return {name: said for name, said in (*parts, *assumed) if said}


def size_document(size: AnySize) -> float | dict[str, Any]:
    """Return a size as a file has it: a number, or a table of one form."""
    return size.exactly if isinstance(size, Exactly) else size.model_dump(mode="json")


def beliefs_in(record: Mapping[str, Any]) -> Beliefs:
    """Return the beliefs that a run was made with, or weighed by; none where the record spoke."""
    said = record.get("beliefs") or {}
    effects = tuple(
        (driver, mechanism, Normal(**belief))
        for driver, own in said.get("driver", {}).items()
        for mechanism, belief in own.items()
    )
    forks = tuple(tuple(sorted(fork.items())) for fork in said.get("fork", ()))
    salience = tuple((name, size_from(size)) for name, size in said.get("salience", {}).items())
    return Beliefs(effects, said.get("who", ""), said.get("note", ""), forks, salience)


def beliefs_sentence(record: Mapping[str, Any]) -> str:
    """Return whose beliefs the numbers of a run hold, and how; nothing where the record spoke."""
    found = beliefs_in(record)
    if not found:
        return ""
    named = sorted({driver.replace("_", " ") for driver, _, _ in found.effects})
    named += [f"the branches {' or '.join(name for name, _ in fork)}" for fork in found.forks]
    named += [f"the salience of {dimension.replace('_', ' ')}" for dimension, _ in found.salience]
    how = ""
    if (base := record.get("reweighted_from")) and found.effects:
        k, effective = record["pareto_k"], record["effective_draws"]
        how = f" Reweighted from run {base} (Pareto k {k:.2f}, {effective:.0f} effective draws)."
    return f"With the beliefs of {found.who or NOBODY} about {', '.join(named)}.{how}"


def beliefs_object(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer in JSON says of the beliefs of a run and of its weighing by them; {} without any."""
    words = beliefs_sentence(record)
    weighed = {name: round(record[name], 3) for name in ("pareto_k", "effective_draws") if name in record}
    return {"beliefs": words} | weighed if words else {}


def driver_of(kind: str) -> str:
    """Return the driver that a kind of event is filed under; a kind may carry a type after a colon.

    Raises `InputError` with the nearest kind.
    """
    name, _, type_ = kind.partition(":")
    if kind in DRIVERS:
        return kind
    if name == ENDING and type_ in ENDINGS:
        return ENDINGS[type_]
    if name not in KINDS or name == OWN_ACT or (type_ and type_ not in TYPES.get(name, ())):
        known = [*DRIVERS, *(one for one in FILED_UNDER if one != OWN_ACT), *_typed()]
        hint = near(kind, known)
        remedy = hint if hint.startswith("Did you mean") else "docs/beliefs.md lists them."
        raise InputError(Problem("driver", "a kind of event, alone or as kind:type", repr(kind), remedy))
    return filed_under(name, type_)


def _typed() -> list[str]:
    """Return the kinds that carry a type."""
    typed = [f"{kind}:{type_}" for kind, types in TYPES.items() for type_ in types]
    return [*typed, *(f"{ENDING}:{end}" for end in ENDINGS)]
