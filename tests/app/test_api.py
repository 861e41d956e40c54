"""The doors for programs answer what the command answers, to whom they should, and change nothing."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette
from typer.testing import CliRunner

from lull.cli import lull
from lull.data.integrity.api_tokens import Tokens
from lull.data.schema import InputError
from lull.model.runs.store import Store
from lull.pages.api import admission
from lull.pages.api.admission import store_of
from lull.pages.api.routes import DOORS, routes
from lull.scenarios.results.tables import COLUMNS

pytestmark = pytest.mark.integration

TOKEN, ANNAS = "t" * 20, "a" * 24
QUESTION = "any attack by 2025-02-09"
LOGIN = '[auth]\nredirect_uri = "https://lull.example.org/oauth2callback"\ncookie_secret = "x"\n'


class Client:
    """A program that asks the doors, without a server between."""

    def __init__(self) -> None:
        self._transport = httpx.ASGITransport(Starlette(routes=routes("base")))

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **given)

        return asyncio.run(sent())

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture(autouse=True)
def surroundings(answered_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of that store without a log-in and without tokens, whatever this machine has."""
    monkeypatch.setenv("LULL_STORE", str(answered_store.folder))
    monkeypatch.setenv("LULL_SCENARIOS", str(tmp_path / "scenarios"))
    for name in ("LULL_API_TOKEN", "LULL_API_TOKENS", "LULL_LOGIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(admission, "secrets_files", lambda: (tmp_path / "secrets.toml",))


def printed(*words: str) -> Any:
    run = CliRunner().invoke(lull, [*words, "--json"])
    assert run.exit_code == 0, run.output
    return json.loads(run.stdout)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_the_runs_are_those_of_the_command(client: Client) -> None:
    expected = printed("runs")["runs"]
    found = client.get("/api/runs").json()["runs"]
    assert found == [{name: value for name, value in row.items() if name != "folder"} for row in expected]
    assert client.get("/base/api/runs").json()["runs"] == found


@pytest.mark.parametrize("scenario", ["baseline", "pressure-eases"])
def test_an_answer_is_that_of_the_command(client: Client, answered_store: Store, scenario: str) -> None:
    run = answered_store.runs()[0].run_id
    words = ["ask", QUESTION, "--series", "israel", "--scenario", scenario, "--run", run]
    asked = {"question": QUESTION, "series": "israel", "scenario": scenario, "run": run[:6]}
    answer = client.get("/api/answer", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json() == printed(*words)
    assert answer.headers["cache-control"] == "no-store"


def test_the_table_is_that_of_the_forecast(client: Client, answered_store: Store) -> None:
    run = answered_store.runs()[0]
    (kept,) = (run.folder / "forecasts").glob("*/forecast.parquet")
    expected = pq.read_table(kept)
    whole = client.get("/api/table", params={"run": run.run_id}).json()
    assert tuple(whole["columns"]) == COLUMNS
    assert len(whole["rows"]) == expected.num_rows
    first = expected.slice(0, 1).to_pylist()[0]
    assert whole["rows"][0] == json.loads(json.dumps(list(first.values()), default=str))
    some = {"run": run.run_id, "series": "israel", "target": "wk inc attacks", "output_type": ["mean", "median"]}
    rows = client.get("/api/table", params=some).json()["rows"]
    assert {(row[2], row[3]) for row in rows} == {("wk inc attacks", "israel")}
    assert {row[6] for row in rows} == {"mean", "median"}


WRONG = [
    ("answer", {}, 400, "question: expected a question"),
    ("answer", {"question": "will it rain"}, 400, "any attack by DATE"),
    ("answer", {"question": "any attack by 1999-01-01", "series": "israel"}, 400, "a day after 2024-12-29"),
    ("answer", {"question": QUESTION}, 400, "'israel', 'us_forces'"),
    ("answer", {"question": QUESTION, "serie": "israel"}, 400, "Did you mean 'series'?"),
    ("answer", {"question": [QUESTION, QUESTION]}, 400, "expected it once"),
    ("answer", {"question": QUESTION, "seed": "1.5"}, 400, "seed: expected a whole number"),
    ("answer", {"question": "x" * 2000}, 400, "at most 1000 characters"),
    ("answer", {"question": QUESTION, "run": "nothing"}, 404, "/api/runs lists the runs"),
    ("answer", {"question": QUESTION, "scenario": "pressure-ease"}, 404, "Did you mean 'pressure-eases'?"),
    ("answer", {"question": QUESTION, "scenario": "/etc/hosts.toml"}, 404, "a scenario of the library"),
    ("table", {"horizon": "521"}, 400, "up to 520"),
    ("table", {"target": "wk inc attack"}, 400, "Did you mean 'wk inc attacks'?"),
    ("runs", {"run": "1"}, 400, "parameter: expected"),
    ("run", {}, 404, "/api/openapi.json"),
]


@pytest.mark.parametrize(("door", "asked", "status", "says"), WRONG)
def test_what_cannot_be_answered_is_said(client: Client, door: str, asked: Any, status: int, says: str) -> None:
    answer = client.get(f"/api/{door}", params=asked)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["error"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_doors_are_for_reading(client: Client, method: str) -> None:
    answer = client.request(method, "/api/runs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert "error" in answer.json()


@pytest.mark.parametrize("door", DOORS)
def test_where_there_are_tokens_nothing_is_read_without_one(
    client: Client, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    monkeypatch.setenv("LULL_API_TOKEN", TOKEN)
    for headers in (
        {},
        bearer("wrong"),
        bearer(TOKEN[:-1]),
        {"authorization": f"Basic {TOKEN}"},
        {"cookie": f"a={TOKEN}"},
    ):
        answer = client.get(f"/api/{door}", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert list(answer.json()) == ["error"]
    if door != "answer":
        assert client.get(f"/api/{door}", headers=bearer(TOKEN)).status_code == 200


def test_a_token_of_a_reader_reads_that_readers_runs(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(f'[tokens]\n"Anna@example.org" = "{ANNAS}"\n')
    file.chmod(0o600)
    monkeypatch.setenv("LULL_API_TOKENS", str(file))
    monkeypatch.setenv("LULL_API_TOKEN", TOKEN)
    assert client.get("/api/runs", headers=bearer(ANNAS)).json()["runs"] == []
    assert len(client.get("/api/runs", headers=bearer(TOKEN)).json()["runs"]) == 1
    assert store_of("anna@example.org").folder.parent == store_of("").folder
    assert store_of("anna@example.org").folder != store_of("ben@example.org").folder


def test_behind_a_log_in_only_tokens_of_listed_readers_read(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, file = tmp_path / "secrets.toml", tmp_path / "tokens.toml"
    secrets.write_text(f'{LOGIN}[lull]\nallow = ["@example.org"]\n')
    assert client.get("/api/runs").status_code == 401
    file.write_text(f'[tokens]\n"anna@example.org" = "{ANNAS}"\n"eve@evil.example" = "{"e" * 30}"\n')
    file.chmod(0o600)
    monkeypatch.setenv("LULL_API_TOKENS", str(file))
    assert client.get("/api/runs", headers=bearer(ANNAS)).status_code == 200
    assert "not on the list" in client.get("/api/runs", headers=bearer("e" * 30)).json()["error"]
    secrets.write_text("[Auth]\n")
    assert "closed" in client.get("/api/runs", headers=bearer(ANNAS)).json()["error"]


def test_a_server_that_requires_a_log_in_is_closed_without_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LULL_LOGIN", "1")
    assert client.get("/api/runs").status_code == 401


def test_tokens_that_cannot_be_trusted_open_nothing(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokens.toml"
    for text, mode, says in (
        (f'[tokens]\n"a@b.c" = "{ANNAS}"\n', 0o644, "chmod 600"),
        ('[tokens]\n"a@b.c" = "short"\n', 0o600, "at least 20"),
        (f'[tokens]\n"a@b.c" = "{ANNAS}"\n"d@e.f" = "{ANNAS}"\n', 0o600, "another token"),
        ("tokens = 1\n", 0o600, "a table"),
        ("[tokens", 0o600, "TOML"),
    ):
        file.write_text(text)
        file.chmod(mode)
        with pytest.raises(InputError, match=says):
            Tokens.of({"LULL_API_TOKENS": str(file)})
    monkeypatch.setenv("LULL_API_TOKENS", str(file))
    answer = client.get("/api/runs", headers=bearer(ANNAS))
    assert answer.status_code == 401
    assert str(tmp_path) not in answer.text


def test_the_description_names_every_door_and_what_it_takes(client: Client) -> None:
    document = client.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {f"/api/{door}" for door in DOORS}
    for door, (takes, _) in DOORS.items():
        said = [one["name"] for one in document["paths"][f"/api/{door}"]["get"]["parameters"]]
        assert sorted(said) == sorted(takes)


def test_the_description_of_an_answer_has_its_keys(client: Client) -> None:
    given = client.get("/api/answer", params={"question": QUESTION, "series": "israel"}).json()
    document = client.get("/api/openapi.json").json()
    schema = document["paths"]["/api/answer"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) <= set(given)
