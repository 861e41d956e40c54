"""What a wrong input looks like to the one who gave it.

Every reader of the project collects `Problem`s and raises them together as one `InputError`; the two doors
print them and stop with exit code 2. Nothing is repaired silently.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

LISTED = 50  # problems that a message spells out; the rest it counts


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: where it stands, what was expected, what was found, what to do."""

    where: str
    expected: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the problem as one line of plain words."""
        return f"{self.where}: {self.what}"

    @property
    def what(self) -> str:
        """The problem in plain words, without where it stands."""
        return f"expected {self.expected}, found {self.found}. {self.remedy}".rstrip()


class InputError(ValueError):
    """Bad input, reported whole: every problem found, in the order of the file.

    `unlisted` counts further problems that were found and not written out.
    The message lists the first `LISTED`.
    """

    def __init__(self, problems: Problem | Iterable[Problem], *, unlisted: int = 0) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.unlisted = unlisted
        more = len(self.problems[LISTED:]) + unlisted
        lines = [str(problem) for problem in self.problems[:LISTED]]
        super().__init__("\n".join([*lines, f"... and {more} more."] if more else lines))


LONGEST = 100  # letters of a word that is compared


def near(word: str, known: Iterable[str]) -> str:
    """Return the sentence that names the known word nearest to `word`, or lists the known ones."""
    names = {name.casefold(): name for name in sorted(known)}
    close = get_close_matches(word[:LONGEST].casefold(), names, n=1, cutoff=0.6)
    return f"Did you mean {names[close[0]]!r}?" if close else f"Known: {', '.join(names.values())}."
