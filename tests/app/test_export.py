"""Everything that can be taken away is there, and is what it says."""

import json
import re
import shlex
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pyarrow as pa
import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from lull.cli import lull
from lull.model.runs.store import Store
from lull.pages.screens import export
from lull.pages.screens.export import FILES, export_command
from lull.scenarios.language.scenario_files import find_scenario, parse_scenario
from lull.scenarios.language.toml_text import toml_of
from lull.scenarios.presentation.compare_charts import overlay_spec
from lull.scenarios.presentation.curves import CURVE, FAN
from lull.scenarios.presentation.lab_charts import Spec, curve_spec, fan_spec
from lull.scenarios.presentation.pictures import picture_file
from lull.scenarios.presentation.report_bars import REPORTS, reports_spec
from lull.scenarios.results.situation import noon
from lull.scenarios.timeline.picture import Bands, timeline_spec
from lull.scenarios.timeline.rows import TIMELINE

pytestmark = pytest.mark.integration

PATIENCE = 60  # seconds for a first projection on a busy machine


@pytest.fixture
def names() -> dict[str, object]:
    """What the file of each download button of `made` is called, by the button's label."""
    return {}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, names: dict[str, object]) -> dict[str, object]:
    """What each download button of the page would give, by its label."""
    given: dict[str, object] = {}
    plain = export.st.delta_generator.DeltaGenerator.download_button

    def button(self: object, label: str, data: object, *rest: object, **more: object) -> bool:
        given[label] = data
        names[label] = next(iter(rest), None)
        return bool(plain(self, label, data, *rest, **more))

    monkeypatch.setattr("streamlit.delta_generator.DeltaGenerator.download_button", button)
    monkeypatch.setattr(export.st, "download_button", lambda label, data, *_, **__: given.update({label: data}))
    return given


@pytest.fixture
def screen(answered_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppTest:
    monkeypatch.setenv("LULL_STORE", str(answered_store.folder))
    monkeypatch.setenv("LULL_SCENARIOS", str(tmp_path / "own"))
    code = "from lull.pages.screens.export import show_export\nshow_export()"
    return AppTest.from_string(code, default_timeout=PATIENCE)


def content(made: Mapping[str, object], label: str) -> bytes:
    data = made[label]
    assert callable(data)
    given = data()
    assert isinstance(given, bytes)
    return given


def test_every_file_and_picture_is_offered_and_a_workbook_opens(screen: AppTest, made: dict[str, object]) -> None:
    screen.query_params["beside"] = "ceasefire-fork"
    screen.run()
    assert not screen.exception
    assert {label for label, _ in FILES.values()} | {
        *SITES,
        "Download SVG",
        "Download PNG",
        "Download TOML",
    } | BRIEFINGS == set(made)
    book = load_workbook(BytesIO(content(made, FILES["xlsx"][0])))
    assert book.sheetnames == ["baseline", "ceasefire-fork", "assumptions", "provenance"]
    assert book["baseline"].max_row == 1 + 2 * 26
    assert parse_scenario(str(made["Download TOML"]), "x.toml") == find_scenario("ceasefire-fork")


BRIEFINGS = {"Briefing (HTML)", "Briefing (PDF)"}
SITES = ("Hub (ZIP, hubverse)", "Metaculus (JSON)")


def test_a_hub_and_a_file_for_metaculus_are_those_of_the_command(
    screen: AppTest, made: dict[str, object], names: dict[str, object], answered_store: Store, tmp_path: Path
) -> None:
    screen.query_params["beside"] = "pressure-eases"
    screen.query_params["question"] = "any attack by 2025-03-01"
    screen.run()
    assert not screen.exception
    hub, metaculus = (content(made, label) for label in SITES)
    with ZipFile(BytesIO(hub)) as archive:
        assert {"hub-config/tasks.json", "hub-config/admin.json", "target-data/oracle-output.parquet"} <= set(
            archive.namelist()
        )
    words = ["export", "--format", "metaculus", "--question", "any attack by 2025-03-01", "--series", "israel"]
    words += ["--scenario", "pressure-eases", "--out", str(tmp_path / "out"), "--store", str(answered_store.folder)]
    assert CliRunner().invoke(lull, words).exit_code == 0
    (file,) = (tmp_path / "out").iterdir()
    assert json.loads(metaculus) == json.loads(file.read_text("utf-8"))
    assert file.name == names["Metaculus (JSON)"]


def test_a_briefing_is_of_the_scenario_in_hand(screen: AppTest, made: dict[str, object]) -> None:
    screen.query_params["scenario"] = "ceasefire-fork"
    screen.run()
    assert not screen.exception
    page = made["Briefing (HTML)"]
    assert callable(page)
    assert f"<strong>{find_scenario('ceasefire-fork').title}.</strong>" in page()


def test_without_a_browser_the_page_says_why_there_is_no_pdf(
    screen: AppTest, made: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lull.pages.panels.briefing.browser", lambda: None)
    screen.run()
    assert "Briefing (PDF)" not in made
    assert any("No PDF" in caption.value for caption in screen.caption)


def test_every_picture_is_drawn(screen: AppTest, made: dict[str, object]) -> None:
    screen.run()
    for name in screen.selectbox(key="export.picture").options:
        screen.selectbox(key="export.picture").select(name).run()
        assert not screen.exception
        drawn = content(made, "Download SVG").decode()
        assert drawn.startswith('<svg role="img" aria-label=')
        assert not re.search("undefined|null|NaN", drawn), name
        assert lines_of(drawn) >= 1, name
    assert content(made, "Download PNG").startswith(b"\x89PNG")


def lines_of(drawn: str) -> int:
    """Return how many marks of a picture show data: paths of several points, bars and dots."""
    marks = re.findall(r'<path aria-label="([^"]*)"', drawn)
    return len(marks)


FULL = Bands(("pressure", "your scenario"), ("pressure",), alone=False)


def specs() -> list[tuple[Spec, pa.Schema]]:
    """Return the specification of every picture without numbers, and the columns that it is given."""
    return [
        (fan_spec(), FAN),
        (fan_spec(alone=True), FAN),
        (curve_spec(), CURVE),
        (overlay_spec(("a", "b")), CURVE),
        (timeline_spec(FULL), TIMELINE),
        (timeline_spec(Bands((), (), alone=True)), TIMELINE),
        (reports_spec(), REPORTS),
    ]


def test_no_layer_has_data_of_its_own_and_every_field_is_a_column() -> None:
    """A layer with data of its own draws nothing of the rows; a field that is no column says `undefined`."""
    for spec, schema in specs():
        text = json.dumps(spec)
        assert '"data"' not in text
        assert '"datasets"' not in text
        made = set(re.findall(r'"as": "(\w+)"', text))
        assert set(re.findall(r'"field": "(\w+)"', text)) <= {*schema.names, *made}


def test_the_command_writes_the_same_files(answered_store: Store, tmp_path: Path) -> None:
    own = find_scenario("ceasefire-fork").model_copy(update={"id": "own"})
    (run,) = answered_store.runs()
    assert "--scenario ceasefire-fork --scenario own.toml" in export_command(
        run.run_id, [find_scenario("ceasefire-fork"), own]
    )
    words = shlex.split(export_command(run.run_id, ()).replace("--out out", f"--out {tmp_path}"))
    done = CliRunner().invoke(lull, [*words[1:], "--store", str(answered_store.folder)])
    assert done.exit_code == 0, done.output
    assert len(list(tmp_path.iterdir())) == len(FILES)


def test_a_picture_says_in_words_what_it_shows() -> None:
    row = {"week": noon(date(2024, 1, 1)), "line": "past", "median": 2.0, "halted": 0.2}
    table = pa.Table.from_pylist([row], schema=TIMELINE)
    drawn = picture_file(timeline_spec(FULL), table, "svg", words='A "quoted" <b>').decode()
    assert 'aria-label="A &quot;quoted&quot; &lt;b&gt;"' in drawn


def test_toml_is_what_the_lab_would_write() -> None:
    scenario = find_scenario("ceasefire-fork")
    assert parse_scenario(toml_of(scenario), "x.toml") == scenario
