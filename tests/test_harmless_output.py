"""What a file, a name or a note holds commands no terminal, no spreadsheet and no browser."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lull.cli import lull
from lull.cli.screen.streams import Harmless, harmless
from lull.data.files import FORMULA_MARKS, spreadsheet_safe
from lull.scenarios.presentation.wording import literal

COMMANDS = "\x1b]0;title\x07\x1b[2J\x1b[8m\x9b31m\u202eback\r\x08\x7f"


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@given(st.text())
def test_no_control_character_is_printed(text: str) -> None:
    shown = harmless(text + COMMANDS)
    assert not set(shown) & {chr(number) for number in (*range(9), *range(11, 32), *range(127, 160))}
    assert harmless(shown) == shown


def test_a_page_keeps_its_colours_on_a_screen_alone() -> None:
    for stream, kept in ((Screen(), True), (io.StringIO(), False)):
        Harmless(stream).write("\x1b[1mbold\x1b[0m \x1b[2J")
        assert ("\x1b[1mbold\x1b[0m" in stream.getvalue()) == kept
        assert "\x1b[2J" not in stream.getvalue()


@pytest.fixture
def weekly(tmp_path: Path) -> Path:
    """Counts of a series whose name is a command to a terminal."""
    path = tmp_path / "weekly.csv"
    path.write_text(f"series,week_start,count\n{COMMANDS.replace(chr(13), '')},2024-01-01,x\n".replace("\x9b", ""))
    return path


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_checked_file_commands_no_terminal(weekly: Path, options: list[str]) -> None:
    result = CliRunner().invoke(lull, ["check", str(weekly), *options])
    assert result.exit_code == 2
    assert not set(result.output) & {"\x1b", "\x07", "\x7f", "\u202e"}
    if options:
        json.loads(result.stdout)


def test_an_error_that_repeats_a_name_commands_no_terminal(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        lull, ["runs", "query", f"select '{COMMANDS}' as \"{COMMANDS}\"", "--store", str(tmp_path)]
    )
    assert not set(result.output) & {"\x1b", "\x07", "\x7f", "\x9b", "\u202e"}


@given(st.text())
def test_no_text_is_a_formula(text: str) -> None:
    for mark in FORMULA_MARKS:
        assert not spreadsheet_safe(mark + text).startswith(FORMULA_MARKS)


@given(st.text())
def test_no_text_is_markup_on_the_page(text: str) -> None:
    shown = literal(f"<script>{text}</script>[a](javascript:x)![b](http://c)")
    assert "<script>" not in shown
    assert "](" not in shown
