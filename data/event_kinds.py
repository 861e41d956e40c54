"""The kinds of events, their types, how a state ends, and under which driver of the model each of them is filed.

A driver is a covariate of the model. Deterrence, pressure and mobilisation gather impulses that fade; a leader removed
and a patron that holds back are such drivers of their own. A ceasefire, an agreement and a declared halt are states in
force, one driver for each type that the record of many actors tells apart; how a ceasefire ended is an impulse again.
"""

from typing import Literal, get_args

from lull.data.schema import InputError, Problem, near

type Kind = Literal[
    "ceasefire",
    "agreement",
    "declared_halt",
    "leader_removed",
    "strike",
    "threat",
    "pressure",
    "condemnation",
    "mobilisation",
    "joint_operation",
    "patron",
    "regional",
    "own_act",
    "other",
]
type End = Literal["ran_out", "broken_off", "replaced", "unknown"]
Dimension = Literal[
    "deterrence",
    "pressure",
    "ceasefire",
    "mobilisation",
    "leader_removed",
    "patron",
    "ceasefire_verbal",
    "ceasefire_partial",
    "ceasefire_holiday",
    "ceasefire_humanitarian",
    "ceasefire_other_side",
    "agreement",
    "agreement_process",
    "declared_halt",
]
KINDS: tuple[str, ...] = get_args(Kind.__value__)
ENDS: tuple[str, ...] = get_args(End.__value__)
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
IMPULSES = ("deterrence", "pressure", "mobilisation", "leader_removed", "patron")  # drivers that fade
STATES = tuple(name for name in DIMENSIONS if name not in IMPULSES)  # drivers in force from a day to a day
ENDINGS = {end: f"ceasefire_{end}" for end in ("ran_out", "broken_off", "replaced")}  # drivers of how a ceasefire ended
TYPES: dict[str, tuple[str, ...]] = {
    "ceasefire": ("verbal", "written", "definitive", "partial", "holiday", "humanitarian", "other_side"),
    "agreement": ("full", "partial", "process"),
    "leader_removed": ("killed", "captured"),
    "patron": ("restraint", "support", "abandonment"),
}
STATE_WORDS = {
    "ceasefire_verbal": "verbal ceasefire",
    "ceasefire_partial": "partial ceasefire",
    "ceasefire_holiday": "holiday ceasefire",
    "ceasefire_humanitarian": "humanitarian ceasefire",
    "ceasefire_other_side": "ceasefire of the other side alone",
    "agreement": "peace agreement",
    "agreement_process": "peace process",
    "declared_halt": "declared halt",
}  # states in words, where their name is none
OLDER_NAMES = {
    "leader_killed": "leader_removed",
    "strike_on_faction": "strike",
    "retaliation_threat": "threat",
    "diplomatic_pressure": "pressure",
    "escalation": "mobilisation",
    "regime_change": "regional",
    "own_statement": "own_act",
}
OWN_ACT = "own_act"
SUPPORT = "patron", "support"  # pushes the other way than what a patron does to hold back
LASTING = ("ceasefire", "agreement", "declared_halt")  # kinds that are states in force
FILED_UNDER: dict[str, Dimension] = {
    "leader_removed": "leader_removed",
    "strike": "deterrence",
    "threat": "deterrence",
    "pressure": "pressure",
    "condemnation": "pressure",
    "patron": "patron",  # holds back or gives up an ally; its support is a mobilisation
    "mobilisation": "mobilisation",
    "joint_operation": "mobilisation",
    "regional": "mobilisation",
    "own_act": "mobilisation",
    "other": "mobilisation",
    "agreement": "agreement",
    "declared_halt": "declared_halt",
    "ceasefire": "ceasefire",
}


def parse_kind(cell: object) -> str:
    """Return the kind that a cell names, an older name by its new one. Raises `InputError` with the nearest one."""
    text = str(cell).strip()
    kind = OLDER_NAMES.get(text, text)
    if not kind:
        raise InputError(Problem("", "a text", "an empty cell"))
    if kind not in KINDS:
        remedy = near(text, (*KINDS, *OLDER_NAMES))
        raise InputError(
            Problem("", f"one of {', '.join(KINDS)}", repr(text), remedy if "mean" in remedy else "See docs/data.md.")
        )
    return kind


def filed_under(kind: str, type_: str) -> Dimension:
    """Return the driver that an event is filed under where its file does not say."""
    if (kind, type_) == SUPPORT:
        return "mobilisation"
    own: Dimension | None = next((name for name in DIMENSIONS if name == f"{kind}_{type_}"), None)
    return own or FILED_UNDER[kind]


def type_problem(kind: str, type_: str) -> Problem | None:
    """Return what is wrong with the type of an event, None if nothing is."""
    known = TYPES.get(kind, ())
    if not type_ or type_ in known:
        return None
    expected = f"one of {', '.join(known)} for {kind}" if known else f"no type for {kind}"
    return Problem("type", expected, repr(type_), near(type_, known) if known else "Leave the cell empty.")
