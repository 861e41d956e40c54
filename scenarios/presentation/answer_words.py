"""Questions and answers in plain words, rounded to what the draws support."""

from datetime import date
from typing import TYPE_CHECKING

from lull.scenarios.language.spec import BASELINE, Reporting, Scenario
from lull.scenarios.presentation.wording import (
    MINUS,
    NO_CHANGE_CELL,
    difference_in_points,
    glued,
    literal,
    moved_points,
    percent,
    points_interval,
)

if TYPE_CHECKING:
    from lull.scenarios.engine.questions import Answer, Kind, Question

KINDS: "dict[Kind, str]" = {
    "any attack": "at least one attack",
    "resumption": "a resumption: the group is active again",
    "in a week": "a week with at least N attacks",
    "in total": "at least N attacks in total",
    "sustained": "at least N attacks in each of M weeks running",
    "halted share": "share of the weeks spent in a pause",
}
ATTACK, CLAIMED = "attack", "claimed attack"  # what is counted
LARGE_ERROR = 0.01  # of a probability: worth a word of its own


def question_text(kind: "Kind", by: date, *, count: int = 1, weeks: int = 1) -> str:
    """Return the question in the words that `lull ask` reads."""
    return {
        "any attack": f"any attack by {by}",
        "resumption": f"resumption by {by}",
        "in a week": f"at least {count} in a week by {by}",
        "in total": f"total at least {count} by {by}",
        "sustained": f"at least {count} in each of {weeks} weeks by {by}",
        "halted share": f"share of weeks halted by {by}",
    }[kind]


def asked_words(question: "Question", *, of: str = ATTACK) -> str:
    """Return what is asked as the end of a sentence: `the chance of a resumption by 1 March 2025`.

    `of` is what is counted, an attack or a claimed one.
    """
    by, count = f"{question.by:%-d %B %Y}", question.count
    attacks = of if count == 1 else f"{of}s"
    return {
        "any attack": f"the chance of at least one {of} by {by}",
        "resumption": f"the chance of a resumption by {by}",
        "in a week": f"the chance of a week with at least {count} {attacks} by {by}",
        "in total": f"the chance of at least {count} {attacks} in total by {by}",
        "sustained": f"the chance of at least {count} {attacks} in each of {question.weeks} weeks running by {by}",
        "halted share": f"the share of the weeks up to {by} spent in a pause",
    }[question.kind]


def come_words(question: "Question") -> str:
    """Return what comes, without a day: `A resumption`, `At least 10 attacks in total`."""
    words = asked_words(question).removeprefix("the chance of ")
    return begun(words.removesuffix(f" by {question.by:%-d %B %Y}"))


def counted_in(scenario: Scenario) -> str:
    """Return what is counted under a scenario: where fewer attacks are claimed, a claimed attack is not an attack."""
    claims = any(isinstance(each, Reporting) for _, leaf in scenario.leaves() for each in leaf.interventions)
    return CLAIMED if claims else ATTACK


def begun(words: str) -> str:
    """Return words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def answer_words(
    answer: "Answer", question: "Question", *, title: str, series: str, is_baseline: bool, of: str = ATTACK
) -> str:
    """Return the answer in a sentence or two: from where to where, the difference and its interval."""
    what = f"{asked_words(question, of=of)} ({literal(series)})"
    if is_baseline:
        start = f"If what is scheduled happens and nothing new is added, {what}"
        return glued(f"{start} is **{percent(answer.probability)}**.")
    name, points = f"*{literal(title)}*", round(100 * answer.difference)
    if answer.unchanged:
        return glued(f"{name} changes nothing here: {what} stays at **{percent(answer.baseline)}**.")
    if not points or percent(answer.baseline) == percent(answer.probability):
        moved = f"{name} leaves {what} at about **{percent(answer.baseline)}**"
    else:
        verb = "raises" if points > 0 else "lowers"
        ends = f"from **{percent(answer.baseline)}** to **{percent(answer.probability)}**"
        moved = f"{name} {verb} {what} {ends}"
    claims = " Attacks themselves go on as before; fewer of them are claimed." if of == CLAIMED else ""
    return glued(f"{moved}: {difference_words(answer)}.{claims}")


def given_words(answer: "Answer", question: "Question", *, chance: float | None) -> str:
    """Return the answer given that what may happen does by the day asked about, and the chance of that."""
    comes = "" if chance is None else f"; the scenario takes that to have a chance of {percent(chance)}"
    what = f"{begun(asked_words(question))}, given that it happens by then"
    return glued(f"{what}: **{percent(answer.probability)}**{comes}.")


def difference_words(answer: "Answer") -> str:
    """Return the difference from the baseline with its sign, its interval, and whether that holds both signs."""
    low, high = round(100 * answer.difference_low), round(100 * answer.difference_high)
    interval = points_interval(answer.difference_low, answer.difference_high)
    is_open = "; the direction is uncertain" if low < 0 < high else ""
    return f"{_size(answer)} (90 % interval {interval}{is_open})"


def _size(answer: "Answer") -> str:
    """Return the size of the difference: `up 2 points`."""
    if not round(100 * answer.difference):
        return "a difference of less than 1 point"
    size = moved_points(answer.probability, answer.difference).strip(f"+{MINUS}")
    return f"{'up' if answer.difference > 0 else 'down'} {points_words(size)}"


def error_words(answer: "Answer") -> str:
    """Return a caution if the draws are too few for whole per cent, else nothing."""
    if answer.mc_error <= LARGE_ERROR:
        return ""
    return f"The run has few draws: the probability is known to about {200 * answer.mc_error:.0f} points."


def points_words(size: str) -> str:
    """Return a number of points with the word: `1 point`, `+2 points`."""
    return f"{size} {'point' if size.strip(f'+{MINUS}') == '1' else 'points'}"


def plain_answer(answer: "Answer", question: "Question", *, title: str, series: str, of: str = ATTACK) -> str:
    """Return the answer as a line of plain text, to be pasted."""
    if answer.scenario == BASELINE:
        what = begun(asked_words(question, of=of))
        return f"{what} ({series}), if what is scheduled happens: {percent(answer.probability)}."
    moved = "as in the baseline: it changes nothing here" if answer.unchanged else difference_words(answer)
    claims = " (of a claimed attack)" if of == CLAIMED else ""
    return f"Under “{title}”: {percent(answer.probability)}{claims}, {moved}."


def answer_row(answer: "Answer", *, title: str, is_baseline: bool) -> dict[str, str]:
    """Return the answer under one scenario, and its difference from the baseline in points."""
    moved = NO_CHANGE_CELL if answer.unchanged else difference_in_points(answer)
    own = {"scenario": title, "answer": glued(percent(answer.probability))}
    return own | {"points from the baseline": "" if is_baseline else moved}


def sensitivity_row(answer: "Answer", *, way: str, assumed: str) -> dict[str, str]:
    """Return what one driver, moved alone one way, does to the answer, in points."""
    interval = points_interval(answer.difference_low, answer.difference_high)
    points = moved_points(answer.probability, answer.difference)
    return {"moved": way, "assumed": assumed, "points": points, "90 % interval": interval}
