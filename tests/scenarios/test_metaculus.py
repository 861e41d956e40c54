"""A forecast for Metaculus obeys its rules whatever the distribution, and is the one that `lull ask` prints."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lull.cli import lull
from lull.data.schema import InputError
from lull.model.forward.origin import state_of
from lull.model.runs.store import Store
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import ask
from lull.scenarios.exports.metaculus_cdf import Range, clipped, valid_cdf
from lull.scenarios.exports.metaculus_file import file_name
from lull.scenarios.exports.metaculus_question import Asked, metaculus_document
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import baseline
from lull.scenarios.results.forecast_cache import Request
from tests.conftest import ORIGIN

pytestmark = pytest.mark.integration

DAY = "2025-02-09"
REQUEST = Request.of([baseline(), find_scenario("pressure-eases")], horizon=12, seed=1)


def faults(cdf: list[float], *, steps: int, open_low: bool, open_high: bool) -> list[str]:
    """Return which published rules a function breaks: written from the rules, not from the code."""
    found = []
    if len(cdf) != steps + 1:
        found.append("number of points")
    rises = [later - earlier for earlier, later in pairwise(cdf)]
    if min(rises) < 5e-05:
        found.append("a step too small")
    if max(rises) > 0.2 * 200 / steps * 0.95 + 1e-9:
        found.append("a step too large")
    if cdf[0] < 0 or cdf[-1] > 1:
        found.append("outside of 0 and 1")
    if open_low and cdf[0] < 0.001:
        found.append("nothing below")
    if not open_low and cdf[0] != 0:
        found.append("something below")
    if open_high and cdf[-1] > 0.999:
        found.append("nothing above")
    if not open_high and cdf[-1] != 1:
        found.append("something above")
    return found


@st.composite
def functions(draw: st.DrawFn) -> tuple[np.ndarray, Range]:
    steps = draw(st.sampled_from([2, 3, 11, 57, 200]))
    range_ = Range(0.0, 10.0, steps, open_low=draw(st.booleans()), open_high=draw(st.booleans()))
    parts = draw(st.lists(st.sampled_from([0.0, 1e-9, 0.01, 1.0, 50.0]), min_size=steps + 2, max_size=steps + 2))
    mass = np.array(parts) + (1e-300 if not any(parts) else 0.0)
    mass = mass / mass.sum() if mass.sum() > 1e-200 else np.eye(steps + 2)[0]
    return np.cumsum(mass)[:-1].clip(0, 1), range_


@given(functions())
def test_whatever_goes_in_a_valid_function_comes_out(given: tuple[np.ndarray, Range]) -> None:
    raw, range_ = given
    made = valid_cdf(raw, range_)
    values = [round(float(value), 10) for value in made.values]
    assert faults(values, steps=range_.steps, open_low=range_.open_low, open_high=range_.open_high) == []
    assert 0 <= made.cut < 1
    assert 0 <= made.spread <= 1 + 1e-9


def test_a_valid_function_is_left_nearly_as_it_is() -> None:
    raw = np.linspace(0.01, 0.9, 201)
    made = valid_cdf(raw, Range(0, 1, open_low=True, open_high=True))
    assert made.cut == 0
    np.testing.assert_allclose(made.values, raw, atol=0.011)  # what the floors of 200 steps may move


def test_the_cap_says_what_it_cut_and_lays_it_beside() -> None:
    raw = np.full(201, 0.7)
    raw[0], raw[-1] = 0.7, 1.0  # a pause: 70 % of the mass on 0
    made = valid_cdf(raw, Range(0, 50, open_low=False, open_high=False))
    assert made.cut == pytest.approx(0.69 - 0.19 + 0.3 * 0.99 - 0.19, abs=0.01)
    np.testing.assert_allclose(made.values[4], 0.7, atol=0.01)  # steps 1 to 4 hold what stood on 0


@pytest.mark.parametrize(("probability", "sent"), [(0.0, 0.001), (0.3, 0.3), (1.0, 0.999)])
def test_a_yes_is_never_certain(probability: float, sent: float) -> None:
    assert clipped(probability) == sent


def test_a_binary_question_is_answered_as_ask_answers_it(answered_store: Store) -> None:
    run = answered_store.runs()[0]
    text = f"any attack by {DAY}"
    document = metaculus_document(run, REQUEST, Asked(text, "israel"))
    state = state_of(run, horizon=26)
    question = parse_question(text, origin=state.origin)
    answer = ask(question, REQUEST.scenarios[1], state, series="israel", seed=1)
    sent = [each["probability_yes"] for each in document["forecasts"]]
    assert sent == [clipped(answer.baseline), clipped(answer.probability)]
    (pair,) = document["conditional_pairs"]
    assert (pair["if_yes"]["probability_yes"], pair["if_no"]["probability_yes"]) == (sent[1], sent[0])
    assert "assumes nothing" in document["if_no_means"]


@pytest.mark.parametrize("day", [DAY, "2025-02-05"])
def test_a_total_is_the_one_that_ask_counts(answered_store: Store, day: str) -> None:
    run = answered_store.runs()[0]
    asked = Asked(f"total attacks by {day}", "israel", span=(0, 30), outcomes=31, open_bounds="upper")
    document = metaculus_document(run, REQUEST, asked)
    assert (document["type"], document["range"]["inbound_outcome_count"]) == ("discrete", 31)
    assert (document["range"]["range_min"], document["range"]["range_max"]) == (-0.5, 30.5)
    state = state_of(run, horizon=26)
    for forecast, scenario in zip(document["forecasts"], REQUEST.scenarios, strict=True):
        assert faults(forecast["continuous_cdf"], steps=31, open_low=False, open_high=True) == []
        for count in (1, 5, 20):
            question = parse_question(f"total at least {count} by {day}", origin=state.origin)
            answer = ask(question, scenario, state, series="israel", seed=1)
            below = forecast["continuous_cdf"][count]
            tolerance = 31 * 5e-05 + 1e-6 + (0.01 if count == 1 else 0)  # at 0 it is answered exactly, not counted
            assert below == pytest.approx(1 - answer.probability, abs=tolerance), (scenario.id, count)


def test_a_continuous_total_in_a_pause_says_what_the_cap_cut(answered_store: Store) -> None:
    asked = Asked("total attacks within 1 week", "israel", open_bounds="none", span=(0, 400))
    with pytest.raises(InputError, match="one of"):
        metaculus_document(answered_store.runs()[0], REQUEST, Asked("how many?", "israel"))
    document = metaculus_document(answered_store.runs()[0], REQUEST, asked)
    assert document["type"] == "numeric"
    for forecast in document["forecasts"]:
        assert faults(forecast["continuous_cdf"], steps=200, open_low=False, open_high=False) == []
        assert forecast["mass_cut_by_step_cap"] > 0.1
        assert f"{100 * forecast['mass_cut_by_step_cap']:.1f} points" in forecast["note"]


def test_a_day_lies_above_the_range_where_it_does_not_come(answered_store: Store) -> None:
    run = answered_store.runs()[0]
    document = metaculus_document(run, REQUEST, Asked(f"time to resumption by {DAY}", "israel"))
    base = document["forecasts"][0]
    assert document["type"] == "date"
    assert document["range"]["range_max"] - document["range"]["range_min"] == 42 * 86_400
    assert faults(base["continuous_cdf"], steps=200, open_low=False, open_high=True) == []
    state = state_of(run, horizon=26)
    answer = ask(
        parse_question(f"resumption by {DAY}", origin=state.origin), baseline(), state, series="israel", seed=1
    )
    assert base["continuous_cdf"][-1] == pytest.approx(answer.probability, abs=1e-3)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--format", "metaculus"], "--question: expected a question"),
        (["--question", "any attack within 4 weeks"], "expected --format metaculus"),
        (["--observed", "x.csv"], "expected --format hub"),
        (["--format", "metaculus", "--question", "any attack", "--range", "5:1"], "--range: expected two numbers"),
        (["--format", "metaculus", "--question", "any attack", "--outcomes", "1"], "--outcomes: expected"),
    ],
)
def test_choices_that_do_not_go_together_are_refused(words: list[str], expected: str, tmp_path: Path) -> None:
    run = CliRunner().invoke(lull, ["export", "--out", str(tmp_path / "out"), *words])
    assert run.exit_code == 2
    assert expected in run.stderr
    assert not (tmp_path / "out").exists()


def test_the_command_writes_a_file_for_each_question(answered_store: Store, tmp_path: Path) -> None:
    questions = ["any attack within 4 weeks", "any attack by 2025-03-01", "Any attack by 2025-03-01?"]
    written = [_exported(answered_store, tmp_path, "--question", each, "--series", "israel") for each in questions]
    one, other, again = written
    assert one != other
    assert again == other
    assert set(tmp_path.iterdir()) == {one, other}
    documents = [json.loads(path.read_text("utf-8")) for path in (one, other)]
    assert [each["question"] for each in documents] == [questions[0], questions[2]]
    for document in documents:
        assert {pair["if_no"]["scenario"] for pair in document["conditional_pairs"]} == {"baseline"}


def _exported(store: Store, folder: Path, *words: str) -> Path:
    """Return the file that a metaculus export writes."""
    command = ["export", "--format", "metaculus", *words, "--store", str(store.folder), "--out", str(folder), "--json"]
    run = CliRunner().invoke(lull, command)
    assert run.exit_code == 0, run.output
    (file,) = json.loads(run.stdout)["files"]
    return Path(file)


ASKED = Asked("total attacks by 2025-03-01", "israel", (0.0, 50.0), 51)


@pytest.mark.parametrize(
    "other",
    [
        {"text": "total attacks by 2025-03-02"},
        {"series": "us_forces"},
        {"span": (0.0, 40.0)},
        {"span": None},
        {"outcomes": 26},
        {"outcomes": None},
        {"open_bounds": "both"},
    ],
)
def test_another_question_has_another_file(other: dict[str, Any]) -> None:
    assert file_name(replace(ASKED, **other), ORIGIN) != file_name(ASKED, ORIGIN)


def test_a_file_is_named_by_the_date_that_a_question_means() -> None:
    within, by = Asked("any attack within 4 weeks", "israel"), Asked("any attack by 2025-01-26", "israel")
    assert file_name(within, ORIGIN) == file_name(by, ORIGIN)
    assert file_name(within, ORIGIN + np.timedelta64(7, "D")) != file_name(within, ORIGIN)
