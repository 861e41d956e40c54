"""What a reader does with runs on the page: names, pins, deletes them, and opens a snapshot of one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lull.model.runs.labels import Label, labels, pin_run
from lull.model.runs.snapshot import take_snapshot
from lull.model.runs.store import Run, Store
from lull.pages.widgets.layout import pinned_run, usual_run

pytestmark = pytest.mark.integration

PATIENCE = 120
OWN = "from lull.pages.screens.own_data import show_own_data\nshow_own_data()"


def counts(weeks_from: str) -> dict[str, object]:
    days = {"first_day": weeks_from, "last_day": "2024-12-29"}
    return {"kind": "counts", "factions": ["The group"], "known": 3, "used": 3, **days, "set_aside": [], "tension": []}


@pytest.fixture
def screen(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The screen of one's own data."""
    for name in ("LULL_FILES", "LULL_SCENARIOS"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    return AppTest.from_string(OWN, default_timeout=PATIENCE)


def test_a_run_is_named_pinned_and_deleted_after_a_question(
    screen: AppTest, store: Store, write_run: Callable[..., Run]
) -> None:
    write_run(run_id="aaaa0000")
    write_run(run_id="bbbb0000")
    screen.run()
    screen.selectbox(key="notes.run").select("aaaa0000").run()
    screen.text_input(key="notes.name").input("The main case").run()
    screen.button(key="notes.save").click().run()
    screen.button(key="notes.pin").click().run()
    assert not screen.exception
    assert labels(store) == {"aaaa0000": Label("The main case", pinned=True)}
    first = screen.dataframe[0].value.iloc[0]
    assert (first["name"], bool(first["pinned"]), first["run"]) == ("The main case", True, "aaaa0000"[:8])
    screen.text_input(key="notes.name").input("x" * 61).run()
    screen.button(key="notes.save").click().run()
    assert "at most 60 characters" in screen.toast[0].value
    screen.button(key="notes.bin").click().run()
    assert store.find("aaaa0000") is not None, "nothing is deleted unasked"
    assert any("Delete “The main case" in each.value for each in screen.warning)
    screen.button(key="notes.bin.yes").click().run()
    assert not screen.exception
    assert [run.run_id for run in store.runs()] == ["bbbb0000"]
    assert labels(store) == {}


def test_a_snapshot_is_opened_and_another_file_refused(
    screen: AppTest, store: Store, write_run: Callable[..., Run], tmp_path: Path
) -> None:
    elsewhere = Store(tmp_path / "elsewhere")
    run = write_run(run_id="aaaa0000")
    take_snapshot(run, {"series": "us_forces", "scenario": "ceasefire-fork"}, tmp_path / "one.lull")
    run.folder.rename(tmp_path / "gone")
    assert elsewhere.runs() == store.runs() == []
    screen.run()
    screen.file_uploader(key="notes.file").upload("two.lull", b"text").run()
    assert any("a snapshot that the page wrote" in each.value for each in screen.error)
    screen.file_uploader(key="notes.file").upload("one.lull", (tmp_path / "one.lull").read_bytes()).run()
    assert not screen.exception
    assert [each.run_id for each in store.runs()] == ["aaaa0000"]
    assert "(scenarios?run=aaaa0000&series=us_forces&scenario=ceasefire-fork)" in screen.success[0].value


def test_five_weeks_of_counts_are_not_shown_first_and_a_pin_is(store: Store, write_run: Callable[..., Run]) -> None:
    long = write_run(run_id="aaaa0000", record={"evidence": counts("2024-01-01")})
    short = write_run(run_id="bbbb0000", record={"evidence": counts("2024-11-25")})
    assert usual_run([short, long]) == long
    assert usual_run([short]) == short
    assert pinned_run(store, store.runs()) is None
    pin_run(store, short.run_id, pinned=True)
    assert pinned_run(store, store.runs()) == short
