"""`lull scenario check` with newer data: each premise open, confirmed or overtaken, and the observation that did it."""

from collections.abc import Sequence
from datetime import date

from rich.text import Text

from lull.data.calendar import MONDAY, Week, week_end, week_of
from lull.data.counts import WeeklyCounts, read_counts
from lull.data.events import known_at, read_events
from lull.data.evidence import Evidence, embedded_evidence, read_evidence
from lull.data.reports import read_reports
from lull.scenarios.engine.premise_check import NewerData, Verdict, judge
from lull.scenarios.language.scenario_files import counterfactuals, library
from lull.scenarios.language.spec import Scenario
from lull.terminal.forecasting import found
from lull.terminal.page import plain_table
from lull.terminal.screen import output, print_json, progress

STYLES = {"open": "", "confirmed": "green", "overtaken": "red"}
WIDEST_ID = 30


def judge_and_print(names: Sequence[str], evidence: Evidence, *, as_json: bool, seed: int) -> bool:
    """Hold the premises of scenarios, by default of the library's, against newer data; print; return that it is good.

    `evidence.origin` is a day of the last week that the scenarios' forecast knew.
    """
    scenarios = found(names) or (*library(), *counterfactuals())
    newer = _newer(evidence, seed=seed)
    verdicts = [(one, judge(one.premise, newer)) for one in scenarios if one.premise is not None]
    without = [one.id for one in scenarios if one.premise is None]
    if as_json:
        rows = [_row(scenario, verdict) for scenario, verdict in verdicts]
        print_json({"origin": newer.origin, "as_of": newer.as_of, "verdicts": rows, "without_premise": without})
    else:
        _print(verdicts, without, newer)
    return True


def _row(scenario: Scenario, verdict: Verdict) -> dict[str, object]:
    premise = scenario.premise.statement if scenario.premise else None
    row = {"id": scenario.id, "title": scenario.title, "premise": premise, "status": verdict.status}
    return row | {"day": verdict.day, "observation": verdict.observation or None}


def _print(verdicts: Sequence[tuple[Scenario, Verdict]], without: Sequence[str], newer: NewerData) -> None:
    console = output()
    told = f"Premises of a forecast whose last week is that of {newer.origin}, as known on {newer.as_of}."
    unseen = [name for name, given in (("events", newer.events), ("counts", newer.counts)) if given is None]
    console.print(f"{told}{f' No {unseen[0]} were given: what they would tell is open.' if unseen else ''}\n")
    table = plain_table("scenario", "premise", "settled by", words=3, widest=WIDEST_ID)
    table.columns[2].no_wrap = False
    for scenario, verdict in verdicts:
        table.add_row(scenario.id, Text(verdict.status, style=STYLES[verdict.status]), verdict.observation)
    console.print(table)
    if without:
        console.print(f"\nWithout a premise: {', '.join(without)}.")


def _newer(evidence: Evidence, *, seed: int) -> NewerData:
    """Return what the files of newer data say; as of their last day, if no other is named."""
    events = read_events(evidence.events) if evidence.events else None
    reports = read_reports(evidence.reports) if evidence.reports else ()
    counts = read_counts(evidence.counts, fill_zeros=evidence.fill_zeros) if evidence.counts else None
    days = [event.date for event in events or ()] + [report.published for report in reports]
    days += [week_end(counts.origin)] if counts is not None else []
    as_of = evidence.as_of or max(days)
    if reports:
        counts = _reconstructed(evidence, as_of, seed=seed)
    return NewerData(known_at(events, as_of) if events is not None else None, counts, _origin(evidence, counts), as_of)


def _origin(evidence: Evidence, counts: WeeklyCounts | None) -> Week:
    """Return the last week of the forecast: of the embedded case, if no day of another is named."""
    if evidence.origin is None:
        return read_evidence(embedded_evidence()).origin
    return week_of(evidence.origin, MONDAY if counts is None else counts.origin)


def _reconstructed(evidence: Evidence, as_of: date, *, seed: int) -> WeeklyCounts:
    from lull.model.reconstruction.reconstruct import reconstruct  # noqa: PLC0415 - compiles numba code, only reports need it

    assert evidence.reports is not None
    with progress(waiting="read the reports") as told:
        reports = read_reports(evidence.reports)
        return reconstruct(reports, as_of=as_of, faction=evidence.faction, progress=told, seed=seed).counts
