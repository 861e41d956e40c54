"""Who may read the page: everybody without a log-in, with one only who is on the list."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from lull.model.runs.store import Store, default_folder
from lull.pages.widgets.access import is_allowed

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
    assert is_allowed({"email": address}, ["anna@example.org", "@team.example"]) is allowed


def test_an_address_that_nobody_verified_is_none() -> None:
    assert not is_allowed({"email": "anna@example.org", "email_verified": False}, ["anna@example.org"])


@given(address=st.text())
def test_a_list_of_nobody_admits_nobody(address: str) -> None:
    assert not is_allowed({"email": address}, [])


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
    assert "needs the package Authlib" in page.error[0].value
    assert not page.button


def test_who_is_not_on_the_list_is_reported(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch, is_logged_in=True, email="eve@example.org")
    page.run()
    assert not page.exception
    assert "is not on the list of readers" in page.warning[0].value
    assert [button.label for button in page.button] == ["Log out"]


def test_who_is_on_the_list_has_a_store_of_their_own(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch, is_logged_in=True, email="anna@example.org")
    opened: list[Path] = []
    monkeypatch.setattr("lull.pages.widgets.layout.show_jobs", lambda store: opened.append(store.folder))
    page.run()
    assert not page.exception
    assert [button.label for button in page.button if button.key == "fit"] == ["Fit the embedded case"]
    assert [folder.parent for folder in opened] == [default_folder()]
