"""The screens on a small stored run, without a browser."""

import re
import shlex
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from lull.batch.jobs import Job, Status
from lull.cli import lull
from lull.data.evidence import Evidence, embedded_evidence
from lull.data.schema import InputError, Problem
from lull.data.settings import FIRST_FIT
from lull.evaluation.record import keep_record
from lull.model.forward.simulate import OriginState, RandomNumbers
from lull.model.runs.store import Run, Store
from lull.pages.widgets.session import VIEW
from lull.pages.widgets.view import unpacked
from lull.scenarios.engine import series_session
from lull.scenarios.engine.projection import Projection
from lull.scenarios.language.description import in_words
from lull.scenarios.language.saved_scenarios import Shelf
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Event, Scenario
from lull.scenarios.language.toml_text import toml_of
from lull.scenarios.language.uncertain import Hazard, Uniform
from lull.scenarios.results.document import DriverEffect
from tests.conftest import write_embedded_run
from tests.evaluation.conftest import small_record

pytestmark = pytest.mark.integration

FOLDED = ("share", "save", "drivers", "pace", "beliefs", "chips", "readers")  # made only where they are open
LAB = "from lull.pages.screens.lab import show_lab\nshow_lab()"
type WriteRun = Callable[..., Run]
PAGE = Path(__file__).parents[2] / "app.py"
PATIENCE = 60  # seconds for a first projection on a busy machine


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The reader's own scenarios: none yet."""
    monkeypatch.setenv("LULL_SCENARIOS", str(tmp_path / "own"))
    return Shelf(tmp_path / "own")


@pytest.fixture
def screen(store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The lab on the test's own store; nothing is ever fitted."""
    monkeypatch.setattr("lull.pages.widgets.first_run.start", lambda *_: None)
    return another(store, monkeypatch, "lab", "show_lab")


@pytest.fixture
def answered(answered_store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The lab on a store with the embedded run and its forecast."""
    return another(answered_store, monkeypatch, "lab", "show_lab")


@pytest.fixture
def page(answered_store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The whole page on that store."""
    monkeypatch.setenv("LULL_STORE", str(answered_store.folder))
    return AppTest.from_file(str(PAGE), default_timeout=PATIENCE)


def texts(screen: AppTest) -> str:
    kinds = (screen.title, screen.header, screen.markdown, screen.caption, screen.error, screen.warning, screen.info)
    return "\n".join(element.value for kind in kinds for element in kind)


def figures(screen: AppTest) -> list[str]:
    return [figure.value for figure in screen.metric]


def scenario_of(screen: AppTest) -> Scenario:
    return unpacked(screen.query_params["scenario"])


def test_the_lab_answers_what_is_scheduled_first(answered: AppTest) -> None:
    answered.run()
    assert not answered.exception
    found = texts(answered)
    assert "as known on 31 December 2024" in found
    assert "Counts are statements by the group, not verified attacks." in found
    assert "As scheduled, the chance of at least one attack by" in found
    assert len(answered.metric) == 2
    assert len(answered.get("vega_lite_chart")) == 2
    assert not answered.query_params, "the bare address says it already, and back leaves the page"


def test_why_this_number_shows_the_chain_when_it_is_asked_for(answered: AppTest) -> None:
    answered.run()
    assert "The reports it rests on" not in texts(answered)
    answered.toggle(key="why").set_value(True).run()
    assert not answered.exception
    found = texts(answered)
    for part in ("reports it rests on", "Where the series stands", "driver adds", "recorded pauses did", "The grade"):
        assert part in found
    assert "Recorded silences of 4 to 5 weeks" in found
    tables = [table.value for table in answered.table]
    assert any("answer without it" in table.columns for table in tables)
    assert any("within 12 weeks" in table.columns for table in tables)


def test_the_ceasefire_is_moved_undone_redone_and_reset(answered: AppTest) -> None:
    answered.run()
    at_rest = figures(answered)
    answered.selectbox(key="ceasefire.mode").select("collapse").run()
    collapsed = figures(answered)
    assert len(collapsed) == 4
    assert "raises the chance" in texts(answered) or "lowers the chance" in texts(answered)
    answered.date_input(key="ceasefire.day").set_value(date(2025, 1, 15)).run()
    assert "The ceasefire collapses early, on 15 January 2025" in scenario_of(answered).assumptions
    moved = figures(answered)
    press(answered, "Undo")
    assert figures(answered) == collapsed
    press(answered, "Redo")
    assert figures(answered) == moved
    press(answered, "Reset")
    assert figures(answered) == at_rest
    assert not answered.exception


def test_an_undone_question_is_that_of_the_form_again(answered: AppTest) -> None:
    answered.run()
    before = figures(answered)
    answered.selectbox(key="ask.kind").select("halted share").run()
    assert figures(answered) != before
    press(answered, "Undo")
    assert answered.selectbox(key="ask.kind").value == "any attack"
    assert figures(answered) == before


def test_what_is_known_of_moved_drivers_is_made_when_it_is_opened(
    answered: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    effect = DriverEffect(
        covariate="ceasefire", on="halting", prior_low=-1, prior_median=0, prior_high=1, low=-0.5, median=0.2, high=0.9,
        overlap=0.5, prior_sensitivity=0.0, likelihood_sensitivity=0.0, learned="",
    )  # fmt: skip
    monkeypatch.setattr("lull.pages.drivers.driver_table.driver_effects", lambda _run: (effect,))
    answered.run()
    answered.selectbox(key="ceasefire.mode").select("collapse").run()
    assert any("What is known of the drivers" in each.label for each in answered.expander)
    assert "what came after them" not in texts(answered)
    answered.session_state["open.moved"] = True
    answered.run()
    assert "what came after them" in texts(answered)


def test_no_address_is_the_name_of_a_file_that_streamlit_would_run_instead(page: AppTest) -> None:
    page.run()
    files = {path.stem for path in (PAGE.parent / "pages").glob("*.py")}
    assert {str(each["url_pathname"]) for each in page._registered_pages.values()} & files == set()


def press(screen: AppTest, label: str) -> None:
    next(button for button in screen.button if button.label == label).click().run()


def test_every_control_says_what_it_assumes_and_at_rest_assumes_nothing(answered: AppTest) -> None:
    answered.run()
    answered.button_group(key="pressure.mode").set_value("scale").run()
    answered.slider(key="pressure.size").set_value(0.0).run()
    answered.button_group(key="deterrence.mode").set_value("ramp").run()
    answered.button_group(key="mobilisation.mode").set_value("hold").run()
    answered.select_slider(key="resumption_hazard.factor").set_value(2.0).run()
    answered.slider(key="reporting.share").set_value(50).run()
    found = scenario_of(answered).assumptions
    for words in (
        "Pressure is 0 times what is scheduled",
        "Deterrence moves to 1 from 30 December 2024 until 24 February 2025",
        "Mobilisation is held at 1",
        "The odds of resuming times 2",
        "A share of 0.5 of the attacks is claimed",
    ):
        assert words in found
    answered.slider(key="reporting.share").set_value(100).run()
    answered.select_slider(key="resumption_hazard.factor").set_value(1.0).run()
    for name in ("pressure", "deterrence", "mobilisation"):
        answered.button_group(key=f"{name}.mode").set_value("scheduled").run()
    assert answered.query_params["scenario"] == "baseline"
    assert not answered.exception


def test_an_event_with_a_chance_is_a_fork_that_can_be_moved_and_removed(answered: AppTest) -> None:
    answered.run()
    answered.slider(key="new.chance").set_value(30).run()
    answered.button(key="new.add").click().run()
    assert [leaf[0] for leaf in scenario_of(answered).leaves()] == pytest.approx([0.3, 0.7])
    assert len(answered.table[0].value) == 2
    answered.slider(key="event.0.chance").set_value(60).run()
    answered.slider(key="event.0.salience").set_value(5).run()
    assert "With a chance of 60 %: An event of deterrence, salience 5" in scenario_of(answered).assumptions
    answered.button(key="event.0.bin").click().run()
    assert answered.query_params["scenario"] == "baseline"


def test_a_scenario_of_the_library_is_opened_by_its_name_and_what_no_control_shows_is_described(
    answered: AppTest,
) -> None:
    answered.query_params["scenario"] = "ceasefire-fork"
    answered.query_params["series"] = "us_forces"
    answered.run()
    assert answered.selectbox(key="series").value == "us_forces"
    assert "10\N{NO-BREAK SPACE}%: it collapses early" in texts(answered)
    assert len(answered.table[0].value) == 3


def test_another_ceasefire_has_a_type_and_an_end(answered: AppTest) -> None:
    """Two ceasefires in force at once are two; the run of this test knows one type alone."""
    answered.run()
    answered.selectbox(key="ceasefire.mode").select("start").run()
    assert answered.selectbox(key="ceasefire.type").options == ["Written or definitive"]
    assert "A ceasefire starts on 30 December 2024." in scenario_of(answered).assumptions
    answered.selectbox(key="ceasefire.end").select("runs out").run()
    answered.date_input(key="ceasefire.until").set_value(date(2025, 2, 9)).run()
    assert not answered.exception
    assert "A ceasefire starts on 30 December 2024 and holds until 9 February 2025" in scenario_of(answered).assumptions
    answered.selectbox(key="ceasefire.end").select("holds").run()
    assert scenario_of(answered).assumptions.endswith("A ceasefire starts on 30 December 2024.")


def test_the_type_of_a_new_ceasefire_is_one_that_the_run_knows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = write_embedded_run(store, covariates=("deterrence", "pressure", "ceasefire_verbal", "ceasefire"))
    screen = another(store, monkeypatch, "lab", "show_lab")
    screen.query_params["run"] = run.run_id
    screen.run()
    screen.selectbox(key="ceasefire.mode").select("start").run()
    screen.selectbox(key="ceasefire.type").select("ceasefire_verbal").run()
    assert not screen.exception
    assert scenario_of(screen).assumptions.endswith("A verbal ceasefire starts on 30 December 2024.")
    assert scenario_of(screen).interventions[0].state == "ceasefire_verbal"  # type: ignore[union-attr]


def test_what_cannot_be_meant_is_said_with_a_way_out(answered: AppTest) -> None:
    answered.run()
    answered.selectbox(key="ceasefire.mode").select("good").run()
    answered.button_group(key="pressure.mode").set_value("hold").run()
    answered.selectbox(key="new.dimension").select("pressure").run()
    answered.button(key="new.add").click().run()
    assert not answered.exception
    assert any("This scenario does not fit this run" in each.value for each in answered.warning)
    press(answered, "Undo")
    assert not any("This scenario does not fit this run" in each.value for each in answered.warning)


@pytest.mark.parametrize("kind", ["resumption", "in a week", "in total", "sustained", "halted share"])
def test_every_kind_of_question_is_answered(answered: AppTest, kind: str) -> None:
    answered.run()
    answered.selectbox(key="ask.kind").select(kind).run()
    answered.selectbox(key="ceasefire.mode").select("good").run()
    assert not answered.exception
    assert len(answered.metric) == (4 if kind == "resumption" else 3)


@pytest.mark.parametrize("word", ["no-such-scenario", "~no-such-code", "~eJwDAAAAAAE"])
def test_an_address_that_names_nothing_known_shows_the_usual_and_says_so(answered: AppTest, word: str) -> None:
    answered.query_params["scenario"] = word
    answered.query_params["run"] = "ffff"
    answered.query_params["series"] = "nowhere"
    answered.query_params["question"] = "any attack by 1999-01-01"
    answered.run()
    assert not answered.exception
    assert "could not be read" in texts(answered)
    assert "is not in this store" in texts(answered)
    assert "This run has no series “nowhere”. Shown instead: “israel”." in texts(answered).replace("\\", "")
    assert "not “any attack by 1999-01-01”. Shown instead:" in texts(answered).replace("\\", "")
    assert len(answered.metric) == 2


def test_a_link_may_say_weeks_instead_of_a_day(answered: AppTest) -> None:
    answered.query_params["question"] = "resumption within 9 weeks"
    answered.run()
    assert not answered.exception
    assert answered.date_input(key="ask.by").value == date(2025, 3, 2)
    assert answered.query_params["question"] == "resumption by 2025-03-02"


def test_an_unusable_run_warns_above_every_number(screen: AppTest, embedded_run: WriteRun) -> None:
    embedded_run(grade="unusable")
    screen.run()
    assert "Do not use these numbers" in screen.error[0].value


def test_of_several_runs_the_newest_is_shown_and_another_can_be_chosen(screen: AppTest, write_run: WriteRun) -> None:
    write_run(run_id="aaaa0000", record={"as_of": "2024-12-30", "evidence": counts_record(["The group"])})
    write_run(run_id="bbbb0000", record={"evidence": counts_record(["Another group"])})
    screen.run()
    shown = {"aaaa0000": "The group", "bbbb0000": "Another group"}
    first = screen.selectbox(key="run").value
    assert shown[first] in texts(screen)
    other = next(name for name in shown if name != first)
    screen.selectbox(key="run").select(other).run()
    assert shown[other] in texts(screen)
    assert screen.query_params["run"] == other


def counts_record(factions: list[str]) -> dict[str, object]:
    days = {"first_day": "2024-01-01", "last_day": "2024-12-29"}
    return {"kind": "counts", "factions": factions, "known": 3, "used": 3, **days, "set_aside": [], "tension": []}


def test_without_a_run_there_is_one_thing_to_do(
    screen: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Evidence] = []

    def start(evidence: Evidence, _: Store) -> Job:
        asked.append(evidence)
        return Job("abc", tmp_path)

    monkeypatch.setattr("lull.pages.widgets.first_run.start", start)
    monkeypatch.delenv(FIRST_FIT)
    screen.run()
    assert not screen.exception
    assert asked == [embedded_evidence()], "the embedded case is fitted by itself"
    assert [button.label for button in screen.button] == ["Fit the embedded case"]
    assert len(screen.get("vega_lite_chart")) == 1, "the past is shown meanwhile"
    assert "reports and" in texts(screen)
    screen.run()
    assert len(asked) == 1, "once: who cancelled it is not asked again"
    screen.button(key="fit").click().run()
    assert len(asked) == 2


def test_a_fit_that_cannot_start_is_reported(screen: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object) -> Job:
        raise InputError(Problem("/store", "a folder that can be written", "No space left on device"))

    monkeypatch.setattr("lull.pages.widgets.first_run.start", start)
    screen.run()
    screen.button(key="fit").click().run()
    assert not screen.exception
    assert "No space left on device" in screen.error[0].value


class FakeJob(Job):
    """A job of a given status."""

    found = Status("running", "sample the posterior", 3, 16)
    cancelled = False

    def status(self) -> Status:
        return self.found

    def cancel(self) -> None:
        type(self).cancelled = True

    def log(self) -> str:
        return "a line of the log"


def test_a_fit_under_way_shows_its_progress_and_can_be_cancelled(
    screen: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("lull.pages.widgets.first_run.jobs", lambda _: [FakeJob("abc", tmp_path)])
    screen.run()
    assert screen.button(key="fit").disabled
    assert "sample the posterior (3 of 16)" in screen.get("progress")[0].proto.text
    screen.button(key="cancel-abc").click().run()
    assert FakeJob.cancelled


def test_a_fit_that_failed_says_why_and_can_be_dismissed(
    screen: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    job = FakeJob("abc", folder)
    monkeypatch.setattr(FakeJob, "found", Status("failed", message="weekly.csv:line 2: wrong"))
    monkeypatch.setattr("lull.pages.widgets.first_run.jobs", lambda _: [job] if folder.exists() else [])
    screen.run()
    assert "weekly.csv:line 2: wrong" in screen.error[0].value
    assert "a line of the log" in screen.code[0].value
    screen.button(key="dismiss-abc").click().run()
    assert not screen.error
    assert not folder.exists()


def test_readers_who_assume_the_same_share_its_projection(
    answered_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, projected = list[str](), series_session.project

    def counting(scenario: Scenario, state: OriginState, numbers: RandomNumbers) -> Projection:
        made.append(scenario.id)
        return projected(scenario, state, numbers)

    monkeypatch.setattr(series_session, "project", counting)
    seen = []
    for _ in range(2):
        reader = another(answered_store, monkeypatch, "lab", "show_lab").run()
        made.clear()
        reader.select_slider(key="halt_hazard.factor").set_value(0.67).run()
        reader.select_slider(key="intensity.factor").set_value(3.0).run()
        assert not reader.exception
        seen.append((len(made), texts(reader), figures(reader)))
    assert seen[0][0] == 2, "each move is projected once, for its words, parts and pictures"
    assert seen[1][0] == 0, "nothing is computed again for another reader"
    assert seen[0][1:] == seen[1][1:]


def another(store: Store, monkeypatch: pytest.MonkeyPatch, module: str, function: str) -> AppTest:
    """Return another screen than the first, on a store, with all that can be folded open."""
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    screen = AppTest.from_string(
        f"from lull.pages.screens.{module} import {function}\n{function}()", default_timeout=PATIENCE
    )
    for name in FOLDED:
        screen.session_state[f"open.{name}"] = True
    return screen


@pytest.fixture
def compared(answered_store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Scenarios side by side."""
    return another(answered_store, monkeypatch, "compare", "show_compare")


@pytest.fixture
def questions(answered_store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The screen of the questions."""
    return another(answered_store, monkeypatch, "questions", "show_questions")


def test_scenarios_stand_side_by_side_with_their_mixture_and_levers(compared: AppTest) -> None:
    compared.run()
    assert not compared.exception
    answers = compared.table[0].value
    assert len(answers) == 5
    assert len(compared.get("vega_lite_chart")) == 3 + 4
    before = texts(compared)
    compared.slider(key="weight.0").set_value(0).run()
    compared.slider(key="weight.1").set_value(10).run()
    assert texts(compared) != before
    assert compared.query_params["weights"] == "0,10,1,1,1"
    compared.button(key="weigh.lab").click().run()
    assert scenario_of(compared).title == "Weighted average of 4 scenarios"
    assert [branch.probability for branch in scenario_of(compared).branches] == pytest.approx([10 / 13, *[1 / 13] * 3])


def test_the_choice_of_scenarios_stands_in_the_address(compared: AppTest) -> None:
    compared.run()
    compared.multiselect(key="beside").set_value(["ceasefire-fork", "claims-go-silent"]).run()
    assert compared.query_params["beside"] == "ceasefire-fork,claims-go-silent"
    assert len(compared.table[0].value) == 3
    assert not compared.exception


def test_weights_of_nothing_ask_for_one(compared: AppTest) -> None:
    compared.query_params["beside"] = "ceasefire-fork"
    compared.query_params["weights"] = "0,0"
    compared.run()
    assert "a weight above 0" in texts(compared)


def test_a_question_is_answered_for_every_scenario_and_taken_away(questions: AppTest) -> None:
    questions.run()
    questions.selectbox(key="ask.kind").select("in total").run()
    questions.number_input(key="ask.count").set_value(20).run()
    assert not questions.exception
    assert questions.query_params["question"].startswith("total at least 20 by")
    text = questions.code[0].value
    assert text.startswith("The chance of at least 20 attacks in total by")
    assert "Counts are statements by the group, not verified attacks." in text
    assert [len(table.value) for table in questions.table] == [5, 5]
    assert len(questions.dataframe[-1].value) == 5
    labels = [button.label for button in questions.get("download_button")]
    assert labels == ["Download CSV", "Download the chance by day", "Download percentiles 1 to 99"]
    assert "At least 20 attacks in total" in texts(questions)
    questions.selectbox(key="ask.kind").select("resumption").run()
    assert not questions.exception
    assert "**A resumption**" in texts(questions)
    assert "first week" not in texts(questions)
    questions.selectbox(key="ask.kind").select("halted share").run()
    assert "When it comes" not in texts(questions), "a share of weeks has no date"


def test_the_evidence_says_how_far_to_trust_the_run(answered_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = another(answered_store, monkeypatch, "evidence", "show_evidence").run()
    assert not evidence.exception
    assert "5 reports were known; 3 are used" in texts(evidence)
    found = texts(evidence).replace("\\", "")
    assert "R-hat 1.004" in found
    assert "longest silence of israel 22 (replicated [3, 12])" in found
    assert "Track record" in found
    again = next(table.value for table in evidence.dataframe if "replicated" in table.value)
    assert again["replicated"].tolist() == ["[3, 12]", "[3, 12]"]


def test_the_evidence_shows_the_last_backtest_of_its_data(
    answered_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    shutil.copytree(answered_store.folder, store.folder)
    before = another(store, monkeypatch, "evidence", "show_evidence").run()
    assert "No backtest of these data yet" in texts(before)
    keep_record(small_record(made_from=store.runs()[0].record["plan"]["evidence"]), store)
    after = another(store, monkeypatch, "evidence", "show_evidence").run()
    assert not after.exception
    found = texts(after).replace("\\", "")
    assert "On 8 forecasts of 6 series Lull is better than the best baseline at: attacks in each week." in found
    assert "Lull: 90 % intervals held 91 % of what happened" in found
    assert after.dataframe[-1].value["best baseline"].tolist() == ["climatology 52"]
    shown = len(before.get("vega_lite_chart"))
    assert len(after.get("vega_lite_chart")) == shown + 2


def test_a_scenario_is_saved_opened_duplicated_renamed_and_deleted(answered: AppTest, shelf: Shelf) -> None:
    answered.run()
    answered.selectbox(key="ceasefire.mode").select("good").run()
    answered.text_input(key="save.name").input("The truce holds").run()
    answered.button(key="save").click().run()
    assert [each.title for each in shelf.scenarios()] == ["The truce holds"]
    assert answered.selectbox(key="start").value == "the-truce-holds"
    assert answered.selectbox(key="own").value == "the-truce-holds"
    answered.button(key="own.copy").click().run()
    answered.text_input(key="own.name").input("Holds").run()
    answered.button(key="own.rename").click().run()
    assert {each.title for each in shelf.scenarios()} == {"Holds", "The truce holds, copy"}
    assert answered.selectbox(key="own").value == "holds", "the box names the scenario in hand"
    answered.button(key="own.bin").click().run()
    assert len(shelf.scenarios()) == 2, "nothing is deleted unasked"
    assert "Delete “Holds”" in texts(answered)
    answered.button(key="own.bin.yes").click().run()
    assert [each.title for each in shelf.scenarios()] == ["The truce holds, copy"]
    assert "Deleted “Holds”" in answered.toast[0].value
    assert not answered.exception


def test_an_own_scenario_is_saved_over_and_another_name_makes_another(answered: AppTest, shelf: Shelf) -> None:
    answered.run()
    answered.selectbox(key="ceasefire.mode").select("good").run()
    answered.text_input(key="save.name").input("My fork").run()
    answered.button(key="save").click().run()
    answered.selectbox(key="ceasefire.mode").select("collapse").run()
    assert answered.button(key="save").label == "Replace “My fork”"
    answered.button(key="save").click().run()
    (kept,) = shelf.scenarios()
    assert "collapses" in in_words(kept.interventions[0])
    assert kept.title == "My fork"
    answered.text_input(key="save.name").input("Another").run()
    assert answered.button(key="save").label == "Save"
    answered.text_input(key="save.name").input("x" * 61).run()
    answered.button(key="save").click().run()
    assert "at most 60 characters" in answered.toast[0].value
    assert not answered.exception


def test_the_sentence_and_the_cards_agree(answered: AppTest) -> None:
    """The difference is that of the two chances as shown, or has a decimal; its sign is never lost."""
    answered.run()
    for factor in (0.5, 0.8, 1.25, 2.0, 3.0):
        answered.select_slider(key="resumption_hazard.factor").set_value(factor).run()
        before, after, points = (figures(answered)[place] for place in (0, 1, 2))
        if "." not in points:
            assert number(points) == number(after) - number(before)
        assert (points[0] == "+") == (factor > 1), points
        sentence = answered.markdown[0].value
        assert f"from **{before}** to **{after}**" in sentence
        assert f"{'up' if factor > 1 else 'down'} {points.strip('+−')}" in sentence


def number(shown: str) -> float:
    """Return the number at the beginning of a figure."""
    return float(re.sub(r"[^-+.0-9]", "", shown.replace("−", "-")))


def test_the_series_box_moves_with_the_answer(answered: AppTest) -> None:
    answered.run()
    for series, name in (("us_forces", "US forces"), ("israel", "Israel")):
        answered.selectbox(key="series").select(series).run()
        assert answered.selectbox(key="series").value == series
        assert f"({name})" in answered.markdown[0].value


def test_clear_all_leaves_the_baseline_alone(compared: AppTest) -> None:
    compared.run()
    compared.multiselect(key="beside").set_value([]).run()
    assert not compared.exception
    assert compared.multiselect(key="beside").value == []
    assert len(compared.table[0].value) == 1
    assert compared.query_params["beside"] == ""


def test_a_scenario_that_rewrites_the_past_is_not_offered(answered: AppTest, compared: AppTest) -> None:
    answered.run()
    compared.run()
    offered = {*answered.selectbox(key="start").options, *compared.multiselect(key="beside").options}
    assert not any("never" in title for title in offered)
    answered.query_params["scenario"] = "letter-never-sent"
    answered.run()
    assert "lull scenario hindcast" in texts(answered)


def test_what_may_come_is_answered_given_that_it_does_too(answered: AppTest) -> None:
    answered.query_params["scenario"] = "iran-israel-war"
    answered.run()
    found = texts(answered).replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")
    assert "A war between Iran and Israel may come (5 % a week)" in found
    assert "given that it happens by then: **" in found
    assert "the scenario takes that to have a chance of 37 %" in found  # from 30 December to 1 March: 62 days


def test_fewer_claims_are_not_called_fewer_attacks(answered: AppTest) -> None:
    answered.run()
    answered.slider(key="reporting.share").set_value(10).run()
    assert "at least one claimed attack by" in answered.markdown[0].value
    assert "Attacks themselves go on as before" in answered.markdown[0].value


def test_an_event_has_a_name_and_may_come_on_one_of_several_days(answered: AppTest) -> None:
    answered.run()
    answered.text_input(key="new.name").input("A strike on Baghdad").run()
    answered.selectbox(key="new.when").select("span").run()
    answered.slider(key="new.chance").set_value(40).run()
    answered.button(key="new.add").click().run()
    assert not answered.exception
    named = next(leaf for _, leaf in scenario_of(answered).leaves()).interventions[0]
    assert isinstance(named, Event)
    assert (named.name, named.date) == ("A strike on Baghdad", Uniform(uniform=(date(2025, 1, 6), date(2025, 2, 3))))
    branches = answered.table[0].value["branch"].tolist()
    assert branches == ["with A strike on Baghdad", "without A strike on Baghdad"]
    answered.selectbox(key="event.0.when").select("hazard").run()
    comes = next(leaf for _, leaf in scenario_of(answered).leaves()).interventions[0]
    assert isinstance(comes, Event)
    assert comes.date == Hazard(hazard=0.05)
    assert not answered.exception


def test_a_scenario_file_is_taken_into_hand_and_a_broken_one_reported_by_line(answered: AppTest) -> None:
    answered.run()
    answered.file_uploader(key="import").upload("fork.toml", toml_of(find_scenario("ceasefire-fork")).encode()).run()
    assert scenario_of(answered).id == "ceasefire-fork"
    broken = b'id = "x"\ntitle = "t"\nassumptions = "a"\n\n[[interventions]]\nkind = "evnt"\n'
    answered.file_uploader(key="import").upload("broken.toml", broken).run()
    assert not answered.exception
    assert "broken.toml:line 6" in texts(answered).replace("\\", "")
    assert scenario_of(answered).id == "ceasefire-fork"


def test_a_shared_view_is_a_link_a_file_and_a_command(answered: AppTest) -> None:
    answered.query_params["scenario"] = "ceasefire-fork"
    answered.run()
    link, command = (block.value for block in answered.code)
    assert "scenario=ceasefire-fork" in link
    assert command.startswith("lull ask 'any attack by ")
    assert "--scenario ceasefire-fork" in command
    assert CliRunner().invoke(lull, shlex.split(command)[1:]).exit_code == 0


def test_the_run_of_the_embedded_case_is_shown_and_another_only_with_a_word(
    screen: AppTest, embedded_run: WriteRun, write_run: WriteRun
) -> None:
    write_run(run_id="ffff000000000000")
    screen.run()
    assert "The embedded case has no run in this store" in texts(screen)
    embedded = embedded_run()
    write_run(run_id="eeee000000000000")
    again = AppTest.from_string(LAB, default_timeout=PATIENCE).run()
    assert again.session_state[VIEW].run_id == embedded.run_id
    assert "The embedded case has no run in this store" not in texts(again)


@pytest.mark.parametrize("name", ["run.json", "posterior.nc"])
def test_a_damaged_run_takes_down_one_row_and_not_the_page(
    name: str, screen: AppTest, embedded_run: WriteRun, write_run: WriteRun
) -> None:
    embedded_run()
    other = write_run()
    (other.folder / name).write_bytes(b"{")
    screen.run()
    assert not screen.exception
    assert screen.title[0].value == "Scenario lab"
    assert any("One run cannot be read." in each.value for each in screen.warning) == (name == "run.json")
