"""The overview: every series of every run in a line, its change, its filters, and the way to its lab."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from streamlit.testing.v1 import AppTest

from lull.model.runs.labels import name_run
from lull.model.runs.store import Run, Store
from lull.scenarios.overview.lines import (
    FILE,
    WEEK,
    Line,
    OverviewRow,
    by_change,
    keep_rows,
    lines,
    read_rows,
    rows_of,
)
from lull.scenarios.overview.table import change_sentence, overview_html, spark_words, sparkline

pytestmark = pytest.mark.integration

PATIENCE = 120
OVERVIEW = "from lull.pages.screens.overview import show_overview\nshow_overview()"


def row(series: str = "us_forces", **more: object) -> OverviewRow:
    usual: dict[str, object] = {
        "run_id": "aaaa", "series": series, "group": "The group", "data": "d", "created": "2025-01-01", "grade": "good",
        "as_of": date(2024, 12, 31), "known_to": date(2024, 12, 29), "origin": date(2024, 12, 23),
        "silent_weeks": 4.0, "p_pause": 0.87, "soon": 0.36, "later": 0.69,
        "past": (3.0, None, 2.0, 0.0), "fan": ((0.0, 0.0, 5.0), (1.0, 0.0, 6.0)),
    }  # fmt: skip
    return OverviewRow(**usual | more)  # type: ignore[arg-type]


def test_a_line_has_the_run_of_the_week_before_of_the_same_data() -> None:
    now, before = row(), row(run_id="bbbb", origin=date(2024, 12, 16), soon=0.30, created="2024-12-24")
    other = row(run_id="cccc", origin=date(2024, 12, 16), data="another", soon=0.99)
    found = {line.row.run_id: line for line in lines([now, before, other])}
    assert found["aaaa"].before == before
    assert found["aaaa"].changes == pytest.approx((0.06, 0.0))
    assert (found["aaaa"].superseded, found["bbbb"].superseded, found["cccc"].superseded) == (False, True, False)
    assert found["bbbb"].changes is None


def test_of_two_runs_of_a_week_the_newer_one_stands() -> None:
    old, new = row(run_id="bbbb"), row(created="2025-01-02")
    found = {line.row.run_id: line for line in lines([old, new])}
    assert (found["bbbb"].superseded, found["aaaa"].superseded) == (True, False)


def test_the_largest_change_stands_first_whichever_way_it_went() -> None:
    some = [Line(row("a"), row("a", later=0.68)), Line(row("b"), row("b", soon=0.50)), Line(row("c", soon=0.9))]
    assert [line.row.series for line in by_change(some)] == ["b", "a", "c"]


def test_the_table_names_links_and_escapes() -> None:
    line = Line(row(group='<img src="x">'), row(soon=0.30))
    shown = overview_html([line], names={}, lab="scenarios")
    assert "<img src=" not in re.sub(r'<img alt="[^"]*" width="150" height="34" src="data:image', "", shown)
    (link,) = re.findall(r'href="([^"]+)"', shown)
    assert urlsplit(link).path == "scenarios"
    assert parse_qs(urlsplit(link.replace("&amp;", "&")).query) == {"run": ["aaaa"], "series": ["us_forces"]}
    assert ">US forces</a>" in shown
    assert 'title="us_forces"' in shown
    assert "+6\N{NO-BREAK SPACE}points" in shown
    assert "0\N{NO-BREAK SPACE}points" in shown, "no change of the other chance"
    assert "The main case" in overview_html([line], names={"aaaa": "The main case"}, lab="scenarios")


def test_the_small_picture_leaves_a_gap_where_no_evidence_reaches() -> None:
    from base64 import b64decode  # noqa: PLC0415 - of this test alone

    (data,) = re.findall(r"base64,([^\"]+)", sparkline(row()))
    drawn = ET.fromstring(b64decode(data))  # noqa: S314 - our own
    kinds = [child.tag.rpartition("}")[2] for child in drawn]
    assert kinds == ["polyline", "polyline", "polygon", "polyline", "line"], "two stretches, the fan, its median, today"
    assert "nan" not in b64decode(data).decode()
    assert spark_words(row()).startswith("US forces: at most 3 attacks a week in the last 4 weeks; ahead at most 6")


def test_what_a_new_week_changed_is_a_sentence() -> None:
    words = change_sentence(Line(row(), row(soon=0.30, p_pause=0.80))).replace("\N{NO-BREAK SPACE}", " ")
    assert words == (
        "The week of 23 December 2024 brought 0 attacks; silent for 4 weeks now. Chance of a pause 80 % → 87 %, an "
        "attack in 4 weeks 30 % → 36 %, in 12 weeks 69 % → 69 %."
    )
    unknown = change_sentence(Line(row(past=(1.0, None)), row()))
    assert "is not reported" in unknown


def test_lines_are_kept_and_those_of_other_code_are_made_again(store: Store, write_run: Callable[..., Run]) -> None:
    run = write_run()
    made = {run.run_id: rows_of(run)}
    assert [each.series for each in made[run.run_id]] == ["israel", "us_forces"]
    israel = made[run.run_id][0]
    assert (israel.silent_weeks, israel.origin, israel.past[-4:]) == (4.0, date(2024, 12, 23), (0.0,) * 4)
    assert 0 < israel.soon < israel.later < 1
    keep_rows(store, made)
    assert read_rows(store) == made
    whole = json.loads((store.folder / FILE).read_text())
    (store.folder / FILE).write_text(json.dumps(whole | {"code": "other"}))
    assert read_rows(store) == {}
    (store.folder / FILE).write_text("{")
    assert read_rows(store) == {}


@pytest.fixture
def two_weeks(answered_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with a run, and lines of it and of one of the week before."""
    store = Store(tmp_path / "store")
    shutil.copytree(answered_store.folder, store.folder)
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    (run,) = store.runs()
    shutil.copytree(run.folder, store.folder / "bbbb0000")
    now = rows_of(run)
    before = tuple(
        one.model_copy(update={"run_id": "bbbb0000", "origin": one.origin - WEEK, "created": "2000", "soon": 0.99})
        for one in now
    )
    keep_rows(store, {run.run_id: now, "bbbb0000": before})
    return store


def table(screen: AppTest) -> str:
    return next(each.proto.body for each in screen.get("html") if "lull-overview" in each.proto.body)


def test_the_overview_lists_filters_and_says_what_changed(two_weeks: Store) -> None:
    name_run(two_weeks, next(iter(read_rows(two_weeks))), "The main case")
    screen = AppTest.from_string(OVERVIEW, default_timeout=PATIENCE).run()
    assert not screen.exception
    assert screen.title[0].value == "Overview"
    assert table(screen).count("<tr") == 1 + 2
    assert "The main case" in table(screen)
    assert [each.value for each in screen.header] == ["What the new week changed"]
    screen.checkbox(key="overview.older").check().run()
    assert table(screen).count("<tr") == 1 + 4
    screen.checkbox(key="overview.older").uncheck().run()
    screen.text_input(key="overview.text").input("us main").run()
    assert table(screen).count("<tr") == 1 + 1
    screen.text_input(key="overview.text").input("nowhere").run()
    assert "Nothing matches" in screen.info[0].value
    screen.text_input(key="overview.text").input("").run()
    screen.button_group(key="overview.state").set_value("silent").run()
    assert ">Israel</a>" in table(screen)
    assert ">US forces</a>" not in table(screen)
    screen.button_group(key="overview.state").set_value("all").run()
    screen.multiselect(key="overview.grade").set_value(["unusable"]).run()
    assert "Nothing matches" in screen.info[0].value
    assert not screen.exception


def test_a_run_that_is_gone_has_no_line(two_weeks: Store) -> None:
    shutil.rmtree(two_weeks.folder / "bbbb0000")
    screen = AppTest.from_string(OVERVIEW, default_timeout=PATIENCE).run()
    assert not screen.exception
    assert not screen.header
    assert table(screen).count("<tr") == 1 + 2


@pytest.mark.integration
def test_the_first_screen_waits_for_no_numerics() -> None:
    """Lines that are kept need none, and to import them took two thirds of the first paint."""
    program = "import lull.pages.screens.overview, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numba", "scipy", "pandas", "xarray", "pyarrow", "altair", "duckdb"} & set(loaded)
