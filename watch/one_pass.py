"""One pass of a watch, for cron or a loop: data, fit, premises, questions, what is due, what changed, whom to tell.

Two passes at once are refused. A pass that is interrupted resumes: a fit that was finished is in the store, what was
found is found again, and what was written down as found is sent by the next pass.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np

from lull.data.calendar import Week, today
from lull.data.files import held_if_free, unwritable
from lull.data.schema import InputError, Problem
from lull.ledger.entries import Decided, Entry
from lull.ledger.journal import Ledger, open_ledger
from lull.ledger.resolution import Newer, resolve
from lull.ledger.standing import Standing, open_questions
from lull.model.fitting.fit import FitPlan, Progress, usual_config
from lull.model.runs.store import Run, Store, content_id
from lull.scenarios.language.spec import Scenario
from lull.scenarios.results.evidence_used import known_to
from lull.watch.answers_now import answers, premises, scenarios_of, watched
from lull.watch.briefing import with_briefing
from lull.watch.channels import Channel, channels
from lull.watch.comparison import Changes, changes, remembered
from lull.watch.current_fit import current_run
from lull.watch.delivery import deliver
from lull.watch.digest import Pass, write_pass
from lull.watch.incoming import Incoming, incoming
from lull.watch.past_pass import FOLDER, Message, State, read_state, write_state
from lull.watch.watch_file import Watch

UNUSABLE = "The fit did not converge: its answers are not compared with the last ones, and nobody is alerted."


@dataclass(frozen=True)
class Surroundings:
    """What a pass has around it: the store, the day (None: today), and who hears of progress."""

    store: Store
    day: date | None
    progress: Progress


def one_pass(watch: Watch, around: Surroundings) -> Pass:
    """Return what a pass did, after its files were written and its messages sent.

    Raises `InputError` for data, a scenario or a question that cannot be used, and while another pass is at work.
    """
    with _alone(watch):
        tell, scenarios = channels(watch), scenarios_of(watch)
        last = read_state(watch.out)
        day = around.day or today()
        data = incoming(watch, as_of=day, cut=around.day is not None, progress=around.progress)
        run, how = current_run(_plan(watch, data), around.store, progress=around.progress)
        around.progress("ask the questions", 0, 1)
        ledger = open_ledger(around.store)
        run = run.opened()
        ours, notes = _ours(ledger, run)
        found = _found(watch, (*scenarios.values(),), last, ours, (run, data, day))
        decided = _decided(ledger, data, last, wait=watch.file.data.wait_days)
        reported = (*data.notes, *notes), tuple(map(str, ledger.problems()))
        done = Pass(day, run, how, not last.passes, found, decided, (), *reported)
        done = with_briefing(watch, done, (*scenarios.values(),), progress=around.progress)
        return _delivered(watch, done, last, tell, entries=max((one.number for one in ledger.entries()), default=0))


@contextmanager
def _alone(watch: Watch) -> Iterator[None]:
    """Hold the watch. Raises `InputError` while another pass does, and for a folder that cannot be written."""
    with ExitStack() as held:
        try:
            free = held.enter_context(held_if_free(watch.out / FOLDER))
        except OSError as error:
            raise unwritable(watch.out, error, "Name another folder as dir of [output].") from error
        if not free:
            expected, remedy = "no other pass of this watch", "Wait until it has ended."
            raise InputError(Problem(str(watch.out), expected, "one that is at work", remedy))
        yield


def _plan(watch: Watch, data: Incoming) -> FitPlan:
    """Return the fit that the watch asks for."""
    asked, usual = watch.file.forecast, usual_config(data.evidence)
    config = replace(usual, draws=asked.draws or usual.draws, tune=asked.tune or usual.tune)
    return FitPlan(data.evidence, config=config, seed=asked.seed)


def _ours(ledger: Ledger, run: Run) -> tuple[Sequence[Standing], tuple[str, ...]]:
    """Return the open published questions about series of the run, and a note of those about others."""
    known = {str(name) for name in run.posterior()["posterior"]["series"].to_numpy()}
    every = open_questions(ledger)
    others = sorted({one.key.series for one in every} - known)
    note = f"Published questions about other series are not asked here: {', '.join(others)}."
    return [one for one in every if one.key.series in known], (note,) if others else ()


def _found(
    watch: Watch,
    scenarios: Sequence[Scenario],
    last: State,
    still_open: Sequence[Standing],
    now: tuple[Run, Incoming, date],
) -> Changes:
    """Return what the run of today says beside what the last pass left."""
    run, data, day = now
    asked = watched(watch, scenarios_of(watch), still_open)
    said = list(answers(asked, run, seed=watch.file.forecast.seed))
    since: dict[str, Week] = {name: np.datetime64(kept.since, "D") for name, kept in last.premises.items()}
    judged = list(premises(scenarios, still_open, since, run, data))
    return changes(said, judged, last, today=day, quiet_days=watch.file.alerts.quiet_days)


def _decided(ledger: Ledger, data: Incoming, last: State, *, wait: int) -> tuple[Entry, ...]:
    """Enter what the data decide of published questions; return all decisions that no pass has reported."""
    before = max((one.number for one in ledger.entries()), default=0)
    if before and data.counts is not None:
        resolve(ledger, Newer(data.counts, data.checksum, data.as_of, data.events, wait))
    seen = before if last.entries is None else last.entries
    return tuple(one for one in ledger.entries() if one.number > seen and isinstance(one.body, Decided))


def _delivered(watch: Watch, done: Pass, last: State, tell: Sequence[Channel], *, entries: int) -> Pass:
    """Return the pass after its files were written, its memory kept and its messages sent."""
    kept = tuple(one for one in last.outbox if not one.is_settled)
    if not done.usable:
        done = replace(done, problems=(*done.problems, UNUSABLE))
        state = last.model_copy(update={"outbox": kept})
    else:
        new = _message(done, tell)
        state = remembered(done.found, last, today=done.day)
        state = state.model_copy(update={"outbox": (*kept, *new), "entries": entries})
    write_pass(replace(done, messages=state.outbox), watch.out)
    write_state(watch.out, state)
    state, problems = deliver(state, tell, partial(write_state, watch.out))
    done = replace(done, messages=state.outbox, problems=(*done.problems, *problems))
    write_pass(done, watch.out)
    return done


def _message(done: Pass, tell: Sequence[Channel]) -> tuple[Message, ...]:
    """Return the message of a pass, none if nothing is to be reported or there is nobody to report to."""
    reported = done.found.to_report
    if not reported or not tell:
        return ()
    moved = f"{len(reported)} change" + ("s" if len(reported) > 1 else "")
    parts = {"day": str(done.day), "reported": list(reported), "run": done.run.run_id}
    return (
        Message(
            id=content_id(parts),
            day=done.day,
            subject=f"Lull: {moved} in what is watched",
            sentences=reported,
            run_id=done.run.run_id,
            known_to=known_to(done.run.record),
            channels={channel.name: "due" for channel in tell},
        ),
    )
