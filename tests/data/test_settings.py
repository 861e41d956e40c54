"""The environment as settings."""

from pathlib import Path

import platformdirs
import pytest

from lull.data.settings import Settings, settings
from lull.model.runs.store import default_folder
from lull.scenarios.language.saved_scenarios import default_shelf


def test_what_is_not_named_lies_in_the_users_data_folder() -> None:
    own = platformdirs.user_data_path("lull")
    expected = Settings(own / "runs", own / "scenarios", own / "files")
    assert Settings.of({}) == Settings.of({"LULL_STORE": "", "LULL_PAGE": "", "LULL_LEARNED": ""}) == expected


def test_each_variable_names_its_own_place(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"LULL_STORE": "a", "LULL_SCENARIOS": "b", "LULL_FILES": "c", "LULL_PAGE": "d", "LULL_LEARNED": "e"}
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    assert settings() == Settings(*map(Path, named.values()), first_fit=False)  # the tests say so
    assert (default_folder(), default_shelf()) == (Path("a"), Path("b"))
