"""What is watched and what the run of today says of it: the questions of the file and of the ledger, and premises."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from lull.data.calendar import WEEK, Week, week_end, week_of
from lull.data.schema import InputError
from lull.ledger.standing import Standing
from lull.model.runs.store import Run
from lull.scenarios.engine.premise_check import NewerData, Verdict, judge
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import BASELINE, Scenario, baseline
from lull.scenarios.results.answer_table import answer_of_run
from lull.watch.incoming import Incoming
from lull.watch.watch_file import Watch


@dataclass(frozen=True)
class Watched:
    """A question that is asked at each pass; `published`: the chance that the ledger has of it, None of the file's."""

    text: str
    series: str
    scenario: Scenario
    threshold: float
    published: float | None = None

    @property
    def key(self) -> str:
        """What names it from pass to pass."""
        return f"{self.text} | {self.series} | {self.scenario.id}"

    @property
    def is_published(self) -> bool:
        """Whether it is a question of the ledger."""
        return self.published is not None


@dataclass(frozen=True)
class AnswerNow:
    """The answer of today: `chance` under the scenario, `baseline` without it; None of a question that is over."""

    watched: Watched
    by: date
    chance: float | None
    baseline: float | None = None


@dataclass(frozen=True)
class PremiseNow:
    """The premise of a scenario today; `since` is the last week that the scenario's forecast knew."""

    scenario: Scenario
    since: Week
    verdict: Verdict


def scenarios_of(watch: Watch) -> dict[str, Scenario]:
    """Return the scenarios of the file by the name it calls them: of the library, or a file beside it.

    Raises `InputError` for one that is not there.
    """
    names = (*watch.file.forecast.scenarios, *(one.scenario for one in watch.file.questions))
    files = {name: watch.path(name) for name in names if name.endswith((".toml", ".json"))}
    return {name: find_scenario(files.get(name, name)) for name in dict.fromkeys(names)}


def watched(watch: Watch, scenarios: Mapping[str, Scenario], published: Sequence[Standing]) -> tuple[Watched, ...]:
    """Return what is asked: questions of the ledger of which nothing is decided, and those of the file; each once."""
    usual = watch.file.alerts.threshold
    of_ledger = [
        Watched(one.key.question, one.key.series, _assumed(one), usual, one.latest.body.chance) for one in published
    ]
    chances = {one.key: one.published for one in of_ledger}
    own = [
        Watched(one.text, one.series, scenarios[one.scenario], one.threshold or usual) for one in watch.file.questions
    ]
    own = [replace(one, published=chances.get(one.key)) for one in own]
    return tuple({one.key: one for one in (*of_ledger, *own)}.values())


def answers(asked: Sequence[Watched], run: Run, *, seed: int) -> Iterator[AnswerNow]:
    """Yield the answers of a run, in the order asked. Raises `InputError` for a question that it cannot mean.

    A published question whose scenario cannot be meant any more, since its days have passed, has no answer.
    """
    run = run.opened()
    for one in asked:
        by = parse_question(one.text, origin=run.origin).by
        if by <= week_end(run.origin):
            yield AnswerNow(one, by, None)
            continue
        try:
            answer = answer_of_run(one.text, one.scenario, run, series=one.series or None, seed=seed)
        except InputError:
            if one.published is None or one.scenario.id == BASELINE:
                raise
            yield AnswerNow(one, by, None)
            continue
        yield AnswerNow(one, by, answer.probability, answer.baseline)


def premises(
    scenarios: Sequence[Scenario], published: Sequence[Standing], known: Mapping[str, Week], run: Run, data: Incoming
) -> Iterator[PremiseNow]:
    """Yield the state of each premise; `known` are the weeks since which scenarios of earlier passes are watched."""
    since = {one.id: (one, known.get(one.id, run.origin)) for one in scenarios}
    for standing in published:
        scenario, first = _assumed(standing), standing.latest.body.since
        since.setdefault(scenario.id, (scenario, week_of(first, run.origin) - WEEK))
    for scenario, week in since.values():
        if scenario.premise is not None:
            newer = NewerData(data.events, data.counts, np.datetime64(week, "D"), data.as_of)
            yield PremiseNow(scenario, week, judge(scenario.premise, newer))


def _assumed(standing: Standing) -> Scenario:
    """Return the scenario of a published forecast."""
    assumed = standing.latest.body.assumptions
    return Scenario.model_validate(assumed) if assumed else baseline()
