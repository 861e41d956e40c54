"""Groups of options: the fields of a dataclass are the options of a command, and come back as that dataclass."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from lull.cli import lull
from lull.cli.options.expansion import options


@dataclass(frozen=True)
class Place:
    """Where."""

    name: Annotated[str, typer.Option(help="Its name.")]
    front: Annotated[str, typer.Option("--at", help="Its front.")] = "north"
    weeks: Annotated[int, typer.Option(min=1, help="How long.")] = 4


def called(*arguments: str, without: frozenset[str] = frozenset()) -> tuple[str, list[object]]:
    """Return what a command with a group between two options of its own prints and is given."""
    given: list[object] = []

    def command(*, first: int = 1, place: Place, last: Annotated[bool, typer.Option("--last")] = False) -> None:
        given.extend((first, place, last))

    app = typer.Typer(rich_markup_mode=None)
    app.command()(options(without=without)(command))
    return CliRunner().invoke(app, list(arguments)).output, given


def test_a_command_is_given_the_dataclass() -> None:
    assert called("--name", "x", "--weeks", "2", "--last")[1] == [1, Place("x", "north", 2), True]
    assert called("--name", "x", "--at", "south", "--first", "3")[1] == [3, Place("x", "south"), False]


def test_options_are_shown_in_the_place_of_their_group() -> None:
    page, _ = called("--help")
    places = [page.index(f"  {name}") for name in ("--first", "--name", "--at", "--weeks", "--last")]
    assert places == sorted(places)


def test_a_field_without_a_default_is_required_and_bounds_hold() -> None:
    assert "Missing option '--name'" in called()[0]
    page, given = called("--name", "x", "--weeks", "0")
    assert (given, "Invalid value for '--weeks'" in page) == ([], True)


def test_a_field_that_is_left_out_is_no_option_and_keeps_its_default() -> None:
    without = frozenset({"weeks"})
    assert "No such option" in called("--name", "x", "--weeks", "2", without=without)[0]
    assert called("--name", "x", without=without)[1] == [1, Place("x"), False]


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (("reconstruct",), "--counts"),
        (("backtest",), "--origin"),
        (("scenario", "check"), "--covariates"),
        (("import", "acled"), "--sum"),
    ],
)
def test_evidence_that_a_command_does_not_take_is_refused(command: tuple[str, ...], refused: str) -> None:
    result = CliRunner().invoke(lull, [*command, refused, "x"])
    assert result.exit_code == 2
    assert "No such option" in result.stderr


def _leaves(command: Any) -> Iterator[Any]:
    """Yield the commands without commands of their own."""
    for each in getattr(command, "commands", {}).values():
        yield from _leaves(each)
    if not hasattr(command, "commands"):
        yield command


def test_no_command_has_two_options_of_one_name() -> None:
    """The second would be read and the first stay empty, without a word."""
    for command in _leaves(typer.main.get_command(lull)):
        names = [name for one in command.params for name in (*one.opts, *one.secondary_opts)]
        assert len(names) == len(set(names)), command.name
