"""Who may read the page: everybody without a log-in, with one only who is on the list."""

from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from streamlit import config
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.integrity.login import Login, login_of
from lull.data.schema import InputError
from lull.model.runs.store import Store, default_folder
from lull.pages.serving.admission import is_allowed

PAGE = Path(__file__).parents[2] / "app.py"
AUTH = {"client_id": "lull", "redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "c"}


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("anna@example.org", True),
        ("ANNA@Example.ORG", True),
        ("ben@team.example", True),
        ("ben@sub.team.example", False),
        ("ben@notteam.example", False),
        ("anna@example.org@evil.example", False),
        ("", False),
        (None, False),
    ],
)
def test_only_who_is_on_the_list_is_allowed(address: str | None, *, allowed: bool) -> None:
    login = Login(("anna@example.org", "@team.example"), "localhost")
    assert is_allowed({"email": address, "email_verified": True}, login) is allowed


@pytest.mark.parametrize(
    "claim", [{}, *({"email_verified": value} for value in (False, None, "false", "true", 1, "True"))]
)
def test_an_address_that_nobody_verified_is_none(claim: dict[str, object]) -> None:
    assert not is_allowed({"email": "anna@example.org"} | claim, Login(("anna@example.org",), "localhost"))


@pytest.mark.parametrize("claim", [{}, {"email_verified": None}, {"email_verified": True}])
def test_a_provider_that_vouches_for_all_need_not_say_so_of_each(claim: dict[str, object]) -> None:
    assert is_allowed({"email": "anna@example.org"} | claim, Login(("anna@example.org",), "localhost", vouched=True))


@pytest.mark.parametrize("value", [False, "false", "true", 0, 1, ""])
def test_what_a_provider_that_vouches_does_say_still_counts(value: object) -> None:
    reader = {"email": "anna@example.org", "email_verified": value}
    assert not is_allowed(reader, Login(("anna@example.org",), "localhost", vouched=True))


@pytest.mark.parametrize("value", ["true", "false", 1, None])
def test_only_true_and_false_say_whether_a_provider_vouches(value: object) -> None:
    with pytest.raises(InputError, match="verified_by_provider: expected true or false"):
        login_of({"auth": AUTH, "lull": {"verified_by_provider": value}}, required=True)


@given(address=st.text())
def test_a_list_of_nobody_admits_nobody(address: str) -> None:
    assert not is_allowed({"email": address, "email_verified": True}, Login((), "localhost"))


@pytest.fixture
def page(store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    assert default_folder() == store.folder
    screen = AppTest.from_file(str(PAGE), default_timeout=60)
    screen.secrets["auth"] = AUTH
    screen.secrets["lull"] = {"allow": ["anna@example.org"]}
    return screen


def reads(monkeypatch: pytest.MonkeyPatch, **reader: object) -> None:
    known = {"is_logged_in": False} | reader
    monkeypatch.setattr("streamlit.user_info.UserInfoProxy.to_dict", lambda _: known)
    monkeypatch.setattr("streamlit.user_info.UserInfoProxy.get", lambda _, name: known.get(name), raising=False)


def test_who_is_not_logged_in_sees_the_way_in_and_nothing_else(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch)
    monkeypatch.setattr("lull.pages.widgets.access.find_spec", lambda _: object())
    page.run()
    assert not page.exception
    assert [button.label for button in page.button] == ["Log in"]


def test_without_the_package_of_the_log_in_the_page_says_so(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch)
    monkeypatch.setattr("lull.pages.widgets.access.find_spec", lambda _: None)
    page.run()
    assert "needs the packages Authlib and HTTPX" in page.error[0].value
    assert not page.button


def test_who_is_not_on_the_list_is_reported(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch, is_logged_in=True, email="eve@example.org", email_verified=True)
    page.run()
    assert not page.exception
    assert "is not on the list of readers" in page.warning[0].value
    assert [button.label for button in page.button] == ["Log out"]


def test_who_is_on_the_list_has_a_store_of_their_own(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch, is_logged_in=True, email="anna@example.org", email_verified=True)
    opened: list[Path] = []
    monkeypatch.setattr("lull.pages.screens.overview.show_jobs", lambda store: opened.append(store.folder))
    page.run()
    assert not page.exception
    assert [button.label for button in page.button if button.key == "fit"] == ["Fit the embedded case"]
    assert [folder.parent for folder in opened] == [default_folder()]


def test_a_log_in_that_was_ended_opens_nothing(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = {"email": "anna@example.org", "email_verified": True, "iat": 1_700_000_000, "is_logged_in": True}
    ended: list[bool] = []
    reads(monkeypatch, **anna)
    monkeypatch.setattr("streamlit.logout", lambda: ended.append(True))
    monkeypatch.setattr("lull.pages.widgets.access.find_spec", lambda _: object())
    page.run()
    page.button(key="logout").click().run()
    assert ended == [True]
    assert [button.label for button in page.button] == ["Log in"]  # whoever still sends the cookie
    reads(monkeypatch, **anna | {"iat": 1_700_000_001})  # who logs in again
    page.run()
    assert page.button(key="logout").label == "Log out"


def settle_secrets(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the page find its secrets in a file, as a server that just started."""
    option = config.get_option
    for module in ("streamlit.config.get_option", "streamlit.get_option"):
        monkeypatch.setattr(module, lambda name: [str(file)] if name == "secrets.files" else option(name))
    monkeypatch.setattr("streamlit.secrets", Secrets())


@pytest.mark.parametrize(
    "secrets", ["[auth]\n[lull\n", "[Auth]\nredirect_uri = 'http://localhost'\n", "[auth]\n", "\udcff"]
)
def test_secrets_that_cannot_be_trusted_close_the_page(
    secrets: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    file = tmp_path / "secrets.toml"
    file.write_bytes(secrets.encode("utf-8", "surrogateescape"))
    settle_secrets(file, monkeypatch)
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not page.exception
    assert "This page is closed" in page.error[0].value
    assert not page.button
    assert "secrets" in capfd.readouterr().out


def test_a_log_in_that_is_required_and_gone_closes_the_page(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_secrets(tmp_path / "gone.toml", monkeypatch)
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    monkeypatch.setenv("LULL_LOGIN", "required")
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert "This page is closed" in page.error[0].value


def started(folder: Path, secrets: str | None, *options: str) -> Result:
    """Call `lull app` in a folder with such secrets; what it would start is recorded, not started."""
    if secrets is not None:
        (folder / ".streamlit").mkdir()
        (folder / ".streamlit" / "secrets.toml").write_text(secrets)
    return CliRunner().invoke(lull, ["app", "--no-browser", *options])


GOOD = "[auth]\nredirect_uri = 'https://lull.example.org/oauth2callback'\ncookie_secret = 'c'\n"


@pytest.mark.parametrize(
    ("secrets", "options", "expected"),
    [
        (None, ["--login"], "expected a section [auth], since a log-in is required, found none"),
        ("[auth\n", [], "expected a secrets file in TOML"),
        (GOOD.replace("auth]", "Auth]"), [], "expected the log-in in a section [auth], found [Auth]"),
        ("[auth]\n", [], "expected a text for redirect_uri and cookie_secret, found no redirect_uri"),
        (GOOD, ["--login"], "started with LULL_LOGIN=required"),
        (GOOD, [], "started with LULL_LOGIN=required"),
        (None, [], "started with LULL_LOGIN=\n"),
        (None, ["--fit-memory", "4 gigabytes"], "LULL_FIT_MEMORY: expected a size such as 500M or 4G"),
        (None, ["--quota", "0"], "LULL_QUOTA: expected a size such as 500M or 4G"),
        (None, ["--base-path", "../x"], "--base-path: expected a path such as /lull, found '../x'"),
        (
            None,
            ["--fits", "3", "--fit-minutes", "30", "--quota", "5G", "--base-path", "/lull"],
            "started with LULL_LOGIN=",
        ),
        (None, ["--address", "0.0.0.0"], "No log-in: everyone who reaches 0.0.0.0 can read all runs"),  # noqa: S104
    ],
)
def test_the_server_starts_with_the_log_in_that_is_meant_or_not_at_all(
    secrets: str | None, options: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("os.execve", lambda *call: typer.echo(f"started with LULL_LOGIN={call[2]['LULL_LOGIN']}"))
    result = started(tmp_path, secrets, *options)
    assert expected in result.output
    assert result.exit_code == (0 if "started" in result.output else 2)
