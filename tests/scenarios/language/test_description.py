"""The page on scenarios shows what the program does: its example, its library, its schema."""

import json
import re

import pytest

from lull.model.forward.prior_state import prior_state
from lull.scenarios.engine.projection import project_all
from lull.scenarios.language.description import PAGE, in_words, json_schema, page
from lull.scenarios.language.mistakes import KINDS
from lull.scenarios.language.scenario_files import counterfactuals, library, parse_scenario
from lull.scenarios.language.spec import Scenario
from lull.scenarios.language.uncertain import DATE_FORMS, SIZE_FORMS

TEXT = PAGE.read_text("utf-8")
SCHEMA = PAGE.with_name("scenario.schema.json")


def test_the_generated_part_of_the_page_is_the_library() -> None:
    assert page(TEXT) == TEXT, "python -m lull.scenarios.language.description prints the page again"


@pytest.mark.parametrize("scenario", [*library(), *counterfactuals()], ids=lambda scenario: scenario.id)
def test_the_page_names_every_scenario_with_its_assumptions_and_a_premise(scenario: Scenario) -> None:
    assert f"(`{scenario.id}`)\n\n{scenario.assumptions}\n" in TEXT
    assert scenario.premise is not None
    assert scenario.premise.statement in TEXT


def test_the_schema_is_that_of_the_program_and_holds_for_the_library() -> None:
    assert SCHEMA.read_text("utf-8") == json_schema(), (
        "python -m lull.scenarios.language.description --schema prints it again"
    )
    schema = json.loads(json_schema())
    assert schema["required"] == ["id", "title", "assumptions"]
    assert schema["additionalProperties"] is False


def test_the_example_of_the_page_is_a_scenario_that_can_be_projected() -> None:
    (text,) = re.findall(r"```toml scenario.toml\n(.*?)```", TEXT, re.DOTALL)
    example = parse_scenario(text, "scenario.toml")
    projections = project_all([example], prior_state(("israel",), draws=20, horizon=12, seed=1), seed=1)
    assert [projection.scenario_id for projection in projections] == ["baseline", "a-strike-and-a-longer-truce"]


def test_the_page_shows_every_kind_and_every_way_to_be_uncertain() -> None:
    for word in KINDS:
        assert f"`{word}`" in TEXT
    for word in (*DATE_FORMS, *SIZE_FORMS):
        assert f"{{ {word} = " in TEXT or word in ("on", "exactly")


HEAD = 'id = "x"\ntitle = "t"\nassumptions = "a"\n[[interventions]]\n'
EVENT = 'kind = "event"\ndimension = "pressure"\ndate = 2025-01-10\n'


def test_every_uncertain_form_on_the_page_is_read() -> None:
    dates = re.findall(
        r"^\| `([^`]+)` \| (?:that day|the first day|any day|between|the same|one of)", TEXT, re.MULTILINE
    )
    sizes = re.findall(r"^\| `([^`]+)` \| (?:exactly|mean|median|given)", TEXT, re.MULTILINE)
    assert (len(dates), len(sizes)) == (6, 4)
    for date in dates:
        parse_scenario(f'{HEAD}kind = "anticipation"\nweeks = 2\nfactor = 1.2\ndate = {date}\n', "x.toml")
    for size in sizes:
        shown = parse_scenario(f"{HEAD}{EVENT}salience = {size}\n", "x.toml")
        assert in_words(shown.interventions[0]).startswith("An event of pressure, salience ")


def test_an_intervention_in_words_names_its_series_and_its_window() -> None:
    shown = parse_scenario(
        f'{HEAD}kind = "regime"\nregime = "halted"\nuntil = 2025-02-02\nseries = "israel"\n', "x.toml"
    )
    assert in_words(shown.interventions[0]) == (
        "The regime is halted until 2 February 2025, whatever the hazards say (israel only)."
    )
