"""The verdicts on a run in words and colours, once for the terminal, the screens and the reports."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # lists of runs do without documents
    from lull.scenarios.results.document import Convergence, Grade

NOT_USABLE = "Do not use these numbers"
GRADE_COLOURS: "dict[Grade, str]" = {"good": "#009e73", "doubtful": "#e69f00", "unusable": "#d55e00"}
GRADE_STYLES: dict[str, str] = {"good": "green", "doubtful": "yellow", "unusable": "bold red"}  # of the terminal


def caution(grade: str) -> str:
    """Return what is said above numbers of a grade; nothing of a good one."""
    return {"good": "", "doubtful": "Doubtful"}.get(grade, NOT_USABLE)


def convergence_sentence(verdict: "Convergence") -> str:
    """Return the grade of the draws, and that the numbers may not be used where they may not."""
    return f"Convergence: {verdict.grade}.{'' if verdict.usable else f' {NOT_USABLE}.'}"


def reasons_sentence(verdict: "Convergence") -> str:
    """Return why the draws have their grade, and what to do."""
    return f"{'; '.join(verdict.reasons)}. {verdict.advice}"


def calibration_sentence(verdict: "Convergence") -> str:
    """Return what is on record of such forecasts."""
    return f"Track record: {verdict.calibrated}."


def verdict_sentence(verdict: "Convergence") -> str:
    """Return both grades in a line, below an answer."""
    return f"{convergence_sentence(verdict)} {calibration_sentence(verdict)}"
