"""Questions and answers in plain words, rounded to what the draws support."""

from datetime import date

from lull.scenarios.engine.questions import Answer, Kind, Question
from lull.scenarios.language.spec import BASELINE
from lull.scenarios.presentation.wording import (
    NO_CHANGE_CELL,
    difference_in_points,
    in_points,
    literal,
    percent,
    points_interval,
)

KINDS: dict[Kind, str] = {
    "any attack": "at least one attack",
    "resumption": "a resumption: the group is active again",
    "in a week": "a week with at least N attacks",
    "in total": "at least N attacks in total",
    "sustained": "at least N attacks in each of M weeks running",
    "halted share": "share of the weeks spent in a pause",
}
LARGE_ERROR = 0.01  # of a probability: worth a word of its own


def question_text(kind: Kind, by: date, *, count: int = 1, weeks: int = 1) -> str:
    """Return the question in the words that `lull ask` reads."""
    return {
        "any attack": f"any attack by {by}",
        "resumption": f"resumption by {by}",
        "in a week": f"at least {count} in a week by {by}",
        "in total": f"total at least {count} by {by}",
        "sustained": f"at least {count} in each of {weeks} weeks by {by}",
        "halted share": f"share of weeks halted by {by}",
    }[kind]


def asked_words(question: Question) -> str:
    """Return what is asked as the end of a sentence: `the chance of a resumption by 1 March 2025`."""
    by = f"{question.by:%-d %B %Y}"
    attacks = "attack" if question.count == 1 else "attacks"
    return {
        "any attack": f"the chance of at least one attack by {by}",
        "resumption": f"the chance of a resumption by {by}",
        "in a week": f"the chance of a week with at least {question.count} {attacks} by {by}",
        "in total": f"the chance of at least {question.count} {attacks} in total by {by}",
        "sustained": (
            f"the chance of at least {question.count} {attacks} in each of {question.weeks} weeks running by {by}"
        ),
        "halted share": f"the share of the weeks up to {by} spent in a pause",
    }[question.kind]


def begun(words: str) -> str:
    """Return words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def answer_words(answer: Answer, question: Question, *, title: str, series: str, is_baseline: bool) -> str:
    """Return the answer in a sentence or two: from where to where, the difference and its interval."""
    what = f"{asked_words(question)} ({literal(series)})"
    if is_baseline:
        return f"If what is scheduled happens and nothing new is added, {what} is **{percent(answer.probability)}**."
    name, points = f"*{literal(title)}*", round(100 * answer.difference)
    if answer.unchanged:
        return f"{name} changes nothing here: {what} stays at **{percent(answer.baseline)}**."
    if not points:
        moved = f"{name} leaves {what} at about **{percent(answer.baseline)}**"
    else:
        verb = "raises" if points > 0 else "lowers"
        ends = f"from **{percent(answer.baseline)}** to **{percent(answer.probability)}**"
        moved = f"{name} {verb} {what} {ends}"
    return f"{moved}: {difference_words(answer)}."


def difference_words(answer: Answer) -> str:
    """Return the difference from the baseline, its interval, and whether its sign is open."""
    points = abs(round(100 * answer.difference))
    interval = points_interval(answer.difference_low, answer.difference_high)
    size = "a difference of less than 1 point" if not points else f"a difference of {points} {_points(points)}"
    is_open = round(100 * answer.difference_low) < 0 < round(100 * answer.difference_high)
    return f"{size} (90 % interval {interval}{'; its sign is open' if is_open else ''})"


def error_words(answer: Answer) -> str:
    """Return a caution if the draws are too few for whole per cent, else nothing."""
    if answer.mc_error <= LARGE_ERROR:
        return ""
    return f"The run has few draws: the probability is known to about {200 * answer.mc_error:.0f} points."


def _points(points: int) -> str:
    return "point" if points == 1 else "points"


def plain_answer(answer: Answer, question: Question, *, title: str, series: str) -> str:
    """Return the answer as a line of plain text, to be pasted."""
    what = asked_words(question)
    if answer.scenario == BASELINE:
        return f"{begun(what)} ({series}), if what is scheduled happens: {percent(answer.probability)}."
    moved = "as in the baseline: it changes nothing here" if answer.unchanged else difference_words(answer)
    return f"Under “{title}”: {percent(answer.probability)}, {moved}."


def answer_row(answer: Answer, *, title: str, is_baseline: bool) -> dict[str, str]:
    """Return the answer under one scenario, and its difference from the baseline in points."""
    moved = NO_CHANGE_CELL if answer.unchanged else difference_in_points(answer)
    own = {"scenario": title, "answer": percent(answer.probability)}
    return own | {"points from the baseline": "" if is_baseline else moved}


def sensitivity_row(answer: Answer, *, way: str, assumed: str) -> dict[str, str]:
    """Return what one driver, moved alone one way, does to the answer, in points."""
    interval = points_interval(answer.difference_low, answer.difference_high)
    return {"moved": way, "assumed": assumed, "points": in_points(answer.difference), "90 % interval": interval}
