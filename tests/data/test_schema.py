"""What a wrong input looks like: one line a problem, all of them, and the near word."""

import pytest

from lull.data.schema import LISTED, InputError, Problem, near


def test_a_problem_reads_as_one_sentence_and_its_remedy() -> None:
    problem = Problem("a.csv:line 2, column count", "a whole number", "'x'", "Write digits.")
    assert str(problem) == "a.csv:line 2, column count: expected a whole number, found 'x'. Write digits."


def test_a_problem_without_remedy_ends_after_what_was_found() -> None:
    assert str(Problem("a.csv", "a file", "nothing")) == "a.csv: expected a file, found nothing."


def test_an_error_keeps_every_problem_and_lists_the_first_ones() -> None:
    problems = [Problem(f"line {number}", "x", "y") for number in range(LISTED + 3)]
    error = InputError(problems, unlisted=4)
    lines = str(error).splitlines()
    assert error.problems == tuple(problems)
    assert len(lines) == LISTED + 1
    assert lines[-1] == "... and 7 more."


def test_an_error_of_one_problem_is_that_problem() -> None:
    assert str(InputError(Problem("a", "b", "c"))) == "a: expected b, found c."


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("exactly", "Did you mean 'exact'?"),
        ("AT_LEAST", "Did you mean 'at_least'?"),
        ("zzz", "Known: about, at_least, exact."),
    ],
)
def test_the_near_word_is_named_or_all_are_listed(word: str, sentence: str) -> None:
    assert near(word, ["exact", "at_least", "about"]) == sentence
