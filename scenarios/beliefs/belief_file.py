"""The file of beliefs: TOML read whole, every problem with its line and the nearest name, and written again.

A table `[driver.KIND.MECHANISM]` holds `mean` and `sd` on the model's scale (log or logit), or `quantiles` in plain
units (`plain_units`). KIND is a kind of event, alone or as "kind:type", or a driver of the model. `[[fork]]` holds the
chances of the branches of a scenario by their ids, `[salience]` those of assumed events by dimension (`assumed`).
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from lull.data.readers.cells import shown
from lull.data.readers.plain_text import parse_toml, read_plain_text
from lull.data.schema import InputError, Problem
from lull.model.spec import Normal
from lull.scenarios.beliefs.key_places import Places
from lull.scenarios.beliefs.plain_units import normal_of
from lull.scenarios.beliefs.reader_beliefs import DRIVERS, Beliefs, Fork, driver_of, size_document
from lull.scenarios.language.mistakes import LOOKED_UP, in_words
from lull.scenarios.language.spec import Identifier, Salience
from lull.scenarios.language.uncertain import AnySize

EXPECTED = "a file of beliefs"
TABLE = "driver"


def _number(value: object) -> object:
    """Return a number; `true` and a text are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(Problem("", "a number", shown(str(value).lower() if isinstance(value, bool) else str(value))))
    return value


type Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_number)]


class Section(BaseModel):
    """A table of the file: nothing in it that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quantiles(Section):
    """Quantiles of a belief in plain units."""

    q05: Number
    q50: Number
    q95: Number


class Said(Section):
    """What is said of one effect, in one of two ways."""

    mean: Annotated[Number, Field(ge=-10, le=10)] | None = None
    sd: Annotated[Number, Field(ge=0.01, le=10)] | None = None
    quantiles: Quantiles | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name in ("mean", "sd", "quantiles") if getattr(self, name) is not None]
        if given not in (["mean", "sd"], ["quantiles"]):
            raise InputError(Problem("", "mean and sd, or quantiles", " and ".join(given) or "neither"))
        return self


class Mechanisms(Section):
    """What is said of one driver, by mechanism."""

    halting: Said | None = None
    resumption: Said | None = None
    intensity: Said | None = None


class Saliences(Section):
    """What is said of the salience of assumed events, by dimension."""

    deterrence: Salience | None = None
    pressure: Salience | None = None
    mobilisation: Salience | None = None
    leader_removed: Salience | None = None


def _chances(fork: dict[str, float]) -> dict[str, float]:
    """Return the chances of a fork; refuse those that do not sum to 1."""
    total = sum(fork.values())
    if abs(total - 1.0) > 1e-9:  # noqa: PLR2004 - rounding of decimals
        raise InputError(Problem("", "chances that sum to 1", f"a sum of {total:g}"))
    return fork


type Chance = Annotated[Number, Field(gt=0.0, lt=1.0)]
type Chances = Annotated[dict[Identifier, Chance], Field(min_length=2, max_length=20), AfterValidator(_chances)]


class BeliefFile(Section):
    """The whole file."""

    who: Annotated[str, Field(max_length=60)] = ""
    note: Annotated[str, Field(max_length=500)] = ""
    driver: Annotated[dict[str, Mechanisms], Field(max_length=len(DRIVERS) * 3)] = {}
    fork: Annotated[tuple[Chances, ...], Field(max_length=100)] = ()
    salience: Saliences = Saliences()


def read_beliefs(path: Path | str) -> Beliefs:
    """Return the beliefs of a file. Raises `InputError` with every problem found, by line."""
    return parse_beliefs(read_plain_text(Path(path), EXPECTED), str(path))


def parse_beliefs(text: str, where: str) -> Beliefs:
    """Return the beliefs that a text of TOML states, or of JSON if `where` ends so; `where` names it in problems."""
    content = _json(text, where) if where.endswith(".json") else parse_toml(text, where, EXPECTED)
    return beliefs_from(content, text, where)


def beliefs_from(content: Any, text: str, where: str, *, below: Sequence[str] = ()) -> Beliefs:
    """Return the beliefs of a table that was read from a text, in which it stands `below` some keys."""
    at = Places(text, where, tuple(below))
    try:
        said = BeliefFile.model_validate(content)
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = sorted((_problem(each, at) for each in details[:LOOKED_UP]), key=lambda pair: pair[0])
        raise InputError([one for _, one in found], unlisted=len(details[LOOKED_UP:])) from None
    problems: list[Problem] = []
    effects = list(_effects(said, at, problems))
    forks = _forks(said, at, problems)
    if problems:
        raise InputError(problems)
    salience = tuple(sorted((name, size) for name, size in said.salience if size is not None))
    beliefs = Beliefs(
        tuple(sorted(effects, key=lambda one: one[:2])), " ".join(said.who.split()), said.note.strip(), forks, salience
    )
    if not beliefs:
        expected = "a table such as [driver.ceasefire.halting], [[fork]] or [salience]"
        raise InputError(Problem(where, expected, "none with a belief in it"))
    return beliefs


def _forks(said: BeliefFile, at: Places, problems: list[Problem]) -> tuple[Fork, ...]:
    """Return the chances of branches; a fork that is there twice is added to the problems."""
    forks = [tuple(sorted(fork.items())) for fork in said.fork]
    names = [" or ".join(name for name, _ in fork) for fork in forks]
    again = sorted({name for name in names if names.count(name) > 1})
    remedy = "Leave one of them out."
    problems += [Problem(at.place("fork"), "each fork once", f"{name} again", remedy) for name in again]
    return tuple(sorted(forks))


def _effects(said: BeliefFile, at: Places, problems: list[Problem]) -> Iterator[tuple[str, str, Normal]]:
    """Yield the beliefs by driver and mechanism; what is wrong with one is added to the problems."""
    taken: dict[tuple[str, str], str] = {}
    for kind, own in said.driver.items():
        try:
            driver = driver_of(kind)
        except InputError as error:
            problem = error.problems[0]
            problems.append(Problem(at.place(TABLE, kind), problem.expected, problem.found, problem.remedy))
            continue
        for mechanism, effect in _stated(own):
            first = taken.setdefault((driver, mechanism), kind)
            if first != kind:
                found = f"{kind!r} and {first!r}, both filed under {driver!r}"
                at_second = at.place(TABLE, kind, mechanism)
                problems.append(Problem(at_second, "one belief for each driver", found, "Leave one of them out."))
                continue
            try:
                yield driver, mechanism, _normal(effect, driver, mechanism)
            except ValueError as error:
                place = at.place(TABLE, kind, mechanism, "quantiles")
                problems.append(Problem(place, str(error), _shown(effect.quantiles), _remedy(effect, mechanism)))


def _stated(own: Mechanisms) -> Iterator[tuple[str, Said]]:
    """Yield the mechanisms of which something is said."""
    for mechanism in Mechanisms.model_fields:
        effect: Said | None = getattr(own, mechanism)
        if effect is not None:
            yield mechanism, effect


def _remedy(said: Said, mechanism: str) -> str:
    """Return what to do about quantiles in another unit."""
    assert said.quantiles is not None
    return "Of 100, 20 is 0.2." if mechanism != "intensity" and said.quantiles.q95 > 1 else ""


def _normal(said: Said, driver: str, mechanism: str) -> Normal:
    """Return the belief of a table. Raises ValueError for quantiles of none."""
    if said.quantiles is None:
        assert said.mean is not None
        assert said.sd is not None
        return Normal(said.mean, said.sd)
    return normal_of(mechanism, said.quantiles.model_dump(), driver)


def _shown(quantiles: Quantiles | None) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in (quantiles.model_dump() if quantiles else {}).items())


def _problem(detail: Any, at: Places) -> tuple[int, Problem]:
    """Return one finding of pydantic in the project's words, and its line."""
    keys = [str(part) for part in detail["loc"]]
    cause: Any = detail.get("ctx", {}).get("error")
    problem = (
        cause.problems[0] if isinstance(cause, InputError) else in_words(detail, keys[-1] if keys else "", _known(keys))
    )
    return at.line(keys), Problem(at.place(*keys), problem.expected, problem.found, problem.remedy)


def _known(keys: Sequence[str]) -> list[str]:
    """Return the keys that the table may have in which the last of some keys stands."""
    if keys[:1] == ["salience"]:
        return list(Saliences.model_fields) if len(keys) > 1 else list(BeliefFile.model_fields)
    models: tuple[type[BaseModel] | None, ...] = (BeliefFile, None, Mechanisms, Said, Quantiles)
    model = models[min(len(keys), len(models)) - 1] if keys else BeliefFile
    return list(model.model_fields) if model else list(DRIVERS)


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(Problem(where, f"{EXPECTED} in JSON", str(error) or "a text nested too deep")) from None


def toml_of_beliefs(beliefs: Beliefs) -> str:
    """Return the text of the file of beliefs: `parse_beliefs` reads the same from it again."""
    said = (("who", beliefs.who), ("note", beliefs.note))
    lines = [f"{name} = {_quoted(text)}" for name, text in said if text]
    for driver, mechanism, belief in beliefs.effects:
        lines += ["", f"[driver.{driver}.{mechanism}]", f"mean = {belief.mean!r}", f"sd = {belief.sd!r}"]
    for fork in beliefs.forks:
        lines += ["", "[[fork]]", *(f"{name} = {chance!r}" for name, chance in fork)]
    if beliefs.salience:
        lines += ["", "[salience]", *(f"{name} = {_size_text(size)}" for name, size in beliefs.salience)]
    return "\n".join(lines).strip() + "\n"


def _size_text(size: AnySize) -> str:
    """Return a size in TOML; lists of numbers are written as in JSON."""
    document = size_document(size)
    if not isinstance(document, dict):
        return repr(document)
    return f"{{ {', '.join(f'{form} = {json.dumps(numbers)}' for form, numbers in document.items())} }}"


def _quoted(text: str) -> str:
    """Return a text in quotes; JSON escapes all that TOML wants escaped but one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
