"""The help pages in `docs/cli.md` are those of the command, and every key of its JSON is explained there."""

import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from typer.testing import CliRunner

from lull.cli import lull
from lull.evaluation import record
from lull.scenarios.results.document import ForecastDocument, HindcastDocument

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
MARK = "<!-- made by tests/test_cli_docs.py"


def commands(group: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield each command of a group as the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


COMMANDS = list(commands(typer.main.get_command(lull)))


def help_page(*path: str) -> str:
    result = CliRunner(env={"COLUMNS": "90"}).invoke(lull, [*path, "--help"], prog_name="lull")
    assert result.exit_code == 0
    return f"### `{' '.join(('lull', *path))}`\n\n```\n{result.stdout.strip()}\n```\n"


def test_the_help_pages_in_the_docs_are_those_of_the_command() -> None:
    text = PAGE.read_text("utf-8")
    head, mark, rest = text.partition(MARK)
    first, _, _ = rest.partition("\n")
    made = "\n".join(help_page(*path) for path in [(), *COMMANDS])
    expected = f"{head}{mark}{first}\n\n{made}"
    if os.environ.get("LULL_WRITE_DOCS"):
        PAGE.write_text(expected, "utf-8")
    assert PAGE.read_text("utf-8") == expected


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_has_help(path: tuple[str, ...]) -> None:
    command: Any = typer.main.get_command(lull)
    for name in path:
        command = command.commands[name]
    assert command.help
    assert [parameter.name for parameter in command.params if not getattr(parameter, "help", None)] == []


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield every model that a value of this type may hold, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_of(field.annotation)
    for argument in get_args(annotation):
        yield from models_of(argument)


def test_the_keys_of_nested_parts_are_found() -> None:
    names = {model.__name__ for model in models_of(HindcastDocument)}
    assert {"Tension", "Chance", "Happened", "Total"} < names


DOCUMENTS = {
    **{model.__name__: set(model.model_fields) for model in models_of(ForecastDocument | HindcastDocument)},
    **{
        kind.__name__: {field.name for field in fields(kind)}
        for kind in (record.Record, record.Fits, record.Paired, record.Summarised)
    },
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_key_of_the_json_is_explained(document: str) -> None:
    page = PAGE.read_text("utf-8").split("## `--json`")[1].split("## The forecast table")[0]
    assert sorted(key for key in DOCUMENTS[document] if f"`{key}`" not in page) == []
