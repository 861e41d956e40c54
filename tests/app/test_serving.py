"""The server reads ahead only what is there to be read, and what the screens stand on."""

import sys
from importlib import import_module
from pathlib import Path

from streamlit.web.server.app_discovery import discover_asgi_app

from lull.cli.serving.launch import Place, command
from lull.cli.serving.server import READ_AHEAD, read_ahead


def test_what_is_read_ahead_is_what_screens_import() -> None:
    read_ahead()
    assert set(READ_AHEAD) <= set(sys.modules)
    lab = vars(import_module("lull.pages.screens.lab"))
    assert {getattr(value, "__module__", None) for value in lab.values()} & set(READ_AHEAD)


def test_the_server_listens_here_and_asks_nothing() -> None:
    line = command(Place())
    assert {"--server.address=127.0.0.1", "--server.showEmailPrompt=false"} <= set(line)
    assert Path(line[line.index("run") + 1]).is_file()


def test_the_server_is_an_application_behind_the_gate() -> None:
    """Streamlit finds it by reading the file, and would otherwise run it as a page."""
    found = discover_asgi_app(next(Path(word) for word in command(Place()) if word.endswith(".py")))
    assert (found.is_asgi_app, found.app_name) == (True, "app")
    application = import_module("lull.pages.serving.server_app").app
    assert [one.cls.__name__ for one in application._user_middleware] == ["Gate"]
