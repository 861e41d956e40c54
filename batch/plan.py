"""A batch plan becomes tasks: each one fit and what is projected from it, named by the hash of all that decides it.

The invariant: a task's id is the run id of the store, so `lull fit` and every batch that asks the same share the run;
the tasks stand in the order of the plan, each once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from lull.batch.plan_file import PlanFile, Variant, read_plan_file
from lull.data.calendar import WEEK, Week, horizon_of, last_complete_week, target_end_date, week_end, week_of
from lull.data.evidence import Evidence, counts_of, read_evidence
from lull.data.integrity.checksums import is_intact
from lull.data.schema import InputError, Problem, near
from lull.model.fitting.fit import FitPlan, usual_config
from lull.model.runs.store import Run, Store, content_id
from lull.model.spec import MAX_HORIZON, ModelSpec
from lull.scenarios.beliefs.assumed import as_believed
from lull.scenarios.beliefs.belief_file import beliefs_from, read_beliefs
from lull.scenarios.beliefs.believed_plan import plan_believing
from lull.scenarios.beliefs.reader_beliefs import Beliefs
from lull.scenarios.engine.question_grammar import ANY_ORIGIN, parse_question
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.section_files import place
from lull.scenarios.language.spec import Scenario
from lull.scenarios.results.forecast_cache import Request

UNUSABLE = "unusable"
USUAL = "usual"  # the model where a plan names no variants
EVERY = ("*",)
LISTED = 20  # names of series that a message spells out
TABLES, ANSWERS = "tables", "answers"  # in a run's folder: what batches made


@dataclass(frozen=True)
class Task:
    """One fit and its forecast: `plan` decides the run, `request` what is projected from it.

    `origin` is the first day of the origin week; `questions` are asked of the run under each scenario of the request.
    An unusable fit is repeated up to `retries` times, each a run of its own with twice the draws; the last counts.
    """

    plan: FitPlan = field(repr=False)
    request: Request = field(repr=False)
    variant: str
    series: tuple[str, ...]
    origin: date
    run_id: str
    questions: tuple[str, ...] = ()
    retries: int = 0

    @property
    def label(self) -> str:
        """The task in words: series, origin, and the variant if it is not the usual one."""
        named = "; ".join(self.series) if self.series else "all series"
        return f"{named} · {self.origin}" + ("" if self.variant == USUAL else f" · {self.variant}")

    @property
    def origin_date(self) -> date:
        """The day that ends the origin week."""
        return week_end(self.origin)

    @property
    def files(self) -> tuple[str, ...]:
        """What the task leaves in the folder of its run: the forecast table, and the answers if anything is asked."""
        table = f"{TABLES}/{self.request.key}.parquet"
        if not self.questions:
            return (table,)
        return table, f"{ANSWERS}/{content_id({'request': self.request.key, 'questions': self.questions})}.parquet"

    def table(self, store: Store) -> Path:
        """Return where the forecast table of this task is, or will be."""
        return store.folder / self.run_id / self.files[0]

    def answers(self, store: Store) -> Path | None:
        """Return where the answers are, or will be; None if nothing is asked."""
        return store.folder / self.run_id / self.files[1] if self.questions else None

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The ids of the runs of all attempts, whether they are needed or not."""
        return (self.run_id, *self.again().run_ids) if self.retries else (self.run_id,)

    def again(self) -> "Task":
        """Return the next attempt: the same fit with twice the draws, after twice the tuning."""
        usual = self.plan.config
        plan = replace(self.plan, config=replace(usual, draws=2 * usual.draws, tune=2 * usual.tune))
        return replace(self, plan=plan, run_id=content_id(plan.identity()), retries=self.retries - 1)

    def counting(self, store: Store) -> "Task":
        """Return the attempt that counts: the first that is still to be made, or is not to be repeated."""
        run = store.find(self.run_id) if self.retries else None
        return self.again().counting(store) if run and is_worth_another(run) else self

    def run(self, store: Store) -> Run | None:
        """Return the run that counts if it is in the store."""
        return store.find(self.counting(store).run_id)

    def finished(self, store: Store) -> bool:
        """Return whether nothing is left to do. Raises `InputError` for a run that a newer version made."""
        folder = store.folder / self.counting(store).run_id
        return self.run(store) is not None and all(is_intact(folder / name) for name in self.files)


def is_worth_another(run: Run) -> bool:
    """Return whether a fit is unusable and more draws may mend it: reports that leave the counts open, they do not."""
    settled = run.record.get("evidence", {}).get("settled", {}).get("counts")
    return bool(run.record["grade"] == UNUSABLE and settled != UNUSABLE)


@dataclass(frozen=True)
class Batch:
    """The tasks of a plan in its order, each once, and where their tables go."""

    path: Path
    tasks: tuple[Task, ...]
    out: Path

    @property
    def batch_id(self) -> str:
        """The hash of what is asked and of where the answer goes."""
        named = [(task.run_id, *task.files) for task in self.tasks]
        return content_id({"tasks": named, "out": str(self.out)})

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the models, in the order of the plan."""
        return tuple(dict.fromkeys(task.variant for task in self.tasks))


def read_batch(path: Path) -> Batch:
    """Return the tasks of a plan. Raises `InputError` with every problem of the plan and of what it names.

    Files and folders are named from the plan's own folder.
    """
    file, text = read_plan_file(path)
    plan = _Plan(path, text, file)
    scenarios, evidence = plan.scenarios(), plan.evidence()
    series = plan.series(evidence) if evidence else ()
    origins = plan.origins(evidence) if evidence else ()
    plan.check_questions(origins)
    beliefs = plan.beliefs or Beliefs()
    if plan.problems or evidence is None:
        raise InputError(plan.problems)
    assumed = [as_believed(each, beliefs) for each in scenarios]
    request = Request.of(assumed, horizon=file.run.horizon, seed=file.run.seed)
    found = {task.run_id: task for task in plan.tasks(evidence, series, origins, request)}
    return Batch(path.absolute(), tuple(found.values()), (path.parent / file.output.dir).absolute())


@dataclass(frozen=True)
class Cut:
    """The first day of the origin week, and how the evidence is cut to it."""

    week: date
    origin: date | None = None
    as_of: date | None = None


@dataclass
class _Plan:
    """A plan being read, and what is wrong with it."""

    path: Path
    text: str
    file: PlanFile
    problems: list[Problem] = field(default_factory=list)

    def tasks(
        self, evidence: Evidence, series: tuple[tuple[str, ...], ...], origins: tuple[Cut, ...], request: Request
    ) -> Iterator[Task]:
        """Yield the tasks: by variant, series and origin."""
        for variant in self.file.variants or (Variant(name=USUAL),):
            for names in series:
                for cut in origins:
                    own = replace(evidence, series=names, origin=cut.origin, as_of=cut.as_of)
                    plan = self._fit(own, variant)
                    run_id = content_id(plan.identity())
                    yield Task(plan, request, variant.name, names, cut.week, run_id, self._asked, self.file.fit.retries)

    def scenarios(self) -> list[Scenario]:
        """Return the scenarios; a file is looked for in the plan's folder."""
        found = []
        for name in self.file.run.scenarios:
            own = self.path.parent / name
            named = own if own.is_file() else name
            found.append(self._heard(partial(find_scenario, named), "scenarios"))
        return [one for one in found if one is not None]

    @cached_property
    def beliefs(self) -> Beliefs | None:
        """The beliefs that the plan names, None if it names none or they cannot be read."""
        if self.file.priors is None:
            return None
        if self.file.priors.file:
            return self._heard(partial(read_beliefs, self.path.parent / self.file.priors.file), "file", "priors")
        said = self.file.priors.model_dump(exclude_none=True)
        return self._heard(partial(beliefs_from, said, self.text, str(self.path), below=("priors",)), "")

    def check_questions(self, origins: Sequence[Cut]) -> None:
        """Gather what is wrong with the questions: their words, or a day that does not lie ahead of every origin."""
        for text in self._asked:
            if self._heard(partial(parse_question, text, origin=ANY_ORIGIN), "questions"):
                for cut in origins:
                    self._heard(partial(_check_day, text, np.datetime64(cut.week, "D")), "questions")

    @property
    def _asked(self) -> tuple[str, ...]:
        """The questions, each once."""
        return tuple(dict.fromkeys(self.file.run.questions))

    def evidence(self) -> Evidence | None:
        """Return the files of all series; None if one of them cannot be read."""
        data = self.file.data
        kinds = ("counts", "reports", "events", "covariates", "completeness", "previous")
        names = {name: getattr(data, name) for name in kinds}
        paths = {name: (self.path.parent / file).absolute() for name, file in names.items() if file}
        evidence = Evidence(**paths, faction=data.faction, fill_zeros=data.fill_zeros)
        known = self._heard(lambda: read_evidence(evidence), "")
        return evidence if known else None

    def series(self, evidence: Evidence) -> tuple[tuple[str, ...], ...]:
        """Return the series of each fit; an empty name list is all of them."""
        named = self.file.data.series
        if evidence.counts is None:
            return ((),)
        known = counts_of(evidence).series
        at = place(self.path, self.text, "data", "series")
        wrong = [name for name in named if name not in known] if named != EVERY else []
        self.problems += [Problem(at, "a series of the counts", repr(name), _near(name, known)) for name in wrong]
        if self.file.fit.mode == "pooled":
            return ((),) if named == EVERY else (tuple(dict.fromkeys(named)),)
        return tuple((name,) for name in dict.fromkeys(known if named == EVERY else named) if name in known)

    def origins(self, evidence: Evidence) -> tuple[Cut, ...]:
        """Return the last week that counts and the day of knowledge of each fit, in the order of the plan."""
        rule = self.file.origins
        latest = read_evidence(evidence).origin
        if rule.as_of:
            return self._known_on(rule.as_of, evidence, latest)
        days = rule.dates or [(latest - WEEK * rule.every * back).item() for back in reversed(range(rule.last or 1))]
        at = place(self.path, self.text, "origins", "dates" if rule.dates else "last")
        for day in days:
            if week_of(day, latest) > latest:
                self.problems.append(Problem(at, f"a day up to {week_end(latest)}, where the data end", str(day)))
        if (
            days
            and evidence.counts is not None
            and week_of(min(days), latest) < (first := counts_of(evidence).weeks[0])
        ):
            self.problems.append(Problem(at, f"days from {first} on, where the data begin", str(min(days))))
            return ()
        weeks = [week_of(day, latest) for day in days]  # what reports published later say was not known there
        return tuple(Cut(week.item(), week.item(), week_end(week) if evidence.reports else None) for week in weeks)

    def _known_on(self, days: Sequence[date], evidence: Evidence, latest: Week) -> tuple[Cut, ...]:
        """Return a cut for each week that days of knowledge end in: the tables name an origin by its week.

        Two days of one week are one fit where all that is known is counts; else nothing tells them apart.
        """
        cuts: dict[date, Cut] = {}
        at = place(self.path, self.text, "origins", "as_of")
        for day in dict.fromkeys(days):
            week = min(latest, last_complete_week(day, latest)).item()
            first = cuts.setdefault(week, Cut(week, as_of=day)).as_of
            if first != day and (evidence.reports or evidence.events):
                found = f"{first} and {day}, both with the origin week to {week_end(week)}"
                remedy = "The tables would hold that week twice: write a plan for each day."
                self.problems.append(Problem(at, "one day of knowledge for each origin week", found, remedy))
        return tuple(cuts.values())

    def _fit(self, evidence: Evidence, variant: Variant) -> FitPlan:
        """Return the fit of some evidence by a variant."""
        usual, chosen = usual_config(evidence), self.file.fit
        config = replace(usual, draws=chosen.draws or usual.draws, tune=chosen.tune or usual.tune)
        spec = ModelSpec(pooling=chosen.mode, **variant.model_dump(exclude={"name"}))
        plan = FitPlan(evidence, spec=spec, config=config, seed=self.file.run.seed)
        return plan_believing(plan, self.beliefs or Beliefs())

    def _heard[T](self, call: Callable[[], T], key: str, section: str = "run") -> T | None:
        """Return what a call returns; None if it finds problems, which are gathered with where the plan says so."""
        try:
            return call()
        except InputError as error:
            at = f"{place(self.path, self.text, section, key)}: " if key else ""
            self.problems += [replace(problem, where=f"{at}{problem.where}") for problem in error.problems]
            return None


def _check_day(text: str, origin: np.datetime64) -> None:
    """Raise `InputError` if the day that a question asks about does not lie ahead of an origin."""
    by = parse_question(text, origin=origin).by
    if not 1 <= horizon_of(by, origin) <= MAX_HORIZON:
        expected = f"a day after {week_end(origin)} and up to {target_end_date(origin, MAX_HORIZON)}"
        raise InputError(Problem(f"question {text!r}", expected, str(by), "`within N weeks` counts from each origin."))


def _near(name: str, known: Sequence[str]) -> str:
    """Return the nearest series; of many, no list."""
    hint = near(name, known)
    return hint if hint.startswith("Did you mean") or len(known) <= LISTED else f"The file has {len(known)} series."
