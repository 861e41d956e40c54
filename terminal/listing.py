"""`lull runs` and `lull scenario list|show`: what there is."""

from pathlib import Path
from typing import Any

from lull.data.calendar import week_of
from lull.data.readers.cells import parse_day
from lull.model.runs.store import Run, Store
from lull.scenarios.language.scenario_files import counterfactuals, find_scenario, library, scenario_text
from lull.scenarios.results.calibration_status import grading_of
from lull.scenarios.results.evidence_used import evidence_used, subject
from lull.terminal.page import heading, indented, plain_table
from lull.terminal.screen import output, print_json

WIDEST = 20  # columns for whose attacks a run is about
SHOWN = ("run_id", "of", "as_of", "origin", "grade", "calibration")


def print_runs(
    folder: Path | None, *, series: str | None, grade: str | None, origin: str | None, as_json: bool
) -> None:
    """Print the runs of a store, the newest first: all, or those of a series, a grade or an origin week."""
    store = Store(folder)
    day = None if origin is None else parse_day(origin)
    runs = [
        run
        for run in store.runs()
        if (grade is None or run.record["grade"] == grade)
        and (day is None or run.origin == week_of(day, run.origin))
        and (series is None or series in _names(run))
    ]
    rows: list[dict[str, Any]] = [
        {
            "run_id": run.run_id,
            "subject": subject(run.record),
            "series": _chosen(run),
            "as_of": run.record["as_of"],
            "origin": run.record["origin"],
            "grade": run.record["grade"],
            "calibration": grading_of(run).grade,
            "used": evidence_used(run.record).used,
            "created": run.record["created"],
            "folder": str(run.folder),
        }
        for run in runs
    ]
    if as_json:
        print_json({"store": str(store.folder), "runs": rows})
        return
    console = output()
    if not rows and (series or grade or origin):
        console.print(f"No such run in {store.folder}.", soft_wrap=True)
        return
    if not rows:
        console.print(f"No runs in {store.folder}. `lull forecast` makes the first one.", soft_wrap=True)
        return
    table = plain_table("run", "of", "as of", "origin", "grade", "track record", "made", words=7)
    table.columns[1].no_wrap, table.columns[1].max_width = False, WIDEST
    for row in rows:
        made = str(row["created"])[:10]
        told = row | {"of": "; ".join(row["series"]) or row["subject"]}
        table.add_row(*(str(told[name]) for name in SHOWN), made)
    console.print(table)
    console.print(f"\nStore: {store.folder}", soft_wrap=True)


def _names(run: Run) -> set[str]:
    """Return the names that a run goes by: its series where they were chosen, and its factions."""
    return {*_chosen(run), *run.record["evidence"]["factions"]}


def _chosen(run: Run) -> list[str]:
    """Return the series that were chosen of the counts; none: all of them."""
    return list(run.record.get("plan", {}).get("evidence", {}).get("series", []))


def print_scenarios(*, as_json: bool) -> None:
    """Print the scenarios of the library."""
    scenarios = (*library(), *counterfactuals())
    if as_json:
        keys = {"id", "title", "assumptions", "hindcast_from"}
        print_json({"scenarios": [one.model_dump(mode="json", include=keys) for one in scenarios]})
        return
    console = output()
    for scenario in scenarios:
        console.print(heading(f"{scenario.id}: {scenario.title}"))
        console.print(indented(scenario.assumptions))
        if scenario.hindcast_from is not None:
            console.print(indented(f"It looks back: lull scenario hindcast {scenario.id}"))


def print_scenario(name: str, *, as_json: bool) -> None:
    """Print one scenario as its file says it."""
    scenario = find_scenario(name)
    if as_json:
        print_json(scenario.model_dump(mode="json"))
    else:
        output().print(scenario_text(name).rstrip(), soft_wrap=True)
