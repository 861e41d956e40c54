"""The Evidence screen says what was assumed of late reports, and what reports say of hits."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lull.model.runs.store import Run, Store

pytestmark = pytest.mark.integration

PATIENCE = 60  # seconds for a first projection on a busy machine
HITS = {"front": "israel", "hits": 94, "claims": 316, "reports": ["r044", "r045"]}


def test_late_reports_and_hits_are_reported(
    store: Store, write_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = write_run(run_id="a" * 16).record["evidence"]
    write_run(run_id="b" * 16, record={"evidence": plain | {"completeness": [0.4, 0.8], "hits": [HITS]}})
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    screen = AppTest.from_string(
        "from lull.pages.screens.evidence import show_evidence\nshow_evidence()", default_timeout=PATIENCE
    )
    screen.query_params["run"] = "b" * 16
    screen.run()
    assert not screen.exception
    said = "\n".join(each.value for each in screen.markdown).replace("\\", "")
    assert "The last 2 weeks are taken as reported in part: 40 % and 80 %, the newest first." in said
    assert "94 of 316 claimed attacks on the front israel were reported as hits (reports r044, r045)." in said


def test_each_driver_stands_beside_its_record(
    store: Store, write_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(run_id="c" * 16)
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    screen = AppTest.from_string(
        "from lull.pages.screens.evidence import show_evidence\nshow_evidence()", default_timeout=PATIENCE
    )
    screen.query_params["run"] = "c" * 16
    screen.run()
    assert not screen.exception
    (table,) = [each.value for each in screen.dataframe if "driver" in each.value]
    assert {"after such events elsewhere", "time course", "cases", "believed", "now", "placebo"} <= set(table)
    said = "\n".join(each.value for each in screen.markdown).replace("\\", "")
    assert "It is what came after them, not what they caused" in said
    assert "No placebo calendars were fitted" in said
    assert "No scenario that came true has been scored yet" in said
