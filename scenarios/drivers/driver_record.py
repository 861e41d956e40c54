"""What is known of each driver, side by side: the record of other actors, what was believed, what the data made of it.

The record is what came *after* such events; it does not say that they did it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lull.data.learned.effects import MECHANISMS, Effect, recorded_effects
from lull.model.spec import RECORDS, record_of
from lull.scenarios.presentation.rows import driver_rows
from lull.scenarios.presentation.wording import with_interval
from lull.scenarios.results.document import DriverEffect

NINETY = 1.645  # standard deviations to either side
SPANS = ((1, 4), (5, 13), (14, 26), (27, 52))  # weeks after the event, of the time course
RECORD = (
    "After such events of other actors, where data sets record them: the effect for an actor that was never seen, with "
    "its 90 % interval, on the same scale. It is what came after them, not what they caused; `lull learn --events` "
    "makes the table. The time course has the means of weeks 1-4, 5-13, 14-26 and 27-52 after."
)
NOTHING = "no record teaches it: centred at 0 and wide"
AFTER, COURSE, FIGURES, CASES = "after such events elsewhere", "time course", "weeks 1-4, 5-13, 14-26, 27-52", "cases"


def recorded(effect: DriverEffect) -> Effect | None:
    """Return what the record says of a driver on a mechanism; None of a half-life or a covariate of the user's own."""
    known = effect.covariate in RECORDS and effect.on in MECHANISMS
    return record_of(effect.covariate, effect.on) if known else None


def time_course(effect: DriverEffect) -> tuple[float, ...]:
    """Return the recorded means of `SPANS` on a mechanism; none where no record has them."""
    record = recorded(effect)
    if record is None or not record.cases:
        return ()
    found = [recorded_effects().of(record.kind, record.type, effect.on, span) for span in SPANS]
    return tuple(one.mean for one in found if one is not None) if all(found) else ()


def recorded_interval(record: Effect) -> tuple[float, float]:
    """Return the 90 % interval of a recorded effect, for an actor that was never seen."""
    return record.mean - NINETY * record.sd, record.mean + NINETY * record.sd


def record_document(effect: DriverEffect) -> dict[str, Any] | None:
    """Return what the record says of a driver as one object: kind and type, cases, actors, effect, course, source."""
    record = recorded(effect)
    if record is None:
        return None
    names = ("kind", "type", "weeks_from", "weeks_to", "mean", "spread", "se", "actors", "cases", "source")
    low, high = recorded_interval(record)
    return {name: getattr(record, name) for name in names} | {
        "low": low,
        "high": high,
        "course": list(time_course(effect)),
    }


def known_rows(effects: Iterable[DriverEffect], *, picture: bool = False) -> list[dict[str, Any]]:
    """Return a row for each driver: record, time course (with `picture` as numbers too), belief, data, placebo p."""
    listed: Sequence[DriverEffect] = tuple(effects)
    return [_row(effect, row, picture=picture) for effect, row in zip(listed, driver_rows(listed), strict=True)]


def moved_effects(effects: Iterable[DriverEffect], covariates: Iterable[str]) -> tuple[DriverEffect, ...]:
    """Return the effects of some covariates, half-lives left out."""
    wanted = set(covariates)
    return tuple(one for one in effects if one.covariate in wanted and one.on in MECHANISMS)


def named(record: Effect) -> str:
    """Return the events of a record in words, such as `ceasefire written` or `ceasefire end ran out`."""
    return f"{record.kind} {record.type}".strip().replace("_", " ")


def said(record: Effect) -> str:
    """Return the recorded effect with its interval, or that no record teaches it."""
    return with_interval(record.mean, *recorded_interval(record), "+z.1f") if record.cases else NOTHING


def _row(effect: DriverEffect, row: Mapping[str, str], *, picture: bool) -> dict[str, Any]:
    record, course = recorded(effect), time_course(effect)
    drawn: dict[str, Any] = {COURSE: list(course)} if picture else {}
    of_record = {
        AFTER: f"{named(record)}: {said(record)}" if record else "",
        **drawn,
        FIGURES: ", ".join(f"{mean:+z.1f}" for mean in course),
        CASES: f"{record.cases} of {record.actors} actors" if record and record.cases else "",
    }
    driver, *rest = row.items()
    return dict([driver]) | of_record | dict(rest)
