"""The log-in at a real OpenID Connect provider, in a real browser: who gets in, who does not, and what ends it."""

import http.client
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.app.conftest import ANNA, BERT, Provider, Team, team_of
from tests.app.served import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.integration]
SCREENS = ("", "situation", "side-by-side", "questions", "evidence", "export", "your-data", "glossary")
FIRST_RUN = "Fit the embedded case"
MINUTE = 60_000  # ms


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, provider: Provider, browser: Browser) -> Iterator[Team]:
    with team_of(tmp_path_factory.mktemp("team"), provider, browser) as served:
        yield served


@pytest.fixture
def context(team: Team) -> Iterator[BrowserContext]:
    """A browser of somebody, and a list that has both readers on it."""
    team.allow(ANNA, BERT)
    with team.visitor() as made:
        yield made


def is_in(page: Page) -> bool:
    """Return whether a page shows more than the way in."""
    button = page.get_by_role("button", name=FIRST_RUN)
    button.or_(page.get_by_test_id("stAlert")).first.wait_for()
    return button.count() == 1


def test_a_reader_is_admitted_and_no_page_asks_another_host(team: Team, context: BrowserContext) -> None:
    page = team.log_in(context, ANNA)
    assert is_in(page)
    for screen in SCREENS:
        other = team.open(context, screen)
        other.close()
    assert team.foreign == []


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "mallory@example.org", "email_verified": True},
        {"email": "anna@example.org.evil.example", "email_verified": True},
        {"email": ANNA, "email_verified": False},
        {"email": ANNA, "email_verified": "false"},
        {"email": ANNA, "email_verified": "true"},
        {"email": ANNA},
        {"name": "Anna"},
    ],
    ids=str,
)
def test_another_address_or_one_that_is_not_verified_is_not_admitted(
    claims: dict[str, object], team: Team, context: BrowserContext
) -> None:
    team.provider.knows("somebody", claims)
    page = team.log_in(context, "somebody")
    assert not is_in(page)
    expect(page.get_by_text("is not on the list of readers, or its address is not verified")).to_be_visible()
    assert not team.own(ANNA, ".lull_files").exists()


@pytest.mark.parametrize(("claim", "admitted"), [({}, True), ({"email_verified": "false"}, False)], ids=str)
def test_a_provider_that_sends_no_claim_is_vouched_for_by_a_setting(
    claim: dict[str, object], *, admitted: bool, team: Team, context: BrowserContext
) -> None:
    team.allow(ANNA, vouched=True)
    team.provider.knows("silent", {"email": ANNA} | claim)
    assert is_in(team.log_in(context, "silent")) is admitted


def test_after_a_log_out_a_copy_of_the_cookie_opens_nothing(team: Team, context: BrowserContext) -> None:
    page = team.log_in(context, ANNA)
    copied = context.cookies()
    with team.visitor() as thief:
        thief.add_cookies(copied)
        assert is_in(team.open(thief))
        page.get_by_role("button", name="Log out").first.dispatch_event("click")
        page.get_by_role("button", name="End session").click()
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
        again = team.open(thief)
        expect(again.get_by_role("button", name="Log in")).to_be_visible()
        expect(again.get_by_role("button", name=FIRST_RUN)).to_have_count(0)


def test_who_is_taken_off_the_list_is_turned_away_from_an_open_page_within_a_minute(
    team: Team, context: BrowserContext
) -> None:
    page = team.log_in(context, BERT)
    assert is_in(page)
    team.allow(ANNA)
    expect(page.get_by_text("is not on the list of readers")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("button", name=FIRST_RUN)).to_have_count(0)


def test_a_forged_cookie_opens_nothing(team: Team, context: BrowserContext) -> None:
    team.log_in(context, ANNA)
    cookies = context.cookies()
    with team.visitor() as forger:
        for cookie in cookies:
            if cookie["name"] == "_streamlit_user":
                cookie["value"] = cookie["value"][:-4] + "AAAA"
        forger.add_cookies(cookies)
        expect(team.open(forger).get_by_role("button", name="Log in")).to_be_visible()


def asked(team: Team, method: str, path: str, headers: dict[str, str]) -> int:
    """Return the status of an answer of the server to a request of no browser."""
    connection = http.client.HTTPConnection("127.0.0.1", team.port, timeout=PATIENCE)
    connection.request(method, path, body=b"x" if method == "PUT" else None, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("PUT", "/_stcore/upload_file/of-nobody/file", {}),
        ("DELETE", "/_stcore/upload_file/of-nobody/file", {}),
        ("GET", "/", {"Host": "evil.example"}),
        ("GET", "/", {"Origin": "https://evil.example"}),
        ("GET", "/_stcore/stream", UPGRADE | {"Origin": "https://evil.example"}),
        ("GET", "/_stcore/stream", UPGRADE | {"Origin": "null"}),
        ("GET", "/_stcore/stream", UPGRADE | {"Host": "evil.example"}),
        ("GET", "/_stcore/metrics", {}),
        ("GET", "/media/0123.csv", {}),
    ],
)
def test_what_comes_before_the_log_in_or_from_elsewhere_is_refused(
    method: str, path: str, headers: dict[str, str], team: Team
) -> None:
    assert asked(team, method, path, headers) == 403


def test_the_server_itself_answers(team: Team) -> None:
    assert asked(team, "GET", "/_stcore/health", {}) == 200
    assert asked(team, "GET", "/", {}) == 200
