"""What each intervention adds to the model, by draw, series and week.

Days are counted from the first day of horizon 1; a window that covers part of a week counts by its share of the week's
seven days. Contributions add up, lasting states are followed day by day, and nothing that an intervention does not
name is touched. Arrays have the dims (draw|1, series|1, week): 1 where all draws or all series have the same.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.event_kinds import ENDINGS, STATES
from lull.data.events import MAX_SALIENCE
from lull.data.readers.cells import shown
from lull.data.schema import InputError, Problem, near
from lull.model.forward.simulate import ACTIVE, HALTED, OriginState, Push, RandomNumbers
from lull.scenarios.engine.events_on_record import days_alone, days_of, on_record, those_of
from lull.scenarios.engine.uncertain_draws import NEVER, draw_days, draw_sizes
from lull.scenarios.language import spec
from lull.scenarios.language.uncertain import Size, When

type Days = NDArray[np.int64]

LEAST_FACTOR = 1e-3  # an uncertain factor is held above it
STATE = "ceasefire"  # begins the names of the states that have drivers of how they ended
HAZARDS = {"intensity": "log_intensity", "halt_hazard": "halt_logit", "resumption_hazard": "resumption_logit"}

STANDS_IN = {"leader_removed": "deterrence", "patron": "pressure"}  # of a run without events of its own for that driver


def nameless(intervention: spec.Intervention) -> str:
    """Return an intervention as a text of all that its numbers depend on: the name of an event is none of it."""
    return intervention.model_dump_json(exclude={"name"} if isinstance(intervention, spec.Event) else None)


class Pushing:
    """A push in the making: `add` interventions, then take the `push`.

    `shift`, a share of 1, moves on the uniforms that decide the uncertain dates.
    """

    def __init__(self, state: OriginState, numbers: RandomNumbers, *, shift: float = 0.0) -> None:
        self.state = state
        self._shift = shift
        self.numbers = numbers
        self._started = set[str]()  # the lasting states that the scenario itself starts
        self._removed = set[str]()  # the events that it takes from the record
        self._push = {
            name: getattr(Push.none(covariates=len(state.covariates), horizon=state.horizon), name)
            for name in ("covariate", "log_intensity", "halt_logit", "resumption_logit", "forced_regime", "reporting")
        }

    def push(self) -> Push:
        """Return all that was added."""
        return Push(**self._push)

    def add(self, intervention: spec.Intervention) -> None:
        """Add one intervention. Raises `InputError` if the state does not allow it."""
        ways: dict[type, Callable[[Any], None]] = {
            spec.Ceasefire: self._ceasefire,
            spec.Event: self._event,
            spec.Covariate: self._covariate,
            spec.Regime: self._regime,
            spec.Scale: self._scale,
            spec.Anticipation: self._anticipation,
            spec.Reporting: self._reporting,
            spec.Removal: self._removal,
        }
        ways[type(intervention)](intervention)

    def days(self, when: When, key: str = "date") -> Days:
        """Return the day of each draw, (draw|1,). Raises `InputError` for a day that is not after the origin week."""
        uniform = (self.numbers.named(f"date {when.model_dump_json()}") + self._shift) % 1.0
        days = draw_days(when, self.state.origin, uniform)
        if (days < 0).any():
            first = self.state.weeks[0]
            found = str(first + days.min().astype("timedelta64[D]"))
            remedy = "A scenario says what happens after the origin."
            raise InputError(Problem(key, f"a day after the origin week, {first} or later", found, remedy))
        return days

    def window(self, lasting: spec.Lasting) -> tuple[Days, Days]:
        """Return the first and last day of each draw. Raises `InputError` if the last is before the first."""
        first = np.zeros(1, dtype=np.int64) if lasting.start is None else self.days(lasting.start, "start")
        last = np.full(1, NEVER) if lasting.until is None else self.days(lasting.until, "until")
        if (last < first).any():
            found = "an earlier one" if max(first.size, last.size) == 1 else "an earlier one in some draws"
            raise InputError(Problem("until", "a day from start on", found))
        return first, last

    def sizes(self, size: Size, intervention: spec.Intervention) -> Array:
        """Return the size of each draw, (draw|1, 1, 1)."""
        return draw_sizes(size, self.numbers.named(f"size {nameless(intervention)}"))[:, None, None]

    def cover(self, first: Days, last: Days) -> Array:
        """Return the share of each week's days from `first` to `last`, both included, (draw|1, 1, horizon)."""
        start = 7 * np.arange(self.state.horizon)
        first, last = first[:, None, None], last[:, None, None]
        days = np.minimum(last, start + 6) - np.maximum(first, start) + 1
        share: Array = np.maximum(days, 0) / 7.0
        return share

    def place(self, covariate: str, key: str = "covariate") -> int:
        """Return the place of a covariate. Raises `InputError` if the run has none of that name."""
        known = self.state.covariates
        if covariate not in known:
            remedy = near(covariate, known) if known else "It was fitted without events."
            raise InputError(Problem(key, "a covariate of the run", repr(covariate), remedy))
        return known.index(covariate)

    def scheduled(self, place: int) -> Array:
        """Return a covariate as scheduled, (draw|1, series|1, horizon)."""
        values = self.state.future_covariate[:, :, place]
        return values[:1] if (values == values[:1]).all() else values

    def series(self, names: Sequence[str]) -> Array:
        """Return 1 for the named series (none named: all) and 0 for the others, (series|1, 1)."""
        known = self.state.all_series or self.state.series
        if unknown := [name for name in names if name not in known]:
            found = ", ".join(shown(name) for name in unknown)
            raise InputError(Problem("series", "series of the run", found, near(unknown[0], known)))
        return np.array([[float(name in names)] for name in self.state.series]) if names else np.ones((1, 1))

    def _add(self, name: str, values: Array, series: Sequence[str]) -> None:
        self._push[name] = self._push[name] + values * self.series(series)

    def _add_covariate(self, place: int, values: Array, series: Sequence[str]) -> None:
        added, before = values * self.series(series), self._push["covariate"]
        shape = np.broadcast_shapes(before.shape, (*added.shape[:2], 1, 1))
        if before.shape != shape:  # it grows: from all draws alike to one for each
            self._push["covariate"] = np.array(np.broadcast_to(before, shape), order="C")
        self._push["covariate"][:, :, place] += added

    def _ceasefire(self, ceasefire: spec.Ceasefire) -> None:
        place = self.place(ceasefire.state, "state")
        share = self.scheduled(place) + self._push["covariate"][:, :, place]
        changed = self._followed(ceasefire, share, (self.state.carry[:, :, place] > 0).any(axis=0)[..., None])
        self._add_covariate(place, changed - share, ceasefire.series)
        self._ending(ceasefire)
        if ceasefire.action == "start":
            self._started.add(ceasefire.state)

    def _followed(self, ceasefire: spec.Ceasefire, share: Array, in_force: NDArray[np.bool_]) -> Array:
        """Return the share of each week in force once a ceasefire has taken its course, (draw|1, series|1, horizon).

        `in_force` (series|1, 1) says where it is at the origin.
        """
        date = np.zeros(1, dtype=np.int64) if ceasefire.date is None else self.days(ceasefire.date)
        until = np.full(1, NEVER) if ceasefire.until is None else self.days(ceasefire.until, "until")
        stated, ahead = self.cover(date, until), self.cover(np.zeros(1, dtype=np.int64), date - 1)
        goes_on = share if ceasefire.state in self._started else _for_good(share, in_force)
        if (until < date).any():
            raise InputError(Problem("until", "a day from date on", "an earlier one"))
        match ceasefire.action:
            case "start":
                return share + stated  # beside one in force it is another one, of other parties
            case "extend":
                changed = np.maximum(share, np.minimum(goes_on, stated))
            case "end":
                changed = np.minimum(goes_on, ahead * np.ceil(np.maximum(goes_on, 1.0)))
            case "collapse":
                changed = np.minimum(share, ahead * np.ceil(np.maximum(share, 1.0)))
        collapses = ceasefire.action == "collapse" and (date < 7 * self.state.horizon).any()
        meant = self.series(ceasefire.series) > 0
        if not (meant & (changed != share)).any() if collapses else not (meant & (in_force | (share != 0))).any():
            expected = f"a {ceasefire.state} in force that can {ceasefire.action}{' on that day' if collapses else ''}"
            raise InputError(Problem("date" if collapses else "action", expected, _share_words(share, self.state)))
        return changed

    def _ending(self, ceasefire: spec.Ceasefire) -> None:
        """Let a state end as the scenario has it: what was scheduled to end does not, what ends otherwise does."""
        if ceasefire.action != "start" and ceasefire.state.startswith(STATE):
            for how in (name for name in ENDINGS.values() if name in self.state.covariates):
                place = self.state.covariates.index(how)
                self._add_covariate(place, -self._ahead(place), ceasefire.series)
        how, day = ending_of(ceasefire)
        if day is not None and how in self.state.covariates:
            window = self.days(day, "date") + (ceasefire.until == day)
            self._add_impulse(np.ones((1, 1, 1)), (window, window), self.state.covariates.index(how), ceasefire.series)

    def _ahead(self, place: int) -> Array:
        """Return what impulses scheduled ahead add, without what was carried over before, (draw, series|1, horizon)."""
        keep = 2.0 ** (-np.arange(1, self.state.horizon + 1) / self.state.half_life[:, [place]])
        carried = self.state.carry[:, :, [place]] * keep[:, None]
        return np.asarray(self.state.future_covariate[:, :, place] - carried)

    def _event(self, event: spec.Event) -> None:
        known = event.dimension in self.state.covariates
        place = self.place(event.dimension if known else STANDS_IN.get(event.dimension, event.dimension), "dimension")
        first = self.days(event.date)
        last = first if event.until is None else self.days(event.until, "until")
        if (last < first).any():
            raise InputError(Problem("until", "a day from date on", "an earlier one"))
        weight = np.clip(self.sizes(event.salience, event), 0.0, MAX_SALIENCE) / MAX_SALIENCE
        self._add_impulse(weight, (first, last), place, event.series)

    def _add_impulse(self, weight: Array, window: tuple[Days, Days], place: int, series: Sequence[str]) -> None:
        """Add an impulse that is spread evenly over the days of a window, and what is carried over of it."""
        first, last = window
        impulse = weight * self.cover(first, last) * (7.0 / (last - first + 1))[:, None, None]
        self._add_covariate(place, self._carried(impulse, place), series)

    def _removal(self, removal: spec.Removal) -> None:
        for event in on_record(removal, self.state):
            if event.event_id in self._removed:
                continue
            place, series = self.place(event.dimension, "dimension"), those_of(event, removal)
            if event.dimension in STATES:
                others = [each for each in self.state.events if each.event_id not in self._removed | {event.event_id}]
                alone = days_alone(event, others, self.state)
                self._add_covariate(place, -alone.reshape(1, len(alone), -1, 7).mean(axis=-1), series)
            else:
                first, last = (np.array([day]) for day in days_of(event, self.state))
                weight = np.full((1, 1, 1), -event.salience / MAX_SALIENCE)
                self._add_impulse(weight, (first, last), place, series)
            self._removed.add(event.event_id)

    def _carried(self, impulse: Array, place: int) -> Array:
        """Return impulses carried over with the half-life of each draw, (draw, 1, horizon); a state is not carried."""
        half_life = self.state.half_life[:, place]
        keep = np.where(np.isnan(half_life), 0.0, 2.0 ** (-1.0 / np.where(np.isnan(half_life), 1.0, half_life)))
        values = np.empty((keep.size, 1, self.state.horizon))
        carry = np.zeros(keep.size)
        for week in range(self.state.horizon):
            carry = impulse[:, 0, week] + keep * carry
            values[:, 0, week] = carry
        return values

    def _covariate(self, covariate: spec.Covariate) -> None:
        place = self.place(covariate.covariate)
        first, last = self.window(covariate)
        scheduled, share = self.scheduled(place), self.cover(first, last)
        if covariate.factor is not None:
            change = share * (self.sizes(covariate.factor, covariate) - 1.0) * scheduled
        elif covariate.value is not None:
            if covariate.action == "ramp":
                middle = 7.0 * np.arange(self.state.horizon) + 3.5
                share = np.clip((middle - first[:, None, None]) / (last - first + 1)[:, None, None], 0.0, 1.0)
            change = share * (self.sizes(covariate.value, covariate) - scheduled)
        self._add_covariate(place, change, covariate.series)

    def _regime(self, regime: spec.Regime) -> None:
        forced = self.cover(*self.window(regime)) * self.series(regime.series) > 0
        value = ACTIVE if regime.regime == "active" else HALTED
        self._push["forced_regime"] = np.where(forced, np.int8(value), self._push["forced_regime"])

    def _scale(self, scale: spec.Scale) -> None:
        factor = np.maximum(self.sizes(scale.factor, scale), LEAST_FACTOR)
        values = self.cover(*self.window(scale)) * np.log(factor)
        self._add(HAZARDS[scale.kind], values, scale.series)

    def _anticipation(self, anticipation: spec.Anticipation) -> None:
        date = self.days(anticipation.date)
        share = self.cover(np.maximum(date - 7 * anticipation.weeks, 0), date - 1)
        factor = np.maximum(self.sizes(anticipation.factor, anticipation), LEAST_FACTOR)
        self._add("log_intensity", share * np.log(factor), anticipation.series)

    def _reporting(self, reporting: spec.Reporting) -> None:
        lost = self.cover(*self.window(reporting)) * (1.0 - reporting.share)
        self._push["reporting"] = self._push["reporting"] * (1.0 - lost * self.series(reporting.series))


def ending_of(ceasefire: spec.Ceasefire) -> tuple[str, When | None]:
    """Return the driver of how a state ends in a scenario, and its day: `date`, or the last one, `until`."""
    revoked = ceasefire.action == "end" and not ceasefire.state.startswith(STATE)
    if ceasefire.action == "collapse" or revoked:
        return ENDINGS["broken_off"], ceasefire.date
    return ENDINGS["ran_out"], ceasefire.date if ceasefire.action == "end" else ceasefire.until


def _for_good(share: Array, in_force: NDArray[np.bool_]) -> Array:
    """Return a state's weekly share if, once in force, it never ended, in the same shape."""
    begun = np.maximum.accumulate(share > 0, axis=-1) | in_force
    before = np.concatenate([np.broadcast_to(in_force, (*share.shape[:-1], 1)), begun[..., :-1]], axis=-1)
    return np.where(before, 1.0, share)


def _share_words(share: Array, state: OriginState) -> str:
    """Return in words when a state is in force."""
    weeks = np.flatnonzero((share > 0).any(axis=(0, 1)))
    if not weeks.size:
        return "none in force"
    return f"one in force in the weeks {state.weeks[weeks[0]]} to {state.weeks[weeks[-1]]}"
