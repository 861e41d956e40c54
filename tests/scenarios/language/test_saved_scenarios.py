"""A person's own scenarios: kept whole, never overwritten unasked, never outside their folder."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.schema import InputError
from lull.scenarios.language.saved_scenarios import Shelf, slug
from lull.scenarios.language.scenario_files import find_scenario

SCENARIO = find_scenario("ceasefire-fork")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty shelf, whose folder is not there yet."""
    return Shelf(tmp_path / "own")


def test_a_scenario_is_saved_renamed_duplicated_and_deleted(shelf: Shelf) -> None:
    kept = shelf.save(SCENARIO, "The  truce: three ways")
    assert (kept.id, kept.title) == ("the-truce-three-ways", "The truce: three ways")
    assert shelf.scenarios() == (kept,)
    copy = shelf.duplicate(kept)
    again = shelf.duplicate(kept)
    assert [copy.title, again.title] == ["The truce: three ways, copy", "The truce: three ways, copy 2"]
    renamed = shelf.rename(copy, "Another")
    assert {each.title for each in shelf.scenarios()} == {kept.title, again.title, "Another"}
    for each in (kept, again, renamed):
        shelf.delete(each.id)
    shelf.delete("never-there")
    assert shelf.scenarios() == ()


@pytest.mark.parametrize("name", ["ceasefire-fork", "Baseline", "!!", ""])
def test_a_name_of_the_library_or_none_is_refused(shelf: Shelf, name: str) -> None:
    with pytest.raises(InputError):
        shelf.save(SCENARIO, name)
    assert not shelf.folder.exists()


def test_nothing_is_overwritten(shelf: Shelf) -> None:
    shelf.save(SCENARIO, "Mine")
    with pytest.raises(InputError, match="not taken"):
        shelf.save(find_scenario("pressure-eases"), "mine")
    assert shelf.scenarios()[0].branches == SCENARIO.branches


def test_a_scenario_is_saved_over_where_that_is_asked_for(shelf: Shelf) -> None:
    shelf.save(SCENARIO, "Mine")
    assert (shelf.holds("mine"), shelf.holds("Other"), shelf.holds("!!"), shelf.holds("Baseline")) == (
        True,
        *[False] * 3,
    )
    kept = shelf.save(find_scenario("pressure-eases"), "Mine", replace=True)
    assert shelf.scenarios() == (kept,)
    assert kept.interventions == find_scenario("pressure-eases").interventions
    with pytest.raises(InputError, match="not taken"):
        shelf.save(SCENARIO, "Baseline", replace=True)
    with pytest.raises(InputError, match="at most 60 characters, found 61 characters"):
        shelf.save(SCENARIO, "x" * 61)


def test_a_file_that_is_no_scenario_is_passed_over(shelf: Shelf) -> None:
    kept = shelf.save(SCENARIO, "Mine")
    (shelf.folder / "broken.toml").write_text("id = ", "utf-8")
    assert shelf.scenarios() == (kept,)


@given(st.text(max_size=100))
def test_an_id_names_a_file_in_the_folder(title: str) -> None:
    assert set(slug(title)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
