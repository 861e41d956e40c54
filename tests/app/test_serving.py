"""The server reads ahead only what is there to be read, and what the screens stand on."""

import sys
from importlib import import_module
from pathlib import Path

from lull.cli.serving.launch import command
from lull.cli.serving.server import READ_AHEAD, read_ahead


def test_what_is_read_ahead_is_what_screens_import() -> None:
    read_ahead()
    assert set(READ_AHEAD) <= set(sys.modules)
    lab = vars(import_module("lull.pages.screens.lab"))
    assert {getattr(value, "__module__", None) for value in lab.values()} & set(READ_AHEAD)


def test_the_server_listens_here_and_asks_nothing() -> None:
    line = command(port=8501, browser=True)
    assert {"--server.address=127.0.0.1", "--server.showEmailPrompt=false"} <= set(line)
    assert Path(line[line.index("run") + 1]).is_file()
