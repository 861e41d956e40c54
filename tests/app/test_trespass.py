"""Attempts of one reader on another's things, on a server with a real log-in: a table of kinds, none of which succeeds.

Anna has a run, a scenario, a file, a failed job and an open page; each holds the secret word. Bert is logged in, and
knows every id, path and address of Anna's. An attempt returns all that he got. A new kind is a new row.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from lull.batch.jobs import FOLDER, PLAN, Job
from lull.batch.jobs import jobs as jobs_of
from lull.data.files import write_json
from lull.data.schema import InputError
from lull.data.uploads import Cabinet
from lull.model.runs.run_index import FILE as INDEX
from lull.model.runs.store import Store
from lull.scenarios.language.saved_scenarios import Shelf
from lull.scenarios.language.spec import baseline
from tests.app.conftest import ANNA, BERT, Provider, Team, team_of
from tests.app.served import PATIENCE, quiet
from tests.conftest import write_synthetic_run

pytestmark = [pytest.mark.browser, pytest.mark.integration]
WORD = "Quillwort"
RUN, OWN_RUN, JOB = "a" * 16, "b" * 16, "c" * 16
LISTEN = 5.0  # seconds without a word after which a stream says no more
FILE, SCENARIO = "quillwort.csv", "quillwort"
COUNTS = f"series,week_start,count\n{WORD},2024-01-01,3\n{WORD},2024-01-08,0\n".encode()


@dataclass(frozen=True)
class Bert:
    """Bert at work: his browser, a browser of nobody, and what he knows of Anna."""

    team: Team
    browser: BrowserContext
    nobody: BrowserContext
    session: str
    download: str

    @property
    def hers(self) -> str:
        """The name of Anna's folders."""
        return self.team.own(ANNA).name

    def page(self, path: str = "", **link: str) -> str:
        """Return all that a page shows him."""
        page = self.team.open(self.browser, f"{path}?{urlencode(link)}")
        shown = page.content()
        page.close()
        return shown

    def fetched(self, path: str, *, method: str = "GET", nobody: bool = False, **headers: str) -> str:
        """Return what the server answers."""
        context = self.nobody if nobody else self.browser
        address = f"{self.team.address}{path}"
        answer: APIResponse = context.request.fetch(address, method=method, headers=headers, max_redirects=0)
        return f"{answer.status} {answer.body().decode('utf-8', 'replace')}"

    def sent(self, path: str, *, method: str = "PUT", nobody: bool = False) -> str:
        """Send a file; nothing may be taken."""
        answer = self.fetched(path, method=method, nobody=nobody)
        assert answer.startswith("403"), answer
        return answer

    def stream(self, session: str, *, nobody: bool = False, origin: str = "", patience: float = LISTEN) -> str:
        """Return what a page's stream says to who asks to go on with a session."""
        cookies = {} if nobody else {each["name"]: each["value"] for each in self.browser.cookies()}
        header = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        protocols = [Subprotocol(each) for each in ("streamlit", cookies.get("_streamlit_xsrf", "none"), session)]
        asked = Origin(origin or self.team.address.rstrip("/"))
        address, heard = f"ws://localhost:{self.team.port}/_stcore/stream", ""
        with (
            suppress(WebSocketException, TimeoutError, OSError),
            connect(address, additional_headers=header, origin=asked, subprotocols=protocols) as line,
        ):
            line.send(BackMsg(rerun_script=ClientState()).SerializeToString())
            while WORD not in heard:
                message = line.recv(timeout=patience)
                heard += message if isinstance(message, str) else message.decode("utf-8", "replace")
        return heard

    @property
    def store(self) -> Store:
        """His own runs, as the page opens them."""
        return Store(self.team.own(BERT))

    @property
    def cabinet(self) -> Cabinet:
        """His own files."""
        return Cabinet(self.team.own(BERT, ".lull_files"))

    @property
    def shelf(self) -> Shelf:
        """His own scenarios."""
        return Shelf(self.team.own(BERT, ".lull_scenarios"))


def tried[T](call: Callable[[], T]) -> str:
    """Return what a call gives, or how it was refused."""
    try:
        return str(call())
    except (InputError, OSError, ValueError) as error:
        return f"refused: {type(error).__name__}"


type Attempt = Callable[[Bert], str]
PAGES: dict[str, Attempt] = {
    "a run by its id": lambda bert: bert.page(run=RUN),
    "a run by her folder and its id": lambda bert: bert.page(run=f"{bert.hers}/{RUN}"),
    "a run by a path that climbs": lambda bert: bert.page(run=f"../{bert.hers}/{RUN}"),
    "a run by a path that climbs in code": lambda bert: bert.page(run=quote(f"../{bert.hers}/{RUN}", safe="")),
    "a run by backslashes": lambda bert: bert.page(run=f"..\\{bert.hers}\\{RUN}"),
    "a run by its whole path": lambda bert: bert.page(run=str(bert.team.own(ANNA) / RUN)),
    "a run with a null": lambda bert: bert.page(run=f"{RUN}\0"),
    "a run on the screen of evidence": lambda bert: bert.page("evidence", run=RUN),
    "a run on the screen of exports": lambda bert: bert.page("export", run=RUN),
    "a run on the screen of questions": lambda bert: bert.page("questions", run=RUN),
    "her series": lambda bert: bert.page("situation", run=RUN, series="israel"),
    "a scenario by its name": lambda bert: bert.page(scenario=SCENARIO),
    "a scenario by a path that climbs": lambda bert: bert.page(scenario=f"../{bert.hers}/{SCENARIO}.toml"),
    "a scenario by its whole path": lambda bert: bert.page(
        scenario=str(bert.team.own(ANNA, ".lull_scenarios") / f"{SCENARIO}.toml")
    ),
    "a file as a scenario": lambda bert: bert.page(scenario=str(bert.team.own(ANNA, ".lull_files") / FILE)),
    "scenarios beside": lambda bert: bert.page("side-by-side", beside=f"{SCENARIO},../{bert.hers}/{SCENARIO}"),
    "her files, jobs and runs": lambda bert: bert.page("your-data", run=RUN, reader=ANNA, user=bert.hers),
    "a question that names a file": lambda bert: bert.page("questions", question=f"../{bert.hers}/{FILE}"),
    "another reader in the link": lambda bert: bert.page(email=ANNA, reader=bert.hers, store=str(bert.team.own(ANNA))),
}
REQUESTS: dict[str, Attempt] = {
    "her download": lambda bert: bert.fetched(bert.download),
    "her download, not logged in": lambda bert: bert.fetched(bert.download, nobody=True),
    "her download, its name changed": lambda bert: bert.fetched(f"{bert.download.rpartition('.')[0]}.html"),
    "her download, no suffix": lambda bert: bert.fetched(bert.download.rpartition(".")[0]),
    "her download, a longer path": lambda bert: bert.fetched(bert.download.replace("media/", "media/./")),
    "her download by HEAD": lambda bert: bert.fetched(bert.download, method="HEAD"),
    "her download in part": lambda bert: bert.fetched(bert.download, range="bytes=0-9"),
    "her download from another origin": lambda bert: bert.fetched(bert.download, origin="https://evil.example"),
    "her download as another host": lambda bert: bert.fetched(bert.download, host="evil.example"),
    "her download in the name of a header": lambda bert: bert.fetched(
        bert.download, **{"x-forwarded-user": ANNA, "x-forwarded-email": ANNA, "remote-user": ANNA}
    ),
    "a download by a path that climbs": lambda bert: bert.fetched(f"media/..%2f{bert.hers}%2f{RUN}%2frun.json"),
    "the store as a download": lambda bert: bert.fetched(f"media/{quote(str(bert.team.store), safe='')}"),
    "a file into her session": lambda bert: bert.sent(f"_stcore/upload_file/{bert.session}/1"),
    "a file out of her session": lambda bert: bert.sent(f"_stcore/upload_file/{bert.session}/1", method="DELETE"),
    "a file into her session, not logged in": lambda bert: bert.sent(
        f"_stcore/upload_file/{bert.session}/1", nobody=True
    ),
    "a file into a session that climbs": lambda bert: bert.sent(f"_stcore/upload_file/..%2f{bert.session}/1"),
    "static files that climb": lambda bert: bert.fetched(f"static/..%2f..%2f{bert.hers}%2f{RUN}%2frun.json"),
    "the page's static files": lambda bert: bert.fetched(f"app/static/..%2f{bert.hers}/{RUN}/run.json"),
    "a component that climbs": lambda bert: bert.fetched(f"component/..%2f..%2f{bert.hers}/{FILE}"),
    "a component of the new kind": lambda bert: bert.fetched(f"_stcore/bidi-components/..%2f{bert.hers}/{FILE}"),
    "the secrets as a file": lambda bert: bert.fetched("..%2f.streamlit%2fsecrets.toml"),
    "figures of the server, not logged in": lambda bert: bert.fetched("_stcore/metrics", nobody=True),
    "the health of the server": lambda bert: bert.fetched("_stcore/health"),
    "the health of the script": lambda bert: bert.fetched("_stcore/script-health-check"),
    "the settings of the server": lambda bert: bert.fetched("_stcore/host-config"),
    "the end of the log-in again": lambda bert: bert.fetched("oauth2callback?code=x&state=y"),
}
STREAMS: dict[str, Attempt] = {
    "her session with his cookie": lambda bert: bert.stream(bert.session),
    "her session without a cookie": lambda bert: bert.stream(bert.session, nobody=True),
    "her session from another origin": lambda bert: bert.stream(bert.session, origin="https://evil.example"),
}
FOLDERS: dict[str, Attempt] = {
    "find a run beside his": lambda bert: tried(lambda: bert.store.find(f"../{bert.hers}/{RUN}")),
    "find a run by its whole path": lambda bert: tried(lambda: bert.store.find(str(bert.team.own(ANNA) / RUN))),
    "find a run by its id": lambda bert: tried(lambda: bert.store.find(RUN)),
    "find the folder above": lambda bert: tried(lambda: bert.store.find("..")),
    "list runs": lambda bert: tried(bert.store.runs),
    "list jobs": lambda bert: tried(lambda: [(job.run_id, job.log()) for job in jobs_of(bert.store)]),
    "list files": lambda bert: tried(bert.cabinet.files),
    "list scenarios": lambda bert: tried(bert.shelf.scenarios),
    "remove her file": lambda bert: tried(lambda: bert.cabinet.remove(f"../{bert.hers}/{FILE}")),
    "remove her file by its whole path": lambda bert: tried(
        lambda: bert.cabinet.remove(str(bert.team.own(ANNA, ".lull_files") / FILE))
    ),
    "put a file over hers": lambda bert: tried(lambda: bert.cabinet.put(f"../{bert.hers}/{FILE}", b"week,count\n")),
    "delete her scenario": lambda bert: tried(lambda: bert.shelf.delete(f"../{bert.hers}/{SCENARIO}")),
    "save a scenario over hers": lambda bert: tried(
        lambda: bert.shelf.save(baseline(), f"../{bert.hers}/{SCENARIO}").branches
    ),
}
ATTEMPTS = PAGES | REQUESTS | STREAMS | FOLDERS


def settle(team: Team) -> None:
    """Give Anna what nobody else may see, and Bert a run of his own."""
    own = Store(team.own(ANNA))
    record = write_synthetic_run(Store(team.folder / "pattern")).record["evidence"]
    write_synthetic_run(own, run_id=RUN, record={"evidence": record | {"factions": [WORD]}})
    write_synthetic_run(Store(team.own(BERT)), run_id=OWN_RUN)
    Cabinet(team.own(ANNA, ".lull_files")).put(FILE, COUNTS)
    Shelf(team.own(ANNA, ".lull_scenarios")).save(baseline(), WORD)
    job = Job(JOB, own.folder / FOLDER / JOB)
    job.folder.mkdir(parents=True)
    (job.folder / PLAN).write_text("{}")
    (job.folder / "log.txt").write_text(f"Fitting {WORD}\n")
    write_json(job.folder / "state.json", {"state": "failed", "message": f"{WORD} did not fit."})


def contents(*folders: Path) -> dict[str, str]:
    """Return the checksum of every file but what her own page writes whenever it lists her runs."""
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in paths if path.name not in {"lock", INDEX}}


def hers(team: Team) -> dict[str, str]:
    return contents(*(team.own(ANNA, place) for place in ("", ".lull_files", ".lull_scenarios")))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory, provider: Provider, browser: Browser) -> Iterator[Bert]:
    folder = tmp_path_factory.mktemp("team")
    with (
        team_of(folder, provider, browser, prepare=settle) as team,
        team.visitor() as anna,
        team.visitor() as own,
        team.visitor() as nobody,
    ):
        team.log_in(anna, ANNA)
        page = team.open(anna, "your-data")
        expect(page.get_by_text(WORD).first).to_be_visible()
        session, download = her_session(page, "more.csv"), her_download(team, page)
        team.log_in(own, BERT)
        yield Bert(team, own, nobody, session, download)


def her_session(page: Page, name: str) -> str:
    """Return the id of Anna's session: her browser sends it with each file."""
    page.locator(".lull-done").wait_for(state="attached")
    quiet(page)
    with page.expect_request(lambda request: "/_stcore/upload_file/" in request.url) as asked:
        page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "text/csv", "buffer": COUNTS})
    expect(page.get_by_text(f"Kept “{name}”").first).to_be_visible()
    return asked.value.url.split("/_stcore/upload_file/")[1].split("/")[0]


def her_download(team: Team, page: Page) -> str:
    """Return the path of a file that Anna's open page offers."""
    page.goto(f"{team.address}export?run={RUN}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)", exact=True).click()
    return download.value.url.removeprefix(team.address)


def test_the_table_has_thirty_kinds_and_more() -> None:
    assert len(ATTEMPTS) >= 30


@pytest.mark.parametrize("kind", ATTEMPTS)
def test_no_attempt_on_the_things_of_another_reader_succeeds(kind: str, bert: Bert) -> None:
    before = hers(bert.team)
    got = ATTEMPTS[kind](bert)
    for scenario in bert.shelf.scenarios():  # what he saved under her name is his own, and no later attempt finds it
        bert.shelf.delete(scenario.id)
    assert WORD.casefold() not in got.casefold().replace(f"scenario={SCENARIO}", "").replace(FILE, "")
    assert hers(bert.team) == before


def test_what_is_refused_to_others_its_owner_may_do(bert: Bert) -> None:
    """Else the attempts above would show nothing."""
    with bert.team.visitor() as anna:
        page = bert.team.log_in(anna, ANNA)
        expect(page.get_by_text(WORD).first).to_be_visible()
        assert WORD in page.content()
        path = her_download(bert.team, page)
        assert anna.request.get(f"{bert.team.address}{path}").status == 200
        session = her_session(bert.team.open(anna, "your-data"), "other.csv")
        assert WORD in replace(bert, browser=anna).stream(session, patience=PATIENCE)
