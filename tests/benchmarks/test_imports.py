"""Every name that a benchmark imports is there: in the program, and in the programs that it hands to a fresh process.

Nothing is run or imported, so a name that moved is found without measuring anything. Other packages are not asked.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BENCHMARKS = PROJECT / "benchmarks"
PROGRAMS = sorted(str(path.relative_to(BENCHMARKS)) for path in BENCHMARKS.rglob("*.py"))
OURS = {"lull", *(program.split("/")[0].removesuffix(".py") for program in PROGRAMS)}
ITS_PATH = 'sys.path.insert(0, "benchmarks")'  # what lets a fresh process import the programs of this folder


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_import_is_there(program: str) -> None:
    file = BENCHMARKS / program
    source = file.read_text()
    assert missing(source, [file.parent, BENCHMARKS, PROJECT]) == []
    for child in programs_in(source):
        assert missing(child, [PROJECT, *([BENCHMARKS] if ITS_PATH in child else [])]) == []


def test_a_name_that_is_gone_is_found() -> None:
    source = "import json\nfrom lull.data.events import Event, Gone\nfrom shared.figures import begin, gone"
    assert missing(source, [PROJECT]) == ["lull.data.events.Gone", "shared.figures.begin", "shared.figures.gone"]
    assert missing(source, [PROJECT, BENCHMARKS]) == ["lull.data.events.Gone", "shared.figures.gone"]


def programs_in(source: str) -> Iterator[str]:
    """Yield the texts in a program that are programs themselves: constants of several lines that import something."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            text = node.value.value
            if isinstance(text, str) and "\n" in text and "import " in text:
                yield text


def missing(source: str, folders: Sequence[Path]) -> list[str]:
    """Return the names of ours that a source imports and that are not there, where `folders` are the import path."""
    asked = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    return [
        f"{node.module}.{each.name}"
        for node in asked
        if str(node.module).split(".", maxsplit=1)[0] in OURS
        for each in node.names
        if not is_there(str(node.module), each.name, folders)
    ]


def is_there(module: str, name: str, folders: Sequence[Path]) -> bool:
    """Return whether a module has a name, or is a package with a module of that name."""
    files = [folder / f"{module.replace('.', '/')}{end}" for folder in folders for end in (".py", "/__init__.py")]
    found = [file for file in files if file.exists()]
    return any(
        name in names_of(file) or (file.stem == "__init__" and (file.parent / f"{name}.py").exists()) for file in found
    )


@cache
def names_of(file: Path) -> set[str]:
    """Return the names that a file defines or imports, at whatever depth."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.TypeAlias(name=ast.Name(id=name)):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.alias(name=name, asname=alias):
                names.add(alias or name)
    return names
