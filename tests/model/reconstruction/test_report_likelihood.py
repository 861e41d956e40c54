"""Which reports count, and how each is understood: no sampling here."""

from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.reports import Report
from lull.data.schema import InputError
from lull.model.reconstruction.report_likelihood import EvidenceSpec, Reading, read
from lull.model.reconstruction.windows import RATIO_GRID, lay_out, log_likelihood, table_rows

SPEC = EvidenceSpec()
FACTION = "The Front"
MONDAY = date(2024, 1, 1)


def report(report_id: str, start: int, days: int, count: int, qualifier: str = "exact", **changes: Any) -> Report:
    """A report of the faction's claims on the north front, `start` days after Monday 1 January 2024."""
    first = MONDAY + timedelta(days=start)
    last = first + timedelta(days=days - 1)
    values = {
        "report_id": report_id,
        "source": "A Paper",
        "published": last,
        "published_basis": "day",
        "window_start": first,
        "window_end": last,
        "actor": FACTION,
        "front": "north",
        "measure": "claimed",
        "count": count,
        "qualifier": qualifier,
    }
    return Report.model_validate({name: str(value) for name, value in (values | changes).items()})


def readings(*reports: Report, as_of: date = date(2025, 1, 1), faction: str = FACTION) -> dict[str, Reading]:
    return {reading.report_id: reading for reading in read(reports, as_of=as_of, faction=faction, spec=SPEC).used}


def reasons(*reports: Report) -> dict[str, str]:
    made = read([report("base", 0, 7, 3), *reports], as_of=date(2025, 1, 1), faction=FACTION, spec=SPEC)
    return {row.report_id: row.reason for row in made.set_aside}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"measure": "intercepted"}, "intercepted: not a count of attacks"),
        ({"measure": "impacted"}, "impacted: not a count of attacks"),
        ({"actor": "unclaimed (suspected)"}, "attributed or unclaimed"),
        ({"actor": f"{FACTION} (attributed by others only)"}, "attributed or unclaimed"),
        ({"actor": "Another Front"}, "another actor: Another Front"),
        ({"qualifier": "at_least", "count": 0}, "at least 0 says nothing"),
        ({"note": "in the east only", "qualifier": "at_most"}, "a part of the whole bounds nothing from above"),
        (
            {"note": "RATE per week", "window_start": "", "window_end": ""},
            "a rate without a window: nothing says of which weeks",
        ),
    ],
)
def test_a_report_that_counts_no_attacks_of_the_faction_is_set_aside_with_a_reason(
    changes: dict[str, Any], reason: str
) -> None:
    changes = {"count": 5} | changes
    assert reasons(report("other", 0, 7, **changes)) == {"other": reason}


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": f"{FACTION} + Allies (joint claim)"},
        {"actor": f"Allies + {FACTION} (joint claim)"},
        {"note": "Bases in the east only"},
        {"note": "Six on one base (east only, the west not included)"},
        {"note": "East only: the second since February"},
    ],
)
def test_a_part_of_the_whole_is_a_floor_without_an_opinion_on_the_rest(changes: dict[str, Any]) -> None:
    part = readings(report("part", 0, 30, 5, **changes))["part"]
    assert part.kind == "at_least"
    assert part.overshoot == 0


@pytest.mark.parametrize(
    "note", ["The only weekly figure of this page", "Only claims are counted", "reported only once"]
)
def test_the_word_only_elsewhere_in_a_note_is_no_part(note: str) -> None:
    assert readings(report("whole", 0, 7, 5, note=note))["whole"].kind == "exact"


def test_members_are_a_part_of_their_umbrella_and_a_faction_of_their_own() -> None:
    member = report("m", 0, 7, 5, actor=SPEC.members[0])
    umbrella = report("u", 0, 7, 9, actor=SPEC.umbrella)
    assert readings(member, umbrella, faction=SPEC.umbrella)["m"].kind == "at_least"
    assert readings(member, umbrella, faction=SPEC.members[0])["m"].kind == "exact"
    assert reasons(member) == {"m": f"another actor: {SPEC.members[0]}"}


def test_what_was_counted_from_events_is_as_hard_as_a_day() -> None:
    other = report("o", 0, 14, 250)
    printed = readings(report("p", 0, 7, 200), other)
    counted = readings(report("c", 0, 7, 200, note="Counted from events"), other)
    assert counted["c"].certain
    assert not printed["p"].certain
    assert printed["p"].error > 40 * counted["c"].error


@pytest.mark.parametrize(
    ("changes", "count", "error"),
    [
        ({"note": "RATE per week"}, 100, 0.20 * 100),
        ({"note": "RATE per day"}, 700, 0.20 * 700),
        ({"note": "rate per week, of recent weeks", "window_start": ""}, 100, 0.40 * 100),
    ],
)
def test_a_rate_is_a_soft_total_of_its_window(changes: dict[str, Any], count: int, error: float) -> None:
    rate = readings(report("r", 0, 28, 25, **changes))["r"]
    assert (rate.kind, rate.count, rate.days, rate.hard) == ("exact", count, 28, False)
    assert rate.error == pytest.approx(np.hypot(SPEC.about_error, error))


def test_a_rate_of_recent_weeks_is_of_the_four_before_its_last_day() -> None:
    rate = readings(report("r", 0, 60, 25, "about", note="RATE per week", window_start=""))["r"]
    assert rate.last == MONDAY + timedelta(days=59)
    assert rate.days == SPEC.recent_days == 28


def test_a_rate_of_none_is_no_hard_zero_and_no_repeat_of_a_count() -> None:
    rate, count = report("r", 0, 28, 0, note="RATE per week"), report("c", 0, 28, 0)
    assert not readings(rate)["r"].hard
    assert set(readings(rate, count)) == {"r", "c"}


@pytest.mark.parametrize(
    ("other", "taken"),
    [
        ((32, 5, 3), True),  # outside the window
        ((0, 31, 200, "at_least"), False),
        ((3, 1, 20, "at_least"), True),
        ((0, 90, 100, "at_least"), False),
        ((3, 7, 2), False),
        ((3, 7, 2, "at_most"), False),
    ],
)
def test_an_exact_sum_is_taken_as_it_is_unless_a_report_contests_it(other: tuple[Any, ...], taken: object) -> None:
    month = readings(report("m", 0, 31, 31), report("o", *other))["m"]
    assert month.certain is taken


def test_a_rate_a_part_and_another_front_contest_nothing_but_totals_of_all_fronts_do() -> None:
    month = report("m", 0, 31, 31)
    assert readings(month, report("r", 0, 31, 25, note="RATE per week"))["m"].certain
    assert readings(month, report("e", 0, 31, 9, front="south"))["m"].certain
    assert not readings(month, report("a", 0, 31, 40, front="all"))["m"].certain
    assert not readings(report("m", 0, 31, 31, "about"))["m"].certain


def test_readings_say_whether_any_is_a_claim() -> None:
    confirmed, claim = report("c", 0, 7, 5, measure="confirmed"), report("s", 7, 7, 5)
    assert read([claim, confirmed], as_of=date(2025, 1, 1), faction=FACTION, spec=SPEC).claimed
    assert not read([confirmed], as_of=date(2025, 1, 1), faction=FACTION, spec=SPEC).claimed


def test_a_part_repeats_no_whole() -> None:
    whole, part = report("r2", 0, 7, 5), report("r1", 0, 7, 5, note="East only")
    assert {name: one.kind for name, one in readings(whole, part).items()} == {"r2": "exact", "r1": "at_least"}


def test_a_repeat_is_set_aside_and_the_more_careful_source_kept() -> None:
    paper = report("r1", 0, 7, 5)
    ledger = report("r2", 0, 7, 5, source="Pentagon via A Paper")
    made = read([paper, ledger], as_of=date(2025, 1, 1), faction=FACTION, spec=SPEC)
    assert [reading.report_id for reading in made.used] == ["r2"]
    assert [(row.report_id, row.reason) for row in made.set_aside] == [("r1", "repeats r2")]
    loose = report("r0", 0, 7, 5, source=SPEC.loose_sources[0])
    made = read([paper, loose], as_of=date(2025, 1, 1), faction=FACTION, spec=SPEC)
    assert [(row.report_id, row.reason) for row in made.set_aside] == [("r0", "repeats r1")]


def test_of_the_floors_of_a_day_the_highest_counts() -> None:
    floors = [report(f"r{count}", 2, 1, count, "at_least") for count in (2, 5, 3)]
    made = read(floors, as_of=date(2025, 1, 1), faction=FACTION, spec=SPEC)
    assert [reading.count for reading in made.used] == [5]
    assert {row.report_id for row in made.set_aside} == {"r2", "r3"}


def test_two_measures_of_one_day_are_two_floors() -> None:
    claimed = report("c", 2, 1, 2, "at_least")
    confirmed = report("l", 2, 1, 5, "at_least", measure="confirmed")
    assert set(readings(claimed, confirmed)) == {"c", "l"}


def test_launches_beside_claims_are_secondary_and_claims_beside_confirmed_counts_are_not() -> None:
    claims = [report("r1", 0, 7, 5), report("r2", 7, 7, 5)]
    launches = report("r3", 0, 7, 8, measure="confirmed")
    assert readings(*claims, launches)["r3"].secondary
    counted = [report("r1", 0, 7, 5, measure="confirmed"), report("r2", 7, 7, 5, measure="confirmed")]
    claim = readings(*counted, report("r3", 0, 7, 8, source="Pentagon"))["r3"]
    assert not claim.secondary
    assert claim.error > readings(report("r3", 0, 7, 8, source="Pentagon"))["r3"].error


def test_totals_of_all_fronts_are_loose() -> None:
    whole = report("r1", 0, 7, 100, front="all", source="Pentagon")
    assert readings(whole, report("r2", 0, 7, 5))["r1"].error > SPEC.loose.relative * 100


def test_a_zero_is_hard_unless_an_attack_is_reported_within_it() -> None:
    zero, floor = report("z", 0, 7, 0), report("f", 3, 1, 2, "at_least")
    assert readings(zero, report("t", 7, 7, 3))["z"].hard
    assert not readings(zero, floor)["z"].hard
    assert not readings(report("z", 0, 7, 0, "about"), report("t", 7, 7, 3))["z"].hard
    assert readings(zero, report("o", 3, 1, 2, "at_least", front="south"))["z"].hard


def test_reports_used_and_set_aside_add_up_to_those_known() -> None:
    reports = [report("r1", 0, 7, 5), report("r2", 0, 7, 5), report("r3", 3, 1, 1, measure="impacted")]
    later = report("r4", 30, 7, 5)
    made = read([*reports, later], as_of=date(2024, 1, 20), faction=FACTION, spec=SPEC)
    assert sorted([r.report_id for r in made.used] + [r.report_id for r in made.set_aside]) == ["r1", "r2", "r3"]


def test_nothing_usable_is_an_input_error_that_says_what_is_wanted() -> None:
    with pytest.raises(InputError, match="none among 1 known reports"):
        readings(report("r1", 0, 7, 5, measure="impacted"))
    with pytest.raises(InputError, match="no report published by then"):
        readings(report("r1", 0, 7, 5), as_of=date(2023, 1, 1))


def test_without_a_faction_the_only_actor_is_meant_and_several_are_named() -> None:
    assert read([report("r1", 0, 7, 5)], as_of=date(2025, 1, 1), faction="", spec=SPEC).faction == FACTION
    two = [report("r1", 0, 7, 5), report("r2", 0, 7, 5, actor="Another Front")]
    with pytest.raises(InputError, match="Known: Another Front, The Front"):
        read(two, as_of=date(2025, 1, 1), faction="", spec=SPEC)


def test_every_judgement_stands_on_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reconstruction.md").read_text("utf-8")
    assert [field.name for field in fields(EvidenceSpec) if f"`{field.name}`" not in page] == []


counts = st.integers(0, 300)
errors = st.floats(0.2, 30)


@given(count=counts, error=errors)
def test_an_exact_count_is_likeliest_at_itself_and_less_so_further_off(count: int, error: float) -> None:
    exact = Reading("r", "north", MONDAY, MONDAY, count, "exact", error=error, stray=0.05)
    values = log_likelihood(exact, np.arange(count, count + 50.0), spec=SPEC)
    assert (np.diff(values) <= 0).all()
    assert np.exp(log_likelihood(exact, np.arange(-4000.0, 4000.0), spec=SPEC)).sum() == pytest.approx(1, abs=0.05)


@given(count=counts, error=errors)
def test_bounds_are_monotone_and_mirror_each_other(count: int, error: float) -> None:
    low = Reading("r", "north", MONDAY, MONDAY, count, "at_least", error=error, stray=0.05)
    high = replace(low, kind="at_most")
    gaps = np.arange(-60.0, 60.0)
    above = log_likelihood(low, count + gaps, spec=SPEC)
    assert (np.diff(above) >= 0).all()
    assert above == pytest.approx(log_likelihood(high, count - gaps, spec=SPEC))


@given(count=st.integers(1, 300), scale=st.floats(2, 30))
def test_an_overshoot_is_a_density_of_the_gap_above_the_floor(count: int, scale: float) -> None:
    floor = Reading("r", "north", MONDAY, MONDAY, count, "at_least", error=0.25, stray=0.0, overshoot=scale)
    gaps = np.arange(0.0, 20_000.0)
    expected = 1 - 1 / (1 + gaps[-1] / scale)
    with np.errstate(divide="ignore"):  # below the floor there is nothing without a stray share
        mass = np.exp(log_likelihood(floor, np.arange(-5.0, 20_000.0) + count, spec=SPEC)).sum()
    assert mass == pytest.approx(expected, abs=0.1)


def test_a_secondary_reading_sees_the_total_times_the_ratio() -> None:
    launches = Reading("r", "north", MONDAY, MONDAY, 30, "exact", secondary=True, error=3.0, stray=0.05)
    rows = table_rows(launches, 60, spec=SPEC)[:, 16:-16]
    assert rows.shape == (RATIO_GRID.size, 61)
    best = rows.argmax(axis=1)
    inside = np.exp(RATIO_GRID) > 30 / 60
    assert best[inside] == pytest.approx(30 / np.exp(RATIO_GRID[inside]), abs=1)


def test_days_that_share_week_and_readings_form_one_cell() -> None:
    made = read(
        [report("t", 0, 14, 9), report("d", 2, 1, 2, "at_least")], as_of=date(2025, 1, 1), faction=FACTION, spec=SPEC
    )
    windows = lay_out(made, spec=SPEC)
    assert windows.cell[0].tolist() == [0, 0, 1, 0, 0, 0, 0] + [2] * 7
    assert windows.layout.cell_days.tolist() == [6, 1, 7]


def test_a_campaign_begins_where_most_windows_that_hold_its_first_attack_do() -> None:
    early, late = report("t1", 0, 60, 20), [report(f"t{n}", 9, 50 + n, 20 + n) for n in (2, 3)]
    first = report("d", 10, 1, 1, "at_least")
    windows = lay_out(read([early, *late, first], as_of=date(2025, 1, 1), faction=FACTION, spec=SPEC), spec=SPEC)
    assert not windows.covered[0, :9].any()
    assert windows.covered[0, 9:60].all()


def test_a_certain_sum_is_likeliest_at_itself_and_each_attack_off_costs_the_same() -> None:
    month = readings(report("m", 0, 31, 31))["m"]
    likely = log_likelihood(month, np.array([29.0, 30, 31, 32, 431]), spec=SPEC)
    np.testing.assert_allclose(likely, -SPEC.sum_penalty * np.array([2, 1, 0, 1, 400]))
