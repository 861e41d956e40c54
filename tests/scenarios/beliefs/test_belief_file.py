"""The file of beliefs: read as it says, written again the same, and every mistake with its line and the near name."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.cli.file_contents import checked
from lull.data.learned.effects import ENDING
from lull.data.schema import InputError
from lull.model.spec import Normal, Priors
from lull.scenarios.beliefs.belief_file import parse_beliefs, read_beliefs, toml_of_beliefs
from lull.scenarios.beliefs.reader_beliefs import DRIVERS, FIELDS, Beliefs, beliefs_in, beliefs_sentence, driver_of
from lull.scenarios.language.uncertain import NormalSize

GOOD = """who = "Ada"
note = "They do not hold."

[driver."ceasefire:written".halting]
mean = 0.2
sd = 0.3

[driver.threat.intensity]
quantiles = { q05 = 0.8, q50 = 1.2, q95 = 1.8 }
"""
EFFECTS = st.dictionaries(
    st.tuples(st.sampled_from(DRIVERS), st.sampled_from(sorted(FIELDS))),
    st.builds(Normal, st.floats(-10, 10), st.floats(0.01, 10)),
    min_size=1,
    max_size=6,
)
ASSUMED = """[[fork]]
collapses = 0.2
expires = 0.5
extended = 0.3

[salience]
mobilisation = { normal = [3.0, 0.5] }
pressure = 2.0
"""


def test_a_file_is_read_as_it_says() -> None:
    found = parse_beliefs(GOOD, "b.toml")
    assert (found.who, found.note) == ("Ada", "They do not hold.")
    assert found.of("ceasefire", "halting") == Normal(0.2, 0.3)
    threat = found.of("deterrence", "intensity")
    assert threat is not None
    assert threat.mean == pytest.approx(0.182, abs=0.001)
    assert found.of("pressure", "halting") is None


def test_chances_of_branches_and_saliences_are_read_and_written_again_the_same() -> None:
    found = parse_beliefs(ASSUMED, "b.toml")
    assert found.chances_of(["expires", "extended", "collapses"]) == {"collapses": 0.2, "expires": 0.5, "extended": 0.3}
    assert found.chances_of(["expires", "extended"]) == {}
    assert found.salience_of("mobilisation") == NormalSize(normal=(3.0, 0.5))
    assert toml_of_beliefs(found) == ASSUMED
    assert beliefs_in({"beliefs": json.loads(json.dumps(found.document()))}) == found
    assert beliefs_sentence({"beliefs": found.document(), "reweighted_from": "r"}) == (
        "With the beliefs of a reader about the branches collapses or expires or extended, the salience of "
        "mobilisation, the salience of pressure."
    )


@given(EFFECTS, st.text(max_size=60), st.text(max_size=500))
def test_what_is_written_is_read_again_the_same(effects: dict[tuple[str, str], Normal], who: str, note: str) -> None:
    held = tuple(sorted(((*at, belief) for at, belief in effects.items()), key=lambda one: one[:2]))
    one = Beliefs(held, " ".join(who.split()), note.strip())
    assert parse_beliefs(json.dumps(one.document()), "link.json") == one
    assert beliefs_in({"beliefs": one.document()}) == one
    plain = Beliefs(held, "".join(each for each in one.who if each.isprintable()).strip(), "")
    assert parse_beliefs(toml_of_beliefs(plain), "b.toml").effects == held


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('wo = "Ada"\n' + GOOD, "b.toml:line 1, wo: expected a known key, found 'wo'. Did you mean 'who'?"),
        (GOOD.replace("written", "writen"), "line 4, driver, ceasefire:writen: expected a kind of event, alone or as"),
        (GOOD.replace("written", "writen"), "Did you mean 'ceasefire:written'?"),
        (
            GOOD.replace("halting", "halt"),
            "line 4, driver, ceasefire:written, halt: expected a known key",
        ),
        (
            GOOD.replace("sd = 0.3", ""),
            "line 4, driver, ceasefire:written, halting: expected mean and sd",
        ),
        (GOOD.replace("sd = 0.3", "sd = 0"), "line 6, driver, ceasefire:written, halting, sd: expected"),
        (GOOD.replace("sd = 0.3", 'sd = "wide"'), "halting, sd: expected a number, found 'wide'."),
        (
            GOOD.replace("q50 = 1.2", "q50 = 0.7"),
            "line 9, driver, threat, intensity, quantiles: expected q05",
        ),
        (GOOD.replace("q05 = 0.8", "q05 = 0.01"), "the nearest has q05 ="),
        (GOOD.replace("q05 = 0.8", "q05 = -1"), "expected a factor above 0"),
        (GOOD.replace("threat.intensity", "threat.resumption"), "Of 100, 20 is 0.2."),
        (
            GOOD + "[driver.strike.intensity]\nmean = 0\nsd = 1\n",
            "'strike' and 'threat', both filed under 'd",
        ),
        ("", "expected a table such as [driver.ceasefire.halting], [[fork]] or [salience]"),
        ("[driver]\n", "expected a table such as [driver.ceasefire.halting]"),
        ("[[fork]]\na = 0.5\nb = 0.4\n", "line 1, fork, 0: expected chances that sum to 1, found a sum of 0.9."),
        ("[[fork]]\na = 1\n", "fork, 0"),
        ("[[fork]]\na = 0.5\nB = 0.5\n", "fork, 0, B"),
        ("[[fork]]\na = 0.5\nb = 0.5\n[[fork]]\nb = 0.4\na = 0.6\n", "expected each fork once, found a or b again."),
        ("[salience]\npresure = 3\n", "line 2, salience, presure: expected a known key, found 'presure'. Did you mean"),
        ("[salience]\npressure = 7\n", "line 2, salience, pressure: expected a salience from 0 to 5, found 7."),
        ("[driver.ceasefire]\n", "expected a table such as [driver.ceasefire.halting]"),
        ("who =", "expected a file of beliefs in TOML"),
    ],
)
def test_each_mistake_is_named_with_its_line(wrong: str, said: str) -> None:
    with pytest.raises(InputError) as found:
        parse_beliefs(wrong, "b.toml")
    assert said in str(found.value)


def test_every_mistake_is_found_at_once() -> None:
    with pytest.raises(InputError) as found:
        parse_beliefs("wo = 1\n[driver.ceasefire.halt]\nmean = 1\n[driver.threat.intensity]\nsd = 1\n", "b.toml")
    assert [problem.where.split(",")[0] for problem in found.value.problems] == [
        "b.toml:line 1", "b.toml:line 2", "b.toml:line 4",
    ]  # fmt: skip


def test_a_kind_may_carry_a_type_and_a_driver_its_own_name() -> None:
    assert driver_of("ceasefire:verbal") == "ceasefire_verbal"
    assert driver_of("ceasefire:written") == "ceasefire"
    assert driver_of("strike") == driver_of("deterrence") == "deterrence"
    assert driver_of(f"{ENDING}:ran_out") == "ceasefire_ran_out"
    for kind in ("own_act", "ceasefire:", "pressure:killed", ""):
        if kind != "ceasefire:":
            with pytest.raises(InputError):
                driver_of(kind)


def test_beliefs_replace_those_of_the_record_and_no_others() -> None:
    priors = Priors()
    changed = parse_beliefs(GOOD, "b.toml").applied(priors)
    assert changed.halt_effect == priors.halt_effect | {"ceasefire": Normal(0.2, 0.3)}
    assert changed.resumption_effect == priors.resumption_effect
    assert priors == Priors()


def test_a_record_says_whose_beliefs_it_holds_and_how() -> None:
    record = {"beliefs": parse_beliefs(GOOD, "b.toml").document()}
    assert beliefs_sentence(record) == "With the beliefs of Ada about ceasefire, deterrence."
    weighed = record | {"reweighted_from": "abc", "pareto_k": 0.31, "effective_draws": 1778.2}
    assert beliefs_sentence(weighed).endswith("Reweighted from run abc (Pareto k 0.31, 1778 effective draws).")
    assert beliefs_sentence({}) == ""


def test_check_knows_the_file(tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    path.write_text(GOOD)
    found = checked(path)
    assert (found.kind, found.error) == ("beliefs", None)
    assert found.content == "beliefs of Ada: 2 effects of ceasefire, deterrence"
    assert read_beliefs(path) == parse_beliefs(GOOD, "b.toml")
    path.write_text(GOOD.replace("halting", "halt"))
    assert checked(path).error is not None
