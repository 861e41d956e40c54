"""What tests in a browser stand on: the browser, a provider of log-ins, and a team's page behind it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect, sync_playwright

from lull.pages.serving.admission import digest_of
from tests.app.served import PATIENCE, await_health, chromium, free_port, serving

ANNA, BERT = "anna@example.org", "bert@example.org"
VERIFIED = {ANNA: {"email": ANNA, "email_verified": True}, BERT: {"email": BERT, "email_verified": True}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system; without one the tests fail."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=1000 * PATIENCE)
        started = chromium(playwright)
        yield started
        started.close()


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider of this machine: it vouches for whatever claims it was given of a subject."""

    address: str

    def knows(self, subject: str, claims: Mapping[str, object]) -> None:
        """Let the provider say this of a subject."""
        body = json.dumps(claims).encode()
        said = {"content-type": "application/json"}
        address = f"{self.address}/users/{quote(subject)}"
        urllib.request.urlopen(urllib.request.Request(address, body, said, method="PUT"))  # noqa: S310 - our own server


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A provider that knows Anna and Bert."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet, env=os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"}) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            await_health(f"{address}/.well-known/openid-configuration", server)
            made = Provider(address)
            for subject, claims in VERIFIED.items():
                made.knows(subject, claims)
            yield made
        finally:
            server.terminate()


@dataclass
class Team:
    """A page with a log-in: its address, its store, its secrets, and what its pages asked of other hosts."""

    folder: Path
    port: int
    address: str
    provider: Provider
    browser: Browser
    foreign: list[str] = field(default_factory=list)

    @property
    def store(self) -> Path:
        """The folder of all runs."""
        return self.folder / "store"

    def own(self, reader: str, place: str = "") -> Path:
        """Return a reader's folder of the runs, or of scenarios or files."""
        return self.store / place / digest_of(reader)

    def allow(self, *readers: str, vouched: bool = False) -> None:
        """Write the secrets: who may read, and whether the provider vouches for addresses of which it says nothing."""
        auth = {
            "redirect_uri": f"{self.address}oauth2callback",
            "cookie_secret": "0123456789abcdef0123456789abcdef",
            "client_id": "lull",
            "client_secret": "a secret of a test",
            "server_metadata_url": f"{self.provider.address}/.well-known/openid-configuration",
        }
        lines = ["[auth]", *(f'{name} = "{value}"' for name, value in auth.items()), "[lull]"]
        lines += [f"allow = {json.dumps(readers)}", f"verified_by_provider = {str(vouched).lower()}"]
        path = self.folder / ".streamlit" / "secrets.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")

    @contextmanager
    def visitor(self) -> Iterator[BrowserContext]:
        """Yield a browser of somebody who has no cookie; other hosts are not there, and noted if our page asks them."""
        context = self.browser.new_context(ignore_https_errors=True, accept_downloads=True)
        context.set_default_timeout(1000 * PATIENCE)
        context.route(lambda address: urlsplit(address).hostname not in ("localhost", "127.0.0.1"), self._note)
        yield context
        context.close()

    def open(self, context: BrowserContext, path: str = "") -> Page:
        """Return a page of the team, once all of it is there."""
        page = context.new_page()
        page.goto(f"{self.address}{path}")
        page.locator(".lull-done, .st-key-login, .st-key-logout, [data-testid=stAlert]").first.wait_for(
            state="attached"
        )
        return page

    def log_in(self, context: BrowserContext, subject: str, path: str = "") -> Page:
        """Return a page after the log-in of a subject at the provider."""
        page = self.open(context, path)
        page.get_by_role("button", name="Log in").click()
        page.get_by_label("Subject").fill(subject)
        page.get_by_role("button", name="Authorize", exact=True).click()
        page.get_by_role("button", name="Log out").first.wait_for(state="attached")
        return page

    def _note(self, route: Route, request: Request) -> None:
        if request.frame.url.startswith(self.address):
            self.foreign.append(request.url)
        route.abort()


@contextmanager
def team_of(
    folder: Path, provider: Provider, browser: Browser, *options: str, prepare: Callable[[Team], None] = lambda _: None
) -> Iterator[Team]:
    """Yield a served page with a log-in; `prepare` may write to its store first."""
    port = free_port()
    team = Team(folder, port, f"http://localhost:{port}/", provider, browser)
    team.allow(ANNA, BERT)
    team.store.mkdir()
    prepare(team)
    with serving(team.store, "--login", *options, port=port, folder=folder):
        yield team
