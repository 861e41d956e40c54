"""Variants of the model, as they are written at the command: `NAME:CHOICE=VALUE,CHOICE=VALUE`."""

from collections.abc import Iterable
from dataclasses import fields

from lull.data.schema import InputError, Problem, near
from lull.evaluation.forecasters.baselines import BASELINES
from lull.evaluation.forecasters.participants import COMPANION
from lull.evaluation.record import BOOSTED, HURDLE, LULL, POOLS, RECENT, REGIMES
from lull.model.spec import ModelSpec

CHOICES = {each.name: each.default for each in fields(ModelSpec) if each.name != "pooling"}
WORDS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}
type Choices = dict[str, bool | int]


def read_variants(texts: Iterable[str]) -> dict[str, Choices]:
    """Return the choices of each variant by its name. Raises `InputError` with every problem."""
    variants: dict[str, Choices] = {}
    problems: list[Problem] = []
    taken = {LULL, REGIMES, HURDLE, RECENT, COMPANION, *BASELINES, BOOSTED, *POOLS}
    for text in texts:
        name, _, choices = text.partition(":")
        where = f"--variant {text}"
        if not name or name in taken:
            problems.append(Problem(where, "a name of its own before a colon", repr(name)))
        taken.add(name)
        variants[name] = {}
        for choice in choices.split(","):
            try:
                key, value = _choice(choice, where)
                variants[name][key] = value
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return variants


def _choice(text: str, where: str) -> tuple[str, bool | int]:
    """Return a choice of the model's and its value, of the kind that it has by default."""
    key, _, value = (part.strip() for part in text.partition("="))
    if key not in CHOICES:
        raise InputError(Problem(where, "a choice of the model", repr(key), near(key, CHOICES)))
    if isinstance(CHOICES[key], bool):
        if value.lower() not in WORDS:
            raise InputError(Problem(where, f"{key}=true or {key}=false", repr(value)))
        return key, WORDS[value.lower()]
    if not value.isdecimal() or not int(value):
        raise InputError(Problem(where, f"{key}= a whole number from 1", repr(value)))
    return key, int(value)
