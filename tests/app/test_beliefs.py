"""What I believe, on the page without a browser: the answer moves at once, is marked where draws do not carry it."""

import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from lull.cli import lull
from lull.model.runs.store import Store
from lull.pages.serving.admission import digest_of
from lull.pages.widgets.beliefs import belief_board, kept_beliefs
from lull.pages.widgets.session import VIEW
from lull.scenarios.beliefs.belief_file import toml_of_beliefs
from lull.scenarios.beliefs.question_words import TITLES
from lull.scenarios.beliefs.reader_beliefs import Beliefs
from lull.scenarios.language.uncertain import Exactly

pytestmark = pytest.mark.integration

LAB = "from lull.pages.screens.lab import show_lab\nshow_lab()"
PATIENCE = 120  # seconds for a first projection on a busy machine


@pytest.fixture
def page(answered_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The lab on a store with the embedded run and its forecast."""
    monkeypatch.setenv("LULL_STORE", str(answered_store.folder))
    monkeypatch.setenv("LULL_SCENARIOS", str(tmp_path / "own"))
    monkeypatch.setenv("LULL_FILES", str(tmp_path / "files"))
    monkeypatch.setattr(kept_beliefs, "_path", lambda: tmp_path / "beliefs.toml")  # the store is read by other tests
    return lab().run()


def lab() -> AppTest:
    """Return the lab with its panels open: what is folded is not made."""
    screen = AppTest.from_string(LAB, default_timeout=PATIENCE)
    for name in ("beliefs", "readers", "share"):
        screen.session_state[f"open.{name}"] = True
    return screen


def texts(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.error, page.warning, page.info)
    return "\n".join(element.value for kind in kinds for element in kind)


def held(page: AppTest) -> Beliefs:
    beliefs: Beliefs = page.session_state[VIEW].beliefs
    return beliefs


def test_half_as_strong_moves_the_answer_names_it_and_is_reset(page: AppTest) -> None:
    before = page.metric[0].value
    page.button(key="belief.0.5").click().run()
    assert not page.exception
    assert len(held(page).effects) == 3
    assert "With the beliefs of a reader about ceasefire. Reweighted from run" in texts(page)
    assert "beliefs" in page.query_params
    page.button(key="belief.reset").click().run()
    assert not held(page)
    assert page.metric[0].value == before
    assert "Reweighted" not in texts(page)


def test_a_median_keeps_the_spread_and_a_range_says_both(page: AppTest) -> None:
    page.slider(key="belief.resumption.median").set_value(50).run()
    (one,) = held(page).effects
    assert one[:2] == ("ceasefire", "resumption")
    page.slider(key="belief.resumption.range").set_value((40, 60)).run()
    (other,) = held(page).effects
    assert other[2].sd < one[2].sd
    page.slider(key="belief.intensity.median").set_value(1.0).run()
    assert held(page).of("ceasefire", "intensity") is not None
    assert not page.exception


def test_a_branch_and_a_salience_are_believed_at_once_kept_and_brought_back(page: AppTest) -> None:
    page.query_params["scenario"] = "ceasefire-fork"
    page.run()
    before = page.metric[1].value
    page.slider(key="belief.fork.0.collapses").set_value(80).run()
    assert not page.exception
    assert dict(held(page).forks[0]) == pytest.approx({"collapses": 0.8, "expires": 0.1333, "extended": 0.0667})
    assert page.metric[1].value != before
    assert "it expires as agreed 13\N{NO-BREAK SPACE}%" in texts(page)
    page.slider(key="belief.salience.mobilisation").set_value(1.0).run()
    assert held(page).salience_of("mobilisation") == Exactly(exactly=1.0)
    believed = held(page)
    page.button(key="belief.keep").click().run()
    page.button(key="belief.reset").click().run()
    assert page.metric[1].value == before
    page.button(key="belief.kept").click().run()
    assert held(page) == believed
    assert not page.exception


def test_beliefs_that_the_draws_do_not_carry_leave_the_old_answer_marked(page: AppTest) -> None:
    before = page.metric[0].value
    page.slider(key="belief.resumption.range").set_value((97, 99)).run()
    assert not page.exception
    assert page.metric[0].value == before
    assert "These numbers are without your beliefs" in texts(page)
    assert page.button(key="belief.fit").label == "Fit with these beliefs"


def test_the_command_on_the_export_screen_gives_the_number_of_the_page(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.button(key="belief.0.5").click().run()
    shown = page.metric[0].value
    (tmp_path / "beliefs.toml").write_text(toml_of_beliefs(held(page)))
    command = next(each.value for each in page.code if each.value.startswith("lull ask"))
    monkeypatch.chdir(tmp_path)
    assert "--priors beliefs.toml" in command
    answered = CliRunner().invoke(lull, shlex.split(command)[1:])
    assert answered.exit_code == 0, answered.output
    assert f": {shown}".replace("\xa0", " ") in answered.output.replace("\xa0", " ")
    assert "With the beliefs of a reader about ceasefire" in " ".join(answered.output.split())


class Reader(dict[str, object]):
    """Who is logged in, as Streamlit says it."""

    def __init__(self, name: str) -> None:
        super().__init__(is_logged_in=True, email=f"{name}@example.org", email_verified=True)

    def to_dict(self) -> dict[str, object]:
        return dict(self)


@pytest.fixture
def as_reader(
    answered_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], AbstractContextManager[AppTest]]:
    """A function that opens the lab as one of two readers who share a server: as_reader("anna")."""
    for name in ("store", "own", "files"):
        monkeypatch.setenv(f"LULL_{name.replace('own', 'scenarios').upper()}", str(tmp_path / name))
    for name in ("anna", "bert"):
        shutil.copytree(answered_store.folder, tmp_path / "store" / digest_of(f"{name}@example.org"))

    @contextmanager
    def opened(name: str) -> Iterator[AppTest]:
        with monkeypatch.context() as patch:
            patch.setattr(st, "user", Reader(name))
            page = lab()
            page.query_params["scenario"] = "ceasefire-fork"
            yield page.run()
            assert not page.exception

    return opened


def test_what_one_reader_keeps_no_other_sees_or_overwrites_and_a_file_sets_it_beside(
    as_reader: Callable[[str], AbstractContextManager[AppTest]], tmp_path: Path
) -> None:
    kept = {
        name: tmp_path / "store" / digest_of(f"{name}@example.org") / kept_beliefs.FILE for name in ("anna", "bert")
    }
    with as_reader("anna") as page:
        page.button(key="belief.0.5").click().run()
        page.slider(key="belief.fork.0.collapses").set_value(80).run()
        page.button(key="belief.keep").click().run()
    hers = kept["anna"].read_text()
    assert 'who = "anna"' in hers
    with as_reader("bert") as page:
        assert not held(page)
        assert "belief.kept" not in {button.key for button in page.button}
        page.button(key="belief.2.0").click().run()
        page.button(key="belief.keep").click().run()
        page.file_uploader(key=belief_board.OTHERS).upload("anna.toml", hers.encode()).run()
        (table,) = (each.value for each in page.dataframe if "linear pool" in each.value.columns)
        assert [*table.columns] == ["driver", "question", "bert", "anna", "linear pool", "logarithmic pool"]
        (row,) = table[table.driver == "branch collapses"].to_dict("records")
        assert (row["bert"], row["anna"]) == ("as the scenario says", "80 of 100")
        assert set(table[table.driver == "ceasefire"].question) == {*TITLES.values()}
        assert (table.bert != table.anna).all()
    assert 'who = "bert"' in kept["bert"].read_text()
    assert kept["anna"].read_text() == hers
    with as_reader("anna") as page:
        page.button(key="belief.kept").click().run()
        assert toml_of_beliefs(held(page)) == hers
