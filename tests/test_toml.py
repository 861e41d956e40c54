"""Damaged TOML, a plan or a scenario, is read or told: no traceback."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lull.batch.plan_file import read_plan_file
from lull.data.schema import InputError
from lull.scenarios.language.scenario_files import read_scenario

PLAN = (
    '[data]\ncounts = "weekly.csv"\n\n[origins]\ndates = ["2023-01-02"]\n\n[run]\nhorizon = 4\nout = "out"\nseed = 3\n'
)
SCENARIO = (
    'id = "mine"\ntitle = "Mine"\nassumptions = "None."\n[[interventions]]\nkind = "event"\n'
    'dimension = "pressure"\nsalience = 4\ndate = 2025-02-01\n'
)
MARKS = ["[", "]]", "= ", '"', "\n", "#", "[data]", "id = 1979-05-27T07:32:00Z", "a.b = {", "inf", "'''", "\x00", "é"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("toml") / "file.toml"


@pytest.mark.parametrize(
    ("read", "good"), [(read_plan_file, PLAN), (read_scenario, SCENARIO)], ids=["plan", "scenario"]
)
@settings(deadline=None, max_examples=100)
@given(at=st.integers(0, 400), more=st.sampled_from(MARKS) | st.text(max_size=12), cut=st.integers(0, 30))
def test_no_damage_ends_in_a_traceback(  # noqa: PLR0917 - hypothesis and pytest fill them by name
    path: Path, read: Callable[[Path], object], good: str, at: int, more: str, cut: int
) -> None:
    at %= len(good)
    for text in (good[:at] + more + good[at + cut :], more):
        path.write_bytes(text.encode(errors="replace"))
        try:
            read(path)
        except InputError as error:
            assert error.problems  # noqa: PT017 - both outcomes are right; this one has to say what is wrong


@pytest.mark.parametrize("read", [read_plan_file, read_scenario], ids=["plan", "scenario"])
def test_what_is_no_toml_file_is_told(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with (tmp_path / "huge.toml").open("wb") as out:
        out.truncate(2_000_000_000)  # sparse: no disk is used
    (tmp_path / "latin.toml").write_bytes("id = 'é'".encode("latin-1"))
    (tmp_path / "broken.toml").write_text("id = ")
    for name in ("huge.toml", "latin.toml", "broken.toml", "none.toml", "."):
        with pytest.raises(InputError):
            read(tmp_path / name)


LONG = {
    "a dotted key": "a" + ".a" * 30_000 + " = 1\n",
    "a key in a table": "x = {" + "'a' . " * 30_000 + "b = 1}\n",
    "a header": "[" + "a." * 30_000 + "a]\n",
}


@pytest.mark.parametrize("read", [read_plan_file, read_scenario])
@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_key_of_very_many_parts_is_refused_before_it_is_parsed(
    path: Path, read: Callable[[Path], object], text: str
) -> None:
    """The parser's memory grows with the square of the parts: 60 kB took 3.6 GB."""
    path.write_text(text)
    with pytest.raises(InputError, match=r"line 1: expected keys of at most 20 parts, found a longer one"):
        read(path)


@pytest.mark.parametrize("read", [read_plan_file, read_scenario])
def test_of_very_many_mistakes_the_first_are_looked_up(path: Path, read: Callable[[Path], object]) -> None:
    path.write_text("\n".join(f"k{number} = 1" for number in range(3_000)))
    with pytest.raises(InputError) as error:
        read(path)
    assert len(error.value.problems) == 100
    assert error.value.unlisted > 2_800


def test_dots_in_a_text_are_no_key(path: Path) -> None:
    path.write_text(SCENARIO.replace('"None."', f'"{". ".join(["Quiet"] * 30)} ... v1.2.3.4"'))
    read_scenario(path)
