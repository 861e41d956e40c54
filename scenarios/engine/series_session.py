"""One series of a run, made ready to be asked again and again: the state, the random numbers and the baseline stay.

Every answer is that of `scenarios/engine/projection.py` with the standard seed, so it is the number that the command
prints for the same scenario; nothing is sampled.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import xarray as xr

from lull.data.calendar import target_end_date, week_end
from lull.model.forward.origin import state_of
from lull.model.forward.simulate import OriginState, RandomNumbers
from lull.model.runs.store import Run
from lull.scenarios.beliefs.assumed import as_believed
from lull.scenarios.beliefs.reader_beliefs import beliefs_in
from lull.scenarios.drivers.answer_parts import answer_parts
from lull.scenarios.engine.belief import Steps
from lull.scenarios.engine.projection import Projection, project
from lull.scenarios.engine.questions import Answer, Question, Rounds, answer_of, is_exact, weeks_needed
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.language.standard import HORIZON, SEED
from lull.scenarios.results.assembly import assembled, frame, steps_of
from lull.scenarios.results.document import DifferenceParts, ForecastDocument, PastWeek
from lull.scenarios.results.summary import past_weeks

CEASEFIRE = "ceasefire"
STEPS_KEPT = 4  # of as many weeks that questions are about


@dataclass(frozen=True)
class OpenRun:
    """A run read from the store: the state at the origin of all series, and what is known of their past weeks."""

    run: Run
    state: OriginState = field(repr=False)
    weekly: xr.Dataset = field(repr=False)
    past: tuple[PastWeek, ...] = field(repr=False)

    @property
    def origin_day(self) -> date:
        """The day that ends the last observed week."""
        return week_end(self.state.origin)

    @property
    def first_day(self) -> date:
        """The first day ahead: a scenario and a question begin there."""
        day: date = self.state.weeks[0].item()
        return day

    @property
    def last_day(self) -> date:
        """The last day that a question may ask about."""
        return target_end_date(self.state.origin, self.state.horizon)

    @property
    def ceasefire_end(self) -> date | None:
        """The last day of the ceasefire in force at the origin, as scheduled; None if none is in force.

        Where series have ceasefires of their own it is that of the first that has one; `of_series` has its own.
        """
        if CEASEFIRE not in self.state.covariates:
            return None
        place = self.state.covariates.index(CEASEFIRE)
        ahead = self.state.future_covariate[0, :, place]
        in_force = (self.state.carry[:, :, place] > 0).any(axis=0) & (ahead[:, 0] > 0)
        if not in_force.any():
            return None
        share = ahead[np.argmax(in_force)]
        last = int(np.argmax(np.append(share < 1, True)))  # the first week that it does not cover
        days = round(7 * float(share[last])) if last < share.size else 0
        return self.first_day + timedelta(days=7 * last + days - 1)

    def of_series(self, series: str) -> "OpenRun":
        """Return the run as it stands for one series: its ceasefire and covariates, where others have theirs."""
        return replace(self, state=self.state.select([series]))


@dataclass(frozen=True)
class BranchAnswer:
    """One way through a tree of branches: its probability, and the answer if it is gone."""

    title: str
    probability: float
    answer: Answer


def open_run(run: Run) -> OpenRun:
    """Return a run ready to be asked, weeks 1..`HORIZON` ahead. Takes about a second."""
    run = run.opened()
    tree = run.posterior()
    weekly = tree["weekly"].to_dataset()
    return OpenRun(run, state_of(run, horizon=HORIZON, tree=tree), weekly, tuple(past_weeks(weekly)))


@dataclass(frozen=True)
class SeriesSession:
    """One series of a run: `state` and `numbers` are those of the series alone, its paths the same as among all."""

    open_run: OpenRun
    series: str
    state: OriginState = field(repr=False)
    numbers: RandomNumbers = field(repr=False)
    baseline: Projection = field(repr=False)

    @classmethod
    def of(cls, opened: OpenRun, series: str) -> "SeriesSession":
        """Return the session of a series of the run."""
        state = opened.state.select([series])
        numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=state.horizon, seed=SEED)
        return cls(opened, series, state, numbers, project(baseline(), state, numbers))

    def project(self, scenario: Scenario) -> Projection:
        """Return the projection of a scenario. Raises `InputError` for what it cannot mean here."""
        if scenario.id == baseline().id:
            return self.baseline
        return project(self.believed(scenario), self.state, self.numbers)

    def believed(self, scenario: Scenario) -> Scenario:
        """Return a scenario with the chances and saliences of whose beliefs the run holds."""
        return as_believed(scenario, beliefs_in(self.open_run.run.record))

    def ask(self, question: Question, scenario: Scenario, projection: Projection | None = None) -> Answer:
        """Return the answer to a question; `projection` is that of the scenario, if it is at hand."""
        weeks_needed(question, self.state)
        scenario = self.believed(scenario)
        if not is_exact(question):
            return self.rounds.answer(question, scenario)
        return answer_of(question, scenario, self.state, [(projection or self.project(scenario), self.baseline)])

    def parts(self, question: Question, projection: Projection) -> DifferenceParts | None:
        """Return where the difference of an exact chance from the baseline comes from; None where there is none."""
        steps = self._steps(weeks_needed(question, self.state))
        return None if steps is None else answer_parts(question, projection, self.baseline, steps)

    @cached_property
    def _steps(self) -> Callable[[int], Steps | None]:
        """The baseline under other beliefs over weeks 1..h, made once: for all scenarios and questions of a week."""

        @lru_cache(maxsize=STEPS_KEPT)
        def steps(weeks: int) -> Steps | None:
            return steps_of(self._frame, self.baseline.under(self.state.up_to(weeks)))

        return steps

    def ways(self, question: Question, scenario: Scenario) -> tuple[BranchAnswer, ...]:
        """Return the answer on each way through a tree, none for a scenario without branches."""
        if not scenario.is_tree:
            return ()
        return tuple(
            BranchAnswer(leaf.title.removeprefix(f"{scenario.title}: "), probability, self.ask(question, leaf))
            for probability, leaf in self.believed(scenario).leaves()
        )

    def document(self, projections: Sequence[Projection]) -> ForecastDocument:
        """Return what projections of this series say, with the baseline, as charts and tables read it."""
        rest = [each for each in projections if each.scenario_id != self.baseline.scenario_id]
        whole = (self.baseline, *rest)
        return assembled(self._frame, whole, self._steps(self.state.horizon) if rest else None)

    @cached_property
    def rounds(self) -> Rounds:
        """The baseline's rounds of random numbers, made when the first question is asked that is counted on paths."""
        return Rounds.draw(self.state, seed=SEED)

    @cached_property
    def past(self) -> tuple[PastWeek, ...]:
        """The past weeks of the series."""
        return tuple(week for week in self.open_run.past if week.series == self.series)

    @cached_property
    def _frame(self) -> dict[str, Any]:
        """All of the document that no scenario changes."""
        return frame(self.open_run.run, self.state, self.past, seed=SEED)
