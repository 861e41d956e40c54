"""The server reads ahead only what is there to be read, and what the screens stand on."""

import asyncio
import sys
from importlib import import_module
from pathlib import Path

import pytest
from streamlit.web.server.app_discovery import discover_asgi_app

from lull.cli.serving.launch import Place, command
from lull.cli.serving.server import READ_AHEAD, read_ahead
from lull.data.schema import InputError
from lull.pages.serving import server_app


def test_what_is_read_ahead_is_what_screens_import() -> None:
    read_ahead()
    assert set(READ_AHEAD) <= set(sys.modules)
    lab = vars(import_module("lull.pages.screens.lab"))
    assert {getattr(value, "__module__", None) for value in lab.values()} & set(READ_AHEAD)


def test_the_server_listens_here_and_asks_nothing() -> None:
    line = command(Place())
    assert {"--server.address=127.0.0.1", "--server.showEmailPrompt=false", "--server.headless=true"} <= set(line)
    assert Path(line[line.index("run") + 1]).is_file()


def test_the_server_is_an_application_behind_the_gate() -> None:
    """Streamlit finds it by reading the file, and would otherwise run it as a page."""
    found = discover_asgi_app(next(Path(word) for word in command(Place()) if word.endswith(".py")))
    assert (found.is_asgi_app, found.app_name) == (True, "app")
    application = import_module("lull.pages.serving.server_app").app
    assert [one.cls.__name__ for one in application._user_middleware] == ["Gate", "BaseAddress"]


@pytest.mark.parametrize(("path", "option"), [("", ""), ("/lull", "lull"), ("team/lull/", "team/lull"), ("/", "")])
def test_the_page_may_lie_below_a_path(path: str, option: str) -> None:
    assert f"--server.baseUrlPath={option}" in command(Place(base_path=path))


@pytest.mark.parametrize("path", ["..", "/a/../b", "a b", "a//b", "https://lull.example.org", "a?b", "ä"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(InputError, match="--base-path: expected a path such as /lull"):
        command(Place(base_path=path))


@pytest.mark.parametrize(("browser", "expected"), [("open", ["http://127.0.0.1:8501/lull"]), ("", [])])
def test_the_server_opens_the_page_and_goes_on_with_the_queue(
    browser: str, expected: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = {"server.address": "127.0.0.1", "server.port": 8501, "server.baseUrlPath": "lull"}
    opened: list[str] = []
    resumed: list[Path] = []
    monkeypatch.setenv("LULL_BROWSER", browser)
    monkeypatch.setenv("LULL_STORE", str(tmp_path))
    monkeypatch.setattr("streamlit.get_option", settings.get)
    monkeypatch.setattr(server_app, "resume", resumed.append)
    monkeypatch.setattr("webbrowser.open", opened.append)

    async def serve() -> None:
        async with server_app.running(None):
            await asyncio.sleep(0.7)

    asyncio.run(serve())
    assert opened == expected
    assert resumed == [tmp_path]
