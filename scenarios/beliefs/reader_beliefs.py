"""What a reader believes of drivers in place of the record: a few normals on the model's scale, and whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from lull.data.event_kinds import DIMENSIONS, ENDINGS, FILED_UNDER, KINDS, OWN_ACT, TYPES, filed_under
from lull.data.learned.effects import ENDING
from lull.data.schema import InputError, Problem, near
from lull.model.parameters import EFFECTS
from lull.model.spec import Normal, Priors

DRIVERS = (*DIMENSIONS, *ENDINGS.values())
FIELDS = {row.mechanism: row.prior for row in EFFECTS.values()}  # of `Priors`, by mechanism
NOBODY = "a reader"


@dataclass(frozen=True)
class Beliefs:
    """Beliefs about the effects of drivers, by driver and mechanism; the record speaks for all others.

    `who` believes it, `note` says why; both are part of what names a run.
    """

    effects: tuple[tuple[str, str, Normal], ...] = ()
    who: str = ""
    note: str = ""

    def __bool__(self) -> bool:
        """Whether anything is believed that the record does not say."""
        return bool(self.effects)

    def of(self, driver: str, mechanism: str) -> Normal | None:
        """Return what is believed of a driver on a mechanism, None where the record speaks."""
        return next((belief for *at, belief in self.effects if at == [driver, mechanism]), None)

    def believing(self, driver: str, mechanism: str, belief: Normal | None) -> Self:
        """Return these beliefs with another about one effect; None: what the record says."""
        rest = [one for one in self.effects if one[:2] != (driver, mechanism)]
        own = [] if belief is None else [(driver, mechanism, belief)]
        return replace(self, effects=tuple(sorted([*rest, *own], key=lambda one: one[:2])))

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
        said = {name: text for name, text in (("who", self.who), ("note", self.note)) if text}
        return said | {"driver": driver}


def beliefs_in(record: Mapping[str, Any]) -> Beliefs:
    """Return the beliefs that a run was made with, or weighed by; none where the record spoke."""
    said = record.get("beliefs") or {}
    effects = tuple(
        (driver, mechanism, Normal(**belief))
        for driver, own in said.get("driver", {}).items()
        for mechanism, belief in own.items()
    )
    return Beliefs(effects, said.get("who", ""), said.get("note", ""))


def beliefs_sentence(record: Mapping[str, Any]) -> str:
    """Return whose beliefs the numbers of a run hold, and how; nothing where the record spoke."""
    found = beliefs_in(record)
    if not found:
        return ""
    named = sorted({driver.replace("_", " ") for driver, _, _ in found.effects})
    how = ""
    if base := record.get("reweighted_from"):
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
