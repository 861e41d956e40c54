"""`lull scenario list|show`: the scenarios of the library."""

from typing import Annotated

import typer

from lull.cli.options.arguments import Json


def listed(*, json: Json = False) -> None:
    """List the scenarios of the library."""
    from lull.cli.screen.layout import heading, indented
    from lull.cli.screen.streams import output, print_json
    from lull.scenarios.language.scenario_files import counterfactuals, library

    scenarios = (*library(), *counterfactuals())
    if json:
        keys = {"id", "title", "assumptions", "hindcast_from"}
        print_json({"scenarios": [one.model_dump(mode="json", include=keys) for one in scenarios]})
        return
    console = output()
    for scenario in scenarios:
        console.print(heading(f"{scenario.id}: {scenario.title}"))
        console.print(indented(scenario.assumptions))
        if scenario.hindcast_from is not None:
            console.print(indented(f"It looks back: lull scenario hindcast {scenario.id}"))


def shown(*, name: Annotated[str, typer.Argument(help="A name of the library or a file.")], json: Json = False) -> None:
    """Show a scenario: its assumptions and interventions, as the file says them."""
    from lull.cli.screen.streams import output, print_json
    from lull.scenarios.language.scenario_files import find_scenario, scenario_text

    scenario = find_scenario(name)
    if json:
        print_json(scenario.model_dump(mode="json"))
    else:
        output().print(scenario_text(name).rstrip(), soft_wrap=True)
