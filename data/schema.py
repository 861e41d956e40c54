"""What a wrong input looks like to the one who gave it.

Every reader of the project collects `Problem`s and raises them together as one `InputError`; the two doors print
them and stop with exit code 2. Nothing is repaired silently.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: where it stands, what was expected, what was found, what to do."""

    where: str
    expected: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the problem as one line of plain words."""
        text = f"{self.where}: expected {self.expected}, found {self.found}."
        return f"{text} {self.remedy}" if self.remedy else text


class InputError(ValueError):
    """Bad input, told whole: every problem found, in the order of the file."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def near(word: str, known: Iterable[str]) -> str:
    """Return the sentence that names the known word nearest to `word`, or lists the known ones."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(names)}."
