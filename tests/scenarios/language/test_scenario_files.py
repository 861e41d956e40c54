"""Scenario files: what is read, and how each mistake is shown."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.schema import InputError
from lull.scenarios.language.scenario_files import (
    counterfactuals,
    find_scenario,
    library,
    library_names,
    parse_scenario,
    read_scenario,
    scenario_text,
)
from lull.scenarios.language.spec import Scenario, baseline

HEAD = 'id = "x"\ntitle = "A title"\nassumptions = "In words."\n'
EVENT = '[[interventions]]\nkind = "event"\ndimension = "deterrence"\nsalience = 4\ndate = 2025-01-10\n'
PREMISE = '[premise]\nstatement = "s"\n[[premise.overtaken_by]]\nseen = "event"\nsalience = 3\nkind = "strike"\n'


def problems(text: str, where: str = "x.toml") -> list[str]:
    with pytest.raises(InputError) as caught:
        parse_scenario(text, where)
    return [str(problem) for problem in caught.value.problems]


def test_the_library_is_read_and_named_after_its_files() -> None:
    named = {scenario.id for scenario in (*library(), *counterfactuals())}
    assert named == set(library_names())
    assert library()[0].id == "baseline"
    assert library_names()[0] == "baseline"
    expected = {"ceasefire-extended", "ceasefire-collapses", "deterrence-rises", "pressure-eases"}
    assert expected <= set(library_names())


def test_the_baseline_of_the_library_adds_nothing() -> None:
    assert find_scenario("baseline").interventions == baseline().interventions == ()


@pytest.mark.parametrize("name", library_names())
def test_a_scenario_goes_through_json_unchanged(name: str) -> None:
    scenario = find_scenario(name)
    assert parse_scenario(scenario.model_dump_json(), "x.json") == scenario
    assert Scenario.model_validate(scenario.model_dump()) == scenario


def test_assumptions_are_one_paragraph() -> None:
    assert parse_scenario('id = "x"\ntitle = "t"\nassumptions = """\n one\n two """', "x.toml").assumptions == "one two"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "horison = 3\n", "x.toml:line 4, horison: expected a known key, found 'horison'"),
        (HEAD.replace("title", "titel"), "line 2, titel: expected a known key, found 'titel'. Did you mean 'title'?"),
        (HEAD + EVENT.replace("salience", "salienze"), "line 7, interventions 1, salienze"),
        (HEAD + EVENT.replace("salience", "salienze"), "Did you mean 'salience'?"),
        (HEAD + EVENT + EVENT.replace('"event"', '"evnt"'), "line 10, interventions 2, kind"),
        (HEAD + EVENT.replace("deterrence", "deterence"), "Did you mean 'deterrence'?"),
        (HEAD + EVENT.replace("2025-01-10", '"2025-02-30"'), "The calendar has no such day."),
        (HEAD + EVENT.replace("2025-01-10", "{ unifrm = [2025-01-01, 2025-02-01] }"), "Did you mean 'uniform'?"),
        (HEAD + EVENT.replace("2025-01-10", "{ uniform = [2025-02-01, 2025-01-01] }"), "expected days in order"),
        (HEAD + EVENT.replace("2025-01-10", "{ uniform = [2025-01-01, 2025-02-01], nam = 'a' }"), "mean 'name'?"),
        (HEAD + EVENT.replace("2025-01-10", "{ hazard = 1.5 }"), "less than 1, found '1.5'"),
        (HEAD + EVENT.replace("= 4", "= 7"), "a salience from 0 to 5, found 7"),
        (HEAD + EVENT.replace("4", "true"), "expected a number, found 'True'"),
        (HEAD + EVENT.replace("4", "nan"), "expected a number, found 'nan'"),
        (HEAD + EVENT.replace("4", "{ quantiles = [[0.5, 2], [0.1, 1]] }"), "levels and values that rise"),
        (HEAD + '[[interventions]]\nkind = "intensity"\nfactor = 0\n', "a factor above 0"),
        (HEAD + '[[interventions]]\nkind = "intensity"\nfactor = { normal = [1, 1] }\n', "Write { lognormal"),
        (HEAD + '[[interventions]]\nkind = "covariate"\naction = "hold"\ncovariate = "a"\n', "value and no factor"),
        (HEAD + '[[interventions]]\nkind = "ceasefire"\naction = "end"\n', "a date (action 'end')"),
        (HEAD + '[[interventions]]\nkind = "ceasefire"\naction = "stop"\ndate = 2025-01-10\n', "start, end, extend"),
        (HEAD + "[[interventions]]\ndate = 2025-01-10\n", "one of ceasefire, event"),
        (HEAD + '[[branches]]\nid = "a"\ntitle = "A"\nprobability = 0.5\n', "probabilities that sum to 1"),
        (HEAD + 2 * '[[branches]]\nid = "a"\ntitle = "A"\nprobability = 0.5\n', "each branch id once"),
        (HEAD + '[[branches]]\nid = "a"\ntitel = "A"\nprobability = 0.5\n', "line 6, branches 1, titel"),
        (HEAD.replace('"x"', '"Not An Id"'), "line 1, id"),
        (HEAD.replace('"x"', '"baseline"') + EVENT, "a baseline without interventions"),
        (HEAD + PREMISE.replace("salience", "saliense"), "line 8, premise, overtaken_by 1, saliense"),
        (HEAD + PREMISE.replace("salience", "saliense"), "Did you mean 'salience'?"),
        (HEAD + PREMISE.replace('"event"', '"evnt"'), "line 7, premise, overtaken_by 1, seen"),
        (HEAD + PREMISE.replace("statement", "statment"), "line 5, premise, statment"),
        (HEAD + '[premise]\nstatement = "s"\n', "an observation that settles the premise"),
        ('title = "A title"', "expected the key 'id', found none"),
        ("id = x", "a scenario in TOML"),
        ("", "expected a scenario: id, title, assumptions, found nothing"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_place_and_its_remedy(text: str, expected: str) -> None:
    assert any(expected in problem for problem in problems(text)), problems(text)


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file() -> None:
    shown = problems(HEAD.replace("title", "titel") + EVENT.replace("= 4", "= 9") + EVENT.replace("date", "dat"))
    lines = [int(problem.split("line ")[1].split(",")[0]) for problem in shown]
    assert lines == sorted(lines)
    assert len(shown) == 5  # title missing, titel unknown, salience 9, date missing, dat unknown


def test_json_is_reported_without_lines() -> None:
    content = {"id": "x", "title": "t", "assumptions": "a", "interventions": [{"kind": "event", "salience": 1}]}
    assert problems(json.dumps(content), "x.json")[0].startswith("x.json, interventions 1, dimension")
    assert "a scenario in JSON" in problems("{", "x.json")[0]
    assert "found list" in problems("[]", "x.json")[0]
    assert problems("[" * 100_000, "x.json") != []


def test_files_that_are_no_scenarios(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes("id = 'é'".encode("latin-1"))
    (tmp_path / "large.toml").write_text("#" * 1_000_001)
    for name, expected in (("latin.toml", "UTF-8"), ("large.toml", "at most"), ("none.toml", "No such file")):
        with pytest.raises(InputError, match=expected):
            read_scenario(tmp_path / name)


def test_a_name_is_found_in_the_library_or_the_near_one_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD)
    assert find_scenario(str(path)).id == "x"
    assert scenario_text("baseline").startswith('id = "baseline"')
    with pytest.raises(InputError, match="Did you mean 'ceasefire-collapses'"):
        find_scenario("ceasefire-colapses")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for where in ("x.toml", "x.json"):
        with pytest.raises(InputError):
            parse_scenario(text, where)


def test_leaves_of_a_tree_carry_the_trunk_and_their_probability() -> None:
    branch = '[[branches]]\nid = "{}"\ntitle = "{}"\nprobability = {}\n'
    fork = "".join(f"[[branches.branches]]\nid = '{i}'\ntitle = '{i}'\nprobability = 0.5\n" for i in ("c", "d"))
    tree = parse_scenario(HEAD + EVENT + branch.format("a", "A", 0.4) + branch.format("b", "B", 0.6) + fork, "x.toml")
    leaves = list(tree.leaves())
    assert [(round(p, 12), leaf.id) for p, leaf in leaves] == [(0.4, "x.a"), (0.3, "x.b.c"), (0.3, "x.b.d")]
    assert all(leaf.interventions == tree.interventions and not leaf.branches for _, leaf in leaves)
