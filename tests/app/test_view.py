"""A view and its link say the same; a broken link is shown, never a crash."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.schema import InputError
from lull.pages.widgets.view import View, from_link, packed, to_link, unpacked
from lull.scenarios.language.draft import with_slot
from lull.scenarios.language.scenario_files import library
from lull.scenarios.language.spec import Scale, Scenario, baseline
from lull.scenarios.language.uncertain import Exactly

USUAL = View("run", "israel", "any attack by 2025-03-01", baseline())
FACTORS = st.floats(0.1, 10).map(lambda factor: Scale(kind="intensity", factor=Exactly(exactly=factor)))
SCENARIOS = st.one_of(
    st.sampled_from(library()), st.just(baseline()), FACTORS.map(lambda move: with_slot(baseline(), "intensity", move))
)


@given(SCENARIOS, st.lists(SCENARIOS, max_size=3), st.text(max_size=30))
def test_a_view_sent_as_an_address_is_the_same_view(scenario: Scenario, beside: list[Scenario], series: str) -> None:
    view = View("abc", series, "resumption by 2025-02-01", scenario, tuple(beside), (1,) * (len(beside) + 1))
    assert from_link(to_link(view), USUAL) == (view, ())


def test_the_library_is_named_and_anything_else_given_in_full() -> None:
    assert packed(baseline()) == "baseline"
    assert unpacked("baseline") == baseline()
    for scenario in library():
        if scenario.id != "baseline":
            assert packed(scenario) == scenario.id


@given(st.text(max_size=80))
def test_a_word_that_is_none_is_refused_not_crashed(word: str) -> None:
    for each in (word, f"~{word}"):
        try:
            unpacked(each)
        except InputError:
            continue


def test_a_link_of_nonsense_is_the_usual_view_with_a_word_about_it() -> None:
    view, problems = from_link({"scenario": "~AAAA", "beside": "x,y", "weights": "1,2,9999"}, USUAL)
    assert view == USUAL
    assert len(problems) == 1


def test_weights_that_do_not_fit_are_left_out() -> None:
    link = to_link(replace(USUAL, beside=(library()[1],), weights=(1, 2)))
    assert from_link(link | {"weights": "1,2,3"}, USUAL)[0].weights == ()


@pytest.mark.parametrize("size", [10_000_000])
def test_a_short_word_does_not_become_a_long_text(size: int) -> None:
    import base64  # noqa: PLC0415 - of this test alone
    import zlib  # noqa: PLC0415

    bomb = "~" + base64.urlsafe_b64encode(zlib.compress(b" " * size)).decode()
    with pytest.raises(InputError):
        unpacked(bomb)


def test_a_link_names_no_file_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own?").write_text('id = "own"\ntitle = "Own"\nassumptions = "None."\n')
    for word in ("own", "own.toml", str(tmp_path / "own"), "a" * 10_000, "../own", "\0"):
        with pytest.raises(InputError, match="link: expected a scenario of the library"):
            unpacked(word)
