"""The page below a path of a proxy that speaks TLS: pages, WebSockets, uploads and the log-in go through it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.app.conftest import ANNA, Provider, Team
from tests.app.served import await_port, free_port, serving

pytestmark = [pytest.mark.browser, pytest.mark.integration]
GOOD = b"series,week_start,count\nnorth,2024-01-01,3\nnorth,2024-01-08,0\n"
# What docs/serving.md shows, with what a test needs around it.
NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
{location}
  }}
}}
"""
DOCS = Path(__file__).parents[2] / "docs" / "serving.md"


def location(server: int) -> str:
    """Return the part of the proxy's settings that docs/serving.md shows, for a server on a port."""
    text = DOCS.read_text("utf-8").split("```nginx\n")[1].split("```")[0]
    return text.replace("127.0.0.1:8501", f"127.0.0.1:{server}")


@contextmanager
def proxy(folder: Path, port: int, server: int) -> Iterator[None]:
    """Run nginx with TLS before a server, as docs/serving.md sets it."""
    nginx = shutil.which("nginx")
    assert nginx is not None, "no nginx on the PATH: Debian's package 'nginx-light' has it"
    subject = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", "req", *subject, *files], check=True, capture_output=True)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, location=location(server)))
    with subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]) as running:
        try:
            await_port(port, running)
            yield
        finally:
            running.terminate()


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, provider: Provider, browser: Browser) -> Iterator[Team]:
    folder, port, server = tmp_path_factory.mktemp("proxied"), free_port(), free_port()
    team = Team(folder, server, f"https://localhost:{port}/lull/", provider, browser)
    team.allow(ANNA)
    team.store.mkdir()
    with (
        serving(team.store, "--login", "--base-path", "/lull", port=server, folder=folder),
        proxy(folder, port, server),
    ):
        yield team


def test_a_reader_logs_in_and_brings_a_file_through_the_proxy(team: Team) -> None:
    with team.visitor() as anna:
        page = team.log_in(anna, ANNA)
        assert page.url.startswith(team.address)
        expect(page.locator(".st-key-fit")).to_be_visible()
        other = team.open(anna, "your-data")
        other.locator("input[type=file]").first.set_input_files(
            {"name": "good.csv", "mimeType": "text/csv", "buffer": GOOD}
        )
        expect(other.get_by_text("Kept “good.csv”").first).to_be_visible()
        assert [path.name for path in team.own(ANNA, ".lull_files").glob("*.csv")] == ["good.csv"]
        (cookie,) = [each for each in anna.cookies() if each["name"] == "_streamlit_user"]
        assert cookie["path"] == "/lull"
        assert team.foreign == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 200), ("_stcore/health", 200), ("glossary", 200),
        ("media/0123.csv", 403), ("_stcore/metrics", 403),
    ],
)  # fmt: skip
def test_the_proxy_serves_the_page_below_its_path_alone(path: str, status: int, team: Team) -> None:
    with team.visitor() as nobody:
        assert nobody.request.get(f"{team.address}{path}").status == status


def test_a_page_of_another_origin_is_refused_through_the_proxy(team: Team) -> None:
    with team.visitor() as nobody:
        address, elsewhere = f"{team.address}_stcore/health", {"origin": "https://evil.example"}
        assert nobody.request.get(address, headers=elsewhere).status == 403
