"""Bring your own: files kept, or their problems listed by line, a fit started of what was chosen, runs side by side."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lull.batch.jobs import Job, Status
from lull.data.counts import read_counts
from lull.data.evidence import Evidence
from lull.data.reports import read_reports
from lull.data.uploads import Cabinet
from lull.model.runs.store import Run, Store

pytestmark = pytest.mark.integration

PATIENCE = 60  # seconds for a first projection on a busy machine
GOOD = b"series,week_start,count\nnorth,2024-01-01,3\nnorth,2024-01-08,0\n"
BROKEN = b"series,week_start,count\nnorth,2024-01-02,x\n"
EXPORTS = {
    "acled": (
        b"event_id_cnty,event_date,time_precision,actor1,actor2,country,timestamp\n"
        b"A1,2024-01-01,1,Alpha,Beta,North,1704153600\nA2,2024-01-10,1,Beta,Alpha,North,1704953600\n"
        b"A3,2024-01-15,3,Alpha,,North,1706745600\nA4,2024-01-28,1,Beta,,North,1706745600\n"
    ),
    "ucdp": (
        b"id,date_start,date_end,side_a,side_b,country\n1,2024-01-01,2024-01-01,Alpha,Civilians,North\n"
        b"2,2024-01-21,2024-01-21,Beta,Civilians,North\n"
    ),
    "list": b"event_id,date,actor\n1,2024-01-01,Alpha\n2,2024-01-21,Beta\n",
}
EVENTS = (
    b"event_id,date,end_date,kind,dimension,actor,target,salience\n"
    b"e1,2024-01-03,,own_statement,pressure,A council,North,3\n"
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cabinet:
    monkeypatch.setenv("LULL_FILES", str(tmp_path / "files"))
    return Cabinet(tmp_path / "files")


@pytest.fixture
def screen(store: Store, files: Cabinet, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    assert not files.folder.exists()
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    code = "from lull.pages.screens.own_data import show_own_data\nshow_own_data()"
    return AppTest.from_string(code, default_timeout=PATIENCE)


def texts(screen: AppTest) -> str:
    kinds = (screen.markdown, screen.caption, screen.info, screen.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def bring(screen: AppTest, *files: tuple[str, bytes]) -> None:
    for name, content in files:
        screen.file_uploader[0].upload(name, content, "text/csv")
    screen.run()
    assert not screen.exception


def test_without_files_and_runs_every_part_says_what_to_do(screen: AppTest) -> None:
    screen.run()
    assert not screen.exception
    assert "You have no files yet. Drag one" in texts(screen)
    assert "A fit needs a file of weekly counts or of reports. Upload one above." in texts(screen)
    assert "There is no run yet. Fit one above" in texts(screen)
    assert "a claim is a statement, not a verified attack." in texts(screen)


def test_good_files_are_kept_and_of_broken_ones_every_problem_is_reported(screen: AppTest, files: Cabinet) -> None:
    screen.run()
    bring(screen, ("good.csv", GOOD), ("broken.csv", BROKEN))
    assert [each.name for each in files.files()] == ["good.csv"]
    assert "“broken.csv” was not imported" in texts(screen)
    problems = screen.dataframe[0].value
    assert problems["where"].tolist() == [
        "broken.csv:line 2, column week_start",
        "broken.csv:line 2, column count",
    ]
    assert "weekly counts of 1 series" in str(screen.table[0].value)
    bring(screen, ("again.csv", GOOD))
    assert "was not imported" not in texts(screen)
    screen.button(key="own.delete").click().run()
    assert [each.name for each in files.files()] == ["again.csv"]


def test_a_fit_is_started_of_the_files_chosen(
    screen: AppTest, files: Cabinet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Evidence] = []

    def start(evidence: Evidence, _: Store) -> Job:
        asked.append(evidence)
        return Job("abc", tmp_path)

    monkeypatch.setattr("lull.pages.screens.own_data.start", start)
    files.put("weekly.csv", GOOD)
    files.put("events.csv", EVENTS)
    screen.run()
    screen.selectbox(key="fit.events").select("events.csv")
    screen.checkbox(key="fit.zeros").check()
    screen.button(key="own.fit").click().run()
    assert not screen.exception
    folder = files.folder
    assert asked == [Evidence(counts=folder / "weekly.csv", events=folder / "events.csv", fill_zeros=True)]


def test_a_fit_is_started_with_late_reports(
    screen: AppTest, files: Cabinet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Evidence] = []
    monkeypatch.setattr(
        "lull.pages.screens.own_data.start", lambda evidence, _: asked.append(evidence) or Job("abc", tmp_path)
    )
    files.put("curve.csv", b"weeks_before_end,share\n0,0.5\n")
    files.put("new.csv", GOOD)
    files.put("old.csv", GOOD[: GOOD.index(b"north,2024-01-08")])
    screen.run()
    folder = files.folder
    for name, late in (
        ("curve.csv", {"completeness": folder / "curve.csv"}),
        ("old.csv", {"previous": folder / "old.csv"}),
    ):
        screen.selectbox(key="fit.late").select(name).run()
        screen.button(key="own.fit").click().run()
        assert not screen.exception
        assert asked.pop() == Evidence(counts=folder / "new.csv", **late)


@pytest.mark.parametrize("kind", ["acled", "ucdp", "list"])
def test_an_export_is_counted_and_every_row_logged(screen: AppTest, files: Cabinet, kind: str) -> None:
    files.put(f"{kind}.csv", EXPORTS[kind])
    screen.run()
    assert not screen.exception
    assert screen.button(key="import.go").disabled
    screen.multiselect(key="import.actors").select("Alpha").run()
    screen.button(key="import.go").click().run()
    assert not screen.exception
    kept = {each.name: each.kind for each in files.files()}
    assert kept.pop(f"{kind}-counts.csv") == "counts"
    assert kept.pop(f"{kind}-reports.csv", "reports") == "reports"
    fates = next(table.value for table in screen.table if "status" in table.value)
    assert fates["rows"].astype(int).sum() == EXPORTS[kind].count(b"\n") - 1
    assert f"{kind}-counts.csv" in str(screen.selectbox(key="fit.main").options)


def test_an_export_that_cannot_be_counted_is_reported(screen: AppTest, files: Cabinet) -> None:
    files.put("acled.csv", EXPORTS["acled"])
    screen.run()
    screen.multiselect(key="import.actors").select("Alpha").run()
    screen.date_input(key="import.as_of").set_value("1999-01-01").run()
    screen.button(key="import.go").click().run()
    assert not screen.exception
    assert "This cannot be counted." in texts(screen)
    assert [each.name for each in files.files()] == ["acled.csv"]


def test_what_does_not_fit_together_is_reported_before_a_process_starts(screen: AppTest, files: Cabinet) -> None:
    files.put("weekly.csv", GOOD)
    screen.run()
    screen.date_input(key="fit.as_of").set_value("2023-01-01")
    screen.button(key="own.fit").click().run()
    assert not screen.exception
    assert "This cannot be fitted." in texts(screen)
    assert "Choose a later" in texts(screen)
    assert str(files.folder) not in texts(screen)


class FakeJob(Job):
    """A job under way."""

    def status(self) -> Status:
        return Status("running", "sample the posterior", 1, 2)

    def log(self) -> str:
        return "a line of the log"


def test_a_fit_under_way_shows_its_log(screen: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("lull.pages.widgets.first_run.jobs", lambda _: [FakeJob("abc", tmp_path)])
    screen.run()
    assert screen.code[0].value == "a line of the log"


def test_runs_stand_side_by_side(screen: AppTest, write_run: Callable[..., Run]) -> None:
    write_run(run_id="aaaa0000", grade="unusable")
    write_run(run_id="bbbb0000", record={"as_of": "2024-12-30"})
    screen.run()
    assert not screen.exception
    assert len(screen.get("vega_lite_chart")) == 2
    assert [error.value[:25] for error in screen.error] == ["Do not use these numbers:"]
    assert [metric.label for metric in screen.metric] == ["Attack within 9 weeks"] * 2
    assert len(screen.dataframe[0].value) == 2


DOUBTFUL = "series;week_start;count\nnörd;05/01/2026;3\nnörd;12/01/2026;x\n".encode("windows-1252")


def test_a_file_in_doubt_is_kept_once_its_reader_says_how_to_read_it(screen: AppTest, files: Cabinet) -> None:
    screen.run()
    bring(screen, ("doubt.csv", DOUBTFUL))
    assert files.files() == ()
    assert "--day-first" in str(screen.dataframe[0].value)
    screen.selectbox(key="own.order").select("day first (1/5/2026 is 1 May)").run()
    screen.number_input(key="own.aside").set_value(1).run()
    bring(screen, ("doubt.csv", DOUBTFUL))
    (kept,) = files.files()
    assert kept.path.read_text("utf-8") == "series,week_start,count\nnörd,2026-01-05,3\n"
    said = texts(screen)
    assert "Set aside: doubt.csv:line 3, column count: expected a whole number from 0 up, found 'x'." in said
    assert "The cells are separated by semicolons." in said
    assert "was read as windows-1252" in said


def test_json_and_tabs_are_kept_as_they_came(screen: AppTest, files: Cabinet) -> None:
    answer = b'{"data": [{"event_id": 1, "date": "2024-01-01", "actor": "Alpha"}]}'
    screen.run()
    bring(screen, ("answer.json", answer), ("tabs.tsv", GOOD.replace(b",", b"\t")))
    assert [(each.name, each.kind) for each in files.files()] == [("answer.json", "list"), ("tabs.tsv", "counts")]
    assert (files.folder / "answer.json").read_bytes() == answer


WEEKLY_SUMS = (
    b"WEEK,REGION,COUNTRY,ADMIN1,EVENT_TYPE,SUB_EVENT_TYPE,EVENTS,FATALITIES\n"
    b"2026-01-03,R,Nordia,East,Battles,Armed clash,4,1\n2026-01-10,R,Nordia,East,Protests,Peaceful protest,2,0\n"
    b"2026-01-17,R,Nordia,East,Battles,Armed clash,1,0\n2026-01-17,R,Nordia,West,Battles,Armed clash,3,0\n"
)
MONTHLY_SUMS = b"Country,Month,Year,Incidents\nNordia,January,2025,5\nNordia,February,2025,0\nSudria,January,2025,9\n"
OTHER_LIST = b"Ref,When,Group,Place\n1,2024-01-01,Alpha,North\n2,2024-01-21,Beta,North\n3,2024-01-22,Alpha,South\n"


def status_table(screen: AppTest) -> int:
    table = next(table.value for table in screen.table if "status" in table.value)
    return int(table["rows"].str.replace(",", "").astype(int).sum())


def test_weekly_sums_become_counts_of_the_chosen_type(screen: AppTest, files: Cabinet) -> None:
    files.put("region.csv", WEEKLY_SUMS)
    screen.run()
    assert screen.button(key="weekly.go").disabled
    screen.text_input(key="weekly.faction").input("All armed groups")
    screen.multiselect(key="weekly.EVENT_TYPE").select("Battles").run()
    screen.button(key="weekly.go").click().run()
    assert not screen.exception
    kept = next(each for each in files.files() if each.kind == "counts")
    counts = read_counts(kept.path)
    assert counts.series == ("All armed groups, East", "All armed groups, West")
    assert counts.array[0].to_numpy().tolist() == [[4, 0, 1], [0, 0, 3]]
    assert str(counts.weeks[0]) == "2026-01-03"
    assert status_table(screen) == 4
    assert "Known to 2026-01-23" in texts(screen)


def test_monthly_sums_of_any_columns_become_reports(screen: AppTest, files: Cabinet) -> None:
    screen.run()
    bring(screen, ("ministry.csv", MONTHLY_SUMS))
    assert [each.kind for each in files.files()] == ["table"]
    screen.text_input(key="sums.faction").input("The group")
    screen.selectbox(key="sums.total").select("Incidents")
    screen.text_area(key="sums.only").input("Country=Nordia")
    screen.selectbox(key="sums.month").select("month")
    screen.selectbox(key="sums.year").select("Year").run()
    screen.button(key="sums.go").click().run()
    assert not screen.exception
    kept = next(each for each in files.files() if each.kind == "reports")
    said = [
        (str(each.window_start), str(each.window_end), each.count, each.qualifier) for each in read_reports(kept.path)
    ]
    assert said == [("2025-01-01", "2025-01-31", 5, "exact"), ("2025-02-01", "2025-02-28", 0, "exact")]
    assert status_table(screen) == 3
    screen.text_area(key="sums.only").input("Country").run()
    screen.button(key="sums.go").click().run()
    assert "expected COLUMN=VALUE" in texts(screen)


def test_a_list_of_events_under_any_columns_is_counted(screen: AppTest, files: Cabinet) -> None:
    files.put("desk.csv", OTHER_LIST)
    screen.run()
    for name, column in (("event_id", "Ref"), ("first_day", "When"), ("actor", "Group"), ("front", "Place")):
        screen.selectbox(key=f"import.column.{name}").select(column)
    screen.run()
    screen.text_input(key="import.pattern").input("Al.*")
    screen.date_input(key="import.until").set_value("2024-02-04").run()
    screen.button(key="import.go").click().run()
    assert not screen.exception
    kept = next(each for each in files.files() if each.kind == "counts")
    counts = read_counts(kept.path)
    assert counts.array[0].sum("week").to_numpy().tolist() == [1, 1]
    assert str(counts.weeks[-1]) == "2024-01-29"
    assert status_table(screen) == 3


def test_two_releases_are_counted_as_one(screen: AppTest, files: Cabinet) -> None:
    heading, *_ = EXPORTS["ucdp"].splitlines(keepends=True)
    files.put("GEDEvent_v25_1.csv", EXPORTS["ucdp"])
    candidate = b"1,2024-01-01,2024-01-01,Alpha,Civilians,North\n9,2026-01-13,2026-01-13,Alpha,Civilians,North\n"
    files.put("GEDEvent_v26_0_1.csv", heading + candidate)
    screen.run()
    screen.multiselect(key="import.file").set_value([each.name for each in files.files()]).run()
    screen.multiselect(key="import.actors").select("Alpha").run()
    screen.button(key="import.go").click().run()
    assert not screen.exception
    assert "cannot be counted" not in texts(screen)
    counts = read_counts(next(each.path for each in files.files() if each.kind == "counts"))
    assert counts.array[0].sum().item() == 2
    assert status_table(screen) == 4
