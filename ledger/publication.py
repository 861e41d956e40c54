"""A forecast made ready for the ledger, and the rules of entering it: before the deadline, and before it is decided."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from lull.data import calendar
from lull.data.schema import InputError, Problem
from lull.ledger.baselines import baseline_of
from lull.ledger.entries import ALONE, About, Body, Comment, Counts, Entry, Key, OwnNumber, Published
from lull.ledger.journal import Ledger
from lull.ledger.outcomes import COUNTED, DECIDED_BY_COUNTS
from lull.ledger.own_numbers import checked_reader, checked_text
from lull.ledger.standing import standings
from lull.model.forward.origin import state_of
from lull.model.forward.simulate import RandomNumbers
from lull.model.runs.store import Run
from lull.model.spec import MAX_HORIZON
from lull.scenarios.engine.projection import Projection, project
from lull.scenarios.engine.question_grammar import ANY_ORIGIN, WITHIN, check_question, parse_question
from lull.scenarios.engine.questions import Answer, Question, ask, between, horizon_days, weeks_needed
from lull.scenarios.language.spec import BASELINE, Scenario
from lull.scenarios.language.standard import SEED
from lull.scenarios.presentation.answer_words import question_text
from lull.scenarios.results.evidence_used import known_to

UNUSABLE = "unusable"
CONDITIONS = {
    "any attack": "at least one attack",
    "resumption": "at least one attack",
    "in a week": "a week with at least {count}",
    "in total": "at least {count} in total",
    "sustained": "at least {count} a week for {weeks} consecutive weeks",
}


@dataclass(frozen=True)
class Terms:
    """What a publication says besides the forecast: the rule of its resolution (empty: the usual one), and by whom."""

    rule: str = ""
    reader: str = ALONE


@dataclass(frozen=True)
class Asked:
    """A question, its answer under a scenario, and the projection of that."""

    question: Question
    answer: Answer
    scenario: Scenario
    projection: Projection


def publication(
    run: Run, text: str, *, series: str, scenario: Scenario, deadline: date | None, terms: Terms
) -> Published:
    """Return the forecast of a run as it is published. Raises `InputError` for what cannot be asked or decided."""
    run = run.opened()
    state = state_of(run, horizon=MAX_HORIZON)
    question = asked_question(_with_deadline(text, deadline), origin=state.origin, deadline=deadline)
    only = state.series[0] if len(state.series) == 1 else ""
    answer = ask(question, scenario, state, series=series or only, seed=SEED)
    state = state.select([answer.series]).up_to(weeks_needed(question, state))
    numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=state.horizon, seed=SEED)
    return published_of(run, Asked(question, answer, scenario, project(scenario, state, numbers)), terms)


def check_asked(text: str, deadline: date | None) -> None:
    """Raise `InputError` for what cannot be published whatever the run says: before it is made, not after."""
    words = _with_deadline(text, deadline)
    if WITHIN.search(words.casefold()):
        check_question(words)
        return
    question = asked_question(words, origin=ANY_ORIGIN, deadline=deadline)
    if problem := why_closed((), Key(question.text, "", question.by)):
        raise InputError(problem)


def asked_question(text: str, *, origin: calendar.Week, deadline: date | None = None) -> Question:
    """Return the question of a text in the words that name it in a ledger.

    Raises `InputError` for one that counts do not decide, or whose own day is not the deadline.
    """
    question = parse_question(text, origin=origin)
    if question.kind not in DECIDED_BY_COUNTS:
        remedy = "Ask about attacks: any attack, resumption, at least N in a week, total at least N."
        raise InputError(Problem("question", "a question that weekly counts decide", repr(text), remedy))
    if deadline is not None and deadline != question.by:
        remedy = "The deadline is the day that the question names: leave one of the two out."
        raise InputError(Problem("--deadline", f"{question.by}, as in the question", str(deadline), remedy))
    words = question_text(question.kind, question.by, count=question.count, weeks=question.weeks)
    return replace(question, text=words, when=False)


def _with_deadline(text: str, deadline: date | None) -> str:
    """Return a question that names its day: the deadline, where it names none."""
    words = " ".join(text.split()).rstrip("?. ")
    names_day = " by " in f" {words.casefold()} " or WITHIN.search(words.casefold())
    return text if deadline is None or names_day else f"{words} by {deadline}"


def published_of(run: Run, asked: Asked, terms: Terms) -> Published:
    """Return an answer as it is published; `run` is open."""
    question, answer, scenario = asked.question, asked.answer, asked.scenario
    since = asked.projection.state.weeks[0].astype("datetime64[D]").item()
    under = scenario.id != BASELINE
    return Published(
        question=question.text,
        series=answer.series,
        deadline=question.by,
        asked=question.kind,
        since=since,
        rule=checked_text("--resolution", terms.rule) or usual_rule(question, answer.series, since),
        scenario=scenario.id,
        scenario_title=scenario.title if under else "",
        premise=scenario.premise.statement if under and scenario.premise else "",
        assumptions=scenario.model_dump(mode="json", exclude_defaults=True) if under else None,
        chance=min(1.0, max(0.0, answer.probability)),
        scheduled=min(1.0, max(0.0, answer.baseline)),
        counts=_counts(question, asked.projection),
        baseline=baseline_of(run.posterior(), question, answer, asked.projection),
        run_id=run.run_id,
        evidence=_checksums(run),
        known_to=known_to(run.record),
        grade=str(run.record["grade"]),
        reader=checked_reader(terms.reader),
    )


def usual_rule(question: Question, series: str, since: date) -> str:
    """Return how a question is decided if nobody says otherwise."""
    condition = CONDITIONS[question.kind].format(count=question.count, weeks=question.weeks)
    return (
        f"Yes if the weekly counts of {series} show {condition} from {since} to {question.by}, both days included. "
        "No if every one of these days is known and they do not. Void if the source ends before the deadline, or if "
        "weeks that are missing or only in part within these days decide."
    )


def _counts(question: Question, projection: Projection) -> Counts | None:
    """Return the distribution of the attacks of all days asked about, where the question is about these."""
    if question.kind not in COUNTED:
        return None
    week = weeks_needed(question, projection.state)
    share = (horizon_days(question, projection.state) - 7 * (week - 1)) / 7.0
    return Counts.of(between(projection.paths.cumulated[:, 0].astype(float), week, share))


def _checksums(run: Run) -> dict[str, str]:
    """Return the checksums of the files that a run was made from."""
    evidence = run.record.get("plan", {}).get("evidence", {})
    names = ("reports", "counts", "events", "covariates", "completeness")
    return {name: str(evidence[name]) for name in names if evidence.get(name)}


def register(ledger: Ledger, body: Published, *others: Body) -> tuple[Entry, ...]:
    """Enter a publication and what comes with it, all or none.

    Raises `InputError` after the deadline, if the run's data reach it, if it is decided already, or if the run may not
    be used.
    """
    if body.grade == UNUSABLE:
        remedy = "Fit it again with more draws: a forecast that may not be used is not published."
        raise InputError(Problem(f"run {body.run_id}", "a run that may be used", "an unusable one", remedy))
    if body.known_to >= body.deadline:
        found = f"data known to {body.known_to}"
        raise InputError(Problem("question", f"data that end before the deadline {body.deadline}", found))
    return ledger.extend(lambda entries: _while_open(entries, (body, *others)))


def enter_number(ledger: Ledger, number: OwnNumber) -> Entry:
    """Enter a reader's own number. Raises `InputError` after the deadline, or if the question is decided."""
    (entry,) = ledger.extend(lambda entries: _while_open(entries, (number,)))
    return entry


def enter_comment(ledger: Ledger, comment: Comment) -> Entry:
    """Enter a comment, at any time. Raises `InputError` if it cannot be written."""
    (entry,) = ledger.append(comment)
    return entry


def why_closed(entries: Iterable[Entry], key: Key) -> Problem | None:
    """Return why nothing more may be forecast of a question, None while it may."""
    today = calendar.today()
    if today > key.deadline:
        remedy = "A forecast is registered before its outcome can be known: ask about a later day."
        return Problem("question", f"a deadline that has not passed on {today}", str(key.deadline), remedy)
    decided = [one for one in standings(entries) if one.key == key and one.outcome != "open"]
    if decided:
        return Problem("question", "one that is not decided yet", f"{key.question!r}, decided: {decided[0].outcome}")
    return None


def _while_open(entries: tuple[Entry, ...], bodies: tuple[Body, ...]) -> tuple[Body, ...]:
    for key in {one.key for one in bodies if isinstance(one, About)}:
        if problem := why_closed(entries, key):
            raise InputError(problem)
    return bodies
