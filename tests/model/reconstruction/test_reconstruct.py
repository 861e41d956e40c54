"""Weekly counts from reports: the embedded case, laws on small evidence, and the sampler against its own prior.

The independent second opinion on the sampler draws whole histories from the prior with numpy and weighs them by the
readings: it shares the likelihood's tables with the sampler and nothing else.
"""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lull.data.readers.tabular import embedded_file
from lull.data.reports import Report, known_at, read_reports
from lull.data.schema import InputError
from lull.model.reconstruction.reconstruct import MAX_RHAT, MIN_ESS, Mixing, Reconstruction, reconstruct
from lull.model.reconstruction.report_likelihood import EvidenceSpec, read
from lull.model.reconstruction.sampler import SweepConfig
from lull.model.reconstruction.windows import RATIO_GRID, lay_out, log_likelihood

SPEC = EvidenceSpec()
UMBRELLA = "Islamic Resistance in Iraq"
FACTION = "The Front"
MONDAY = date(2024, 1, 1)
LATER = date(2025, 1, 1)
VAGUE = EvidenceSpec(base_error=2.5, about_error=3.0, day_error=1.0, day_stray=0.1)  # lets draws of the prior pass
LONG = SweepConfig(chains=2, burn_in=300, keep=400)
SHORT = SweepConfig(chains=2, burn_in=60, keep=20, thin=1)


@cache
def embedded_reports() -> tuple[Report, ...]:
    return read_reports(embedded_file("reports.csv"))


@cache
def embedded(as_of: date = date(2024, 12, 31)) -> Reconstruction:
    return reconstruct(embedded_reports(), as_of=as_of, faction=UMBRELLA, seed=1)


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


def small(*reports: Report, as_of: date = LATER, **changes: Any) -> Reconstruction:
    options = {"imputations": 4, "config": SHORT, "seed": 1} | changes
    return reconstruct(reports, as_of=as_of, faction=FACTION, **options)


# --- sums and rates ---------------------------------------------------------------------------------------------------


@pytest.mark.integration
@pytest.mark.parametrize("counts", [(12, 0, 250, 31), (3, 400, 1, 2)])
def test_sums_of_months_are_reproduced_exactly_by_every_imputation(counts: tuple[int, ...]) -> None:
    days = (31, 29, 31, 30)  # January to April 2024
    starts = [sum(days[:month]) for month in range(4)]
    months = [report(f"m{at}", starts[at], days[at], count) for at, count in enumerate(counts)]
    made = small(*months, config=None)
    for month in months:
        assert (made.total("north", str(month.window_start), str(month.window_end)) == month.count).all()
    whole = made.counts.up_to_week(np.datetime64("2024-04-22")).array.sum("week")
    assert (whole <= sum(counts)).all()


def test_weeks_from_saturday_to_friday_give_weeks_from_monday_and_their_total() -> None:
    values = np.random.default_rng(1).poisson(1.7, 60) * np.random.default_rng(2).integers(0, 2, 60)
    saturdays = [report(f"w{at}", 5 + 7 * at, 7, int(count)) for at, count in enumerate(values)]
    made = small(*saturdays, as_of=MONDAY + timedelta(days=5 + 7 * 60 - 1))
    assert (made.total("north", "2024-01-06", str(saturdays[-1].window_end)) == values.sum()).all()
    assert all(
        (made.total("north", str(one.window_start), str(one.window_end)) == one.count).all() for one in saturdays
    )
    weeks = made.counts.array.sum("week")  # but for two days before the first whole week and five of the last
    assert made.counts.weeks[0] == np.datetime64("2024-01-08")
    assert (weeks <= values.sum()).all()
    assert (weeks >= values.sum() - values[0] - values[-1]).all()


def test_a_rate_moves_the_weeks_of_its_window_and_stands_in_the_tension_table() -> None:
    total = report("t", 0, 56, 80, "about")
    rate = report("r", 28, 28, 15, "about", note="RATE per week")
    without, made = small(total, config=LONG), small(total, rate, config=LONG)
    last = ("north", "2024-01-29", "2024-02-25")
    assert float(made.total(*last).mean()) > float(without.total(*last).mean()) + 3
    (row,) = [row for row in made.tension if row.report_id == "r"]
    assert row.reported == 60
    assert row.implied_low < row.implied < row.implied_high


# --- the embedded case ------------------------------------------------------------------------------------------------


@pytest.mark.integration
@pytest.mark.parametrize(
    ("front", "start", "end", "count", "tolerance"),
    [
        ("israel", "2024-07-01", "2024-07-31", 13, 1),
        ("israel", "2024-08-01", "2024-08-31", 6, 1),
        ("israel", "2024-09-01", "2024-09-30", 35, 1),
        ("israel", "2024-10-29", "2024-11-04", 41, 2),
        ("us_forces", "2023-10-17", "2024-01-18", 140, 4),
    ],
)
def test_totals_of_the_embedded_case(front: str, start: str, end: str, count: int, tolerance: int) -> None:
    assert float(embedded().total(front, start, end).mean()) == pytest.approx(count, abs=tolerance)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("front", "first", "last"), [("israel", "2024-11-25", "2024-12-23"), ("us_forces", "2024-02-05", "2024-04-08")]
)
def test_pauses_are_zero_in_every_imputation(front: str, first: str, last: str) -> None:
    weeks = embedded().counts.array.sel(series=front, week=slice(first, last))
    assert (weeks == 0).all()
    assert weeks.sizes["week"] >= 5


@pytest.mark.integration
def test_weeks_that_no_report_reaches_are_missing() -> None:
    counts = embedded().counts.array
    assert counts.sel(series="us_forces", week=slice("2024-11-04", None)).isnull().all()
    assert counts.sel(series="us_forces", week=slice(None, "2024-10-28")).notnull().all()
    assert counts.sel(series="israel", week=slice(None, "2023-10-23")).isnull().all()
    assert counts.sel(series="israel", week=slice("2023-10-30", None)).notnull().all()


@pytest.mark.integration
def test_the_counts_are_labelled_imputations_up_to_the_origin() -> None:
    counts = embedded().counts
    assert counts.array.shape[:2] == (16, 2)
    assert counts.series == ("israel", "us_forces")
    assert set(counts.array["faction"].to_numpy()) == {UMBRELLA}
    assert (counts.weeks[0], counts.origin) == (np.datetime64("2023-10-16"), np.datetime64("2024-12-23"))


@pytest.mark.integration
def test_imputations_are_joint_draws_of_weeks_with_their_totals() -> None:
    """Weeks that one running total ties together vary far less in sum than they would if drawn apart."""
    weeks = embedded().weekly.sel(series="us_forces", week=slice("2023-10-16", "2024-01-08"))
    together = float(weeks.sum("week").std())
    assert together < 0.5 * float(np.sqrt((weeks.std(("chain", "draw")) ** 2).sum()))


@pytest.mark.integration
def test_every_report_known_is_used_or_set_aside() -> None:
    made = embedded()
    reported = [row.report_id for row in (*made.reports_used, *made.reports_set_aside)]
    assert sorted(reported) == sorted(report.report_id for report in known_at(embedded_reports(), made.as_of))
    assert all(row.reason for row in made.reports_set_aside)


@pytest.mark.integration
def test_the_tension_that_the_docs_show_is_that_of_the_shipped_case() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reconstruction.md").read_text("utf-8")
    shown = re.findall(r"\((r\d+)\) \| (?:at least )?(\d+) \| (\d+) \[(\d+), (\d+)\] \| ([-+][\d.]+) \|", page)
    rows = {row.report_id: row for row in embedded().tension}
    assert len(shown) == 5
    for name, *figures, residual in shown:
        row = rows[name]
        made = [row.reported, row.implied, row.implied_low, row.implied_high]
        assert [float(figure) for figure in figures] == pytest.approx(made, abs=1.5)  # attacks
        assert float(residual) == pytest.approx(row.residual, abs=0.15)


@pytest.mark.integration
def test_contradictions_are_flagged_and_agreement_is_not() -> None:
    rows = {row.report_id: row for row in embedded().tension}
    assert len(rows) == len(embedded().reports_used)
    assert all(rows[report_id].flag for report_id in ("r022", "r029", "r044", "r109", "r126"))
    assert not any(rows[report_id].flag for report_id in ("r025", "r056", "r098", "r103", "r187"))
    assert rows["r044"].implied_low < rows["r044"].implied < rows["r044"].implied_high
    assert rows["r044"].residual < 0 < rows["r022"].residual


@pytest.mark.integration
def test_the_chains_agree_on_every_week() -> None:
    mixing = embedded().diagnostics
    assert mixing.mixed, mixing.verdict
    assert mixing.rhat < 1.02
    assert mixing.ess > 400


@pytest.mark.integration
def test_hundreds_of_attacks_a_week_are_reached_from_the_paces_reported() -> None:
    first = date(2024, 1, 1)
    reported = [410, 380, 20]
    weeks = [(first + timedelta(days=7 * week), count) for week, count in enumerate(reported)]
    reports = [
        Report.model_validate({
            "report_id": f"r{count}", "source": "A Paper", "published": str(day + timedelta(days=6)),
            "published_basis": "day", "window_start": str(day), "window_end": str(day + timedelta(days=6)),
            "actor": "Alpha", "front": "north", "measure": "claimed", "count": str(count), "qualifier": "exact",
        })
        for day, count in weeks
    ]  # fmt: skip
    config = SweepConfig(burn_in=1200, keep=800, thin=8, at_pace=True)
    made = reconstruct(reports, as_of=date(2024, 1, 21), faction="Alpha", config=config, seed=1)
    assert made.summary()["q50"].to_numpy()[0] == pytest.approx(reported, rel=0.06, abs=2)
    assert made.diagnostics.grade != "unusable", made.diagnostics.verdict


@pytest.mark.integration
def test_weeks_that_do_not_mix_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    longer = replace(SHORT, keep=25)
    monkeypatch.setattr("lull.model.reconstruction.reconstruct.ATTEMPTS", (SHORT, longer))  # too few draws to mix
    made = reconstruct(embedded_reports(), as_of=date(2023, 12, 1), faction=UMBRELLA, imputations=2, seed=1)
    assert made.weekly.sizes["draw"] == longer.keep


@pytest.mark.parametrize(
    ("rhat", "ess", "grade"), [(1.01, 900.0, "good"), (1.03, 900.0, "doubtful"), (1.01, 90.0, "unusable")]
)
def test_counts_that_did_not_mix_are_graded_as_a_fit_is(rhat: float, ess: float, grade: str) -> None:
    mixed = rhat < MAX_RHAT and ess > MIN_ESS
    assert Mixing(4, 800, rhat, ess, "north, 2024-01-01", mixed, "").grade == grade


@pytest.mark.integration
@pytest.mark.parametrize(
    ("as_of", "front", "low", "high"),
    [
        (date(2023, 12, 1), "us_forces", 65, 85),
        (date(2024, 1, 10), "israel", 5, 150),
        (date(2024, 8, 1), "us_forces", 170, 450),
        (date(2024, 11, 12), "israel", 240, 450),
    ],
)
def test_early_vintages_stay_plausible(as_of: date, front: str, low: int, high: int) -> None:
    config = SweepConfig(chains=2, burn_in=300, keep=300, thin=1)
    made = reconstruct(embedded_reports(), as_of=as_of, faction=UMBRELLA, config=config, seed=2)
    total = made.weekly.sel(series=front).sum("week")
    assert low <= float(total.quantile(0.05))
    assert float(total.quantile(0.95)) <= high
    assert made.counts.origin <= np.datetime64(as_of)


FORTNIGHTS = [date(2023, 12, 1) + timedelta(days=14 * step) for step in range(28)]


@pytest.mark.slow
@pytest.mark.parametrize("as_of", FORTNIGHTS, ids=str)
def test_no_vintage_explodes_or_is_far_from_what_was_known_at_the_end(as_of: date) -> None:
    config = SweepConfig(chains=2, burn_in=300, keep=200, thin=1)
    made = reconstruct(embedded_reports(), as_of=as_of, faction=UMBRELLA, config=config, seed=2)
    for series in made.counts.series:
        weekly = made.weekly.sel(series=series).dropna("week")
        end = embedded().weekly.sel(series=series).sel(week=weekly["week"])
        assert np.isfinite(end).all()  # what was reached once stays reached
        assert weekly.sizes["week"] > 0
        assert float(weekly.quantile(0.95, ["chain", "draw"]).max()) < 60  # the busiest weeks had some 40
        (low, high), (end_low, end_high) = (np.quantile(one.sum("week"), [0.05, 0.95]) for one in (weekly, end))
        assert low < 1.5 * end_high
        assert end_low < 1.1 * high
        assert high < 5 * end_high + 25  # floors alone leave early weeks of a front wide


@pytest.mark.integration
def test_a_summary_has_ordered_quantiles_and_is_missing_where_the_counts_are() -> None:
    made = embedded()
    summary = made.summary()
    known = made.counts.array.isel(imputation=0).notnull()
    assert (summary["mean"].notnull() == known).all()
    inside = summary.where(known, 0)
    assert ((inside["q05"] <= inside["q50"]) & (inside["q50"] <= inside["q95"])).all()


@pytest.mark.integration
def test_a_total_over_days_without_evidence_is_missing() -> None:
    assert embedded().total("us_forces", "2024-10-01", "2024-12-01").isnull().all()
    assert embedded().total("israel", "2024-12-01", "2026-01-01").isnull().all()


# --- the sampler against its prior ------------------------------------------------------------------------------------


@pytest.mark.integration
def test_the_sampler_agrees_with_histories_drawn_from_the_prior_and_weighed() -> None:
    reports = [
        report("total", 0, 14, 9),
        report("first", 0, 7, 2, "at_least", source="Pentagon"),
        report("floor", 9, 1, 3, "at_least"),
        report("least", 0, 21, 12, "at_least"),
        report("most", 14, 7, 6, "at_most"),
        report("launches", 7, 14, 10, measure="confirmed"),
        report("south", 0, 7, 4, "about", front="south"),
        report("both", 0, 7, 9, "at_least", front="all"),
    ]
    config = SweepConfig(chains=4, burn_in=300, keep=2500, thin=3)
    made = small(*reports, config=config, spec=VAGUE)
    assert made.diagnostics.ess > 1000
    weeks, weights = weighed_histories(reports, histories=200_000, rng=np.random.default_rng(3))
    effective = 1 / (weights**2).sum()
    assert effective > 300
    for front, series in enumerate(("north", "south")):
        for week in range(3 if series == "north" else 1):
            drawn = made.weekly.sel(series=series).isel(week=week).to_numpy().ravel()
            for value in (weeks[:, front, week], weeks[:, front, week] > weeks[:, front, week].mean()):
                expected = float(weights @ value)
                spread = float(np.sqrt(weights @ (value - expected) ** 2))
                found = drawn if value.dtype != bool else drawn > weeks[:, front, week].mean()
                error = spread * np.sqrt(1 / effective + 1 / made.diagnostics.ess)
                assert found.mean() == pytest.approx(expected, abs=4 * error), (series, week)


def weighed_histories(reports: list[Report], *, histories: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Weekly counts (history, front, week) from the prior, and the weight that the readings give each history."""
    readings = read(reports, as_of=LATER, faction=FACTION, spec=VAGUE)
    days = lay_out(readings, spec=VAGUE).days
    weeks = days.size // 7
    daily = np.stack([prior_days(histories, weeks, rng) for _ in readings.fronts], axis=1)
    daily[:, 1, 7:] = 0  # the evidence on the south front ends with its first week
    place = rng.choice(RATIO_GRID.size, histories, p=ratio_prior())
    log_weight = np.zeros(histories)
    for reading in readings.used:
        inside = (days >= np.datetime64(reading.first)) & (days <= np.datetime64(reading.last))
        fronts = [front for front, name in enumerate(readings.fronts) if reading.front in (name, "all")]
        total = daily[:, fronts][:, :, inside].sum(axis=(1, 2)).astype(float)
        seen = total * np.exp(RATIO_GRID)[place] if reading.secondary else total
        log_weight += log_likelihood(reading, seen, spec=VAGUE)
    weight = np.exp(log_weight - log_weight.max())
    return daily.reshape(histories, -1, weeks, 7).sum(axis=3), weight / weight.sum()


def prior_days(histories: int, weeks: int, rng: np.random.Generator) -> Any:
    """Daily counts (history, day) of a front under the prior."""
    level, sigma, size = (rng.normal(*prior, histories) for prior in (SPEC.log_level, SPEC.log_sigma, SPEC.log_size))
    gap = np.zeros((histories, weeks))
    gap[:, 0] = rng.normal(0, SPEC.first_week_sd, histories)
    for week in range(1, weeks):
        gap[:, week] = SPEC.persistence * gap[:, week - 1] + np.exp(sigma) * rng.standard_t(4, histories)
    mean = np.exp(np.minimum(level[:, None] + gap, 20)).repeat(7, axis=1) / 7
    shape = np.exp(size)[:, None]
    return rng.negative_binomial(shape, shape / (shape + mean))


def ratio_prior() -> Any:
    density = np.exp(-0.5 * ((RATIO_GRID - SPEC.log_ratio[0]) / SPEC.log_ratio[1]) ** 2)
    return density / density.sum()


# --- laws -------------------------------------------------------------------------------------------------------------

windows = st.tuples(st.integers(0, 34), st.sampled_from([1, 1, 3, 7, 14, 28]))
rows = st.tuples(
    windows,
    st.integers(0, 12),
    st.sampled_from(["exact", "about", "at_least", "at_most"]),
    st.sampled_from(["north", "north", "south", "all"]),
    st.sampled_from(["claimed", "claimed", "confirmed", "intercepted"]),
)
anchor = report("anchor", 0, 35, 20)
evidence = st.lists(rows, max_size=10).map(
    lambda drawn: [
        anchor,
        *(
            report(f"r{n:02d}", *window, count, qualifier, front=front, measure=measure)
            for n, (window, count, qualifier, front, measure) in enumerate(drawn)
        ),
    ]
)
law = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@law
@given(reports=evidence, data=st.data())
def test_the_order_of_reports_does_not_matter(reports: list[Report], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(reports))
    assert small(*reports).counts.array.identical(small(*shuffled).counts.array)
    assert small(*reports).tension == small(*shuffled).tension


@law
@given(reports=evidence, data=st.data())
def test_a_repeated_report_changes_nothing(reports: list[Report], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(reports)).model_copy(update={"report_id": "zz"})
    once, twice = small(*reports), small(*reports, again)
    assert once.counts.array.identical(twice.counts.array)
    assert once.tension == twice.tension
    assert {row.report_id for row in twice.reports_set_aside} - {row.report_id for row in once.reports_set_aside} == {
        "zz"
    }


@law
@given(reports=evidence)
def test_counts_are_whole_finite_and_respect_hard_zeros(reports: list[Report]) -> None:
    made = small(*reports)
    daily = made.daily
    for reading in made.reports_used:
        if reading.hard:
            window = daily.sel(series=reading.front, day=slice(str(reading.first), str(reading.last)))
            assert (window == 0).all()
    known = daily.to_numpy()[~np.isnan(daily.to_numpy())]
    assert (known >= 0).all()
    assert (known % 1 == 0).all()
    assert known.max() < 1000
    used, aside = len(made.reports_used), len(made.reports_set_aside)
    assert used + aside == len(reports)


def test_the_same_seed_gives_the_same_result_and_another_another() -> None:
    reports = [anchor, report("floor", 9, 1, 3, "at_least")]
    first, again, other = small(*reports), small(*reports), small(*reports, seed=2)
    assert first.counts.array.identical(again.counts.array)
    assert not first.counts.array.identical(other.counts.array)


def test_a_total_of_all_fronts_informs_the_one_that_has_only_a_floor() -> None:
    reports = [
        report("north", 0, 28, 10, source="Pentagon"),
        report("floor", 0, 28, 20, "at_least", front="south"),
        report("both", 0, 28, 45, front="all"),
    ]
    made = small(*reports, config=replace(SHORT, burn_in=400, keep=400))
    assert 28 < float(made.total("south", "2024-01-01", "2024-01-28").mean()) < 42


# --- which weeks are reached ------------------------------------------------------------------------------------------


def reached_weeks(*reports: Report, **changes: Any) -> list[bool]:
    return small(*reports, **changes).counts.array.isel(imputation=0, series=0).notnull().to_numpy().tolist()


def test_a_week_is_reached_when_four_of_its_days_are_covered() -> None:
    assert reached_weeks(report("r1", 0, 11, 9), as_of=date(2024, 1, 21)) == [True, True, False]
    assert reached_weeks(report("r1", 0, 10, 9), as_of=date(2024, 1, 21)) == [True, False, False]


def test_an_attack_reported_within_a_week_reaches_it() -> None:
    reports = [report("r1", 0, 7, 5), report("r2", 8, 1, 1, "at_least")]
    assert reached_weeks(*reports, as_of=date(2024, 1, 14)) == [True, True]


def test_a_few_quiet_days_are_not_a_quiet_week() -> None:
    active = report("r1", 0, 7, 5)
    assert reached_weeks(active, report("r2", 7, 5, 0), as_of=date(2024, 1, 14)) == [True, False]
    assert reached_weeks(active, report("r2", 7, 7, 0), as_of=date(2024, 1, 14)) == [True, True]


def test_the_origin_is_the_last_week_complete_at_as_of() -> None:
    made = small(report("r1", 0, 21, 9), as_of=date(2024, 1, 26))
    assert made.counts.origin == np.datetime64("2024-01-15")


# --- bad input --------------------------------------------------------------------------------------------------------


def test_bad_input_is_told_as_such() -> None:
    with pytest.raises(InputError, match="a report of attacks of 'The Front'"):
        small(report("r1", 0, 7, 5, measure="impacted"))
    with pytest.raises(InputError, match=r"imputations: expected a number from 1 to 40, found 0"):
        small(anchor, imputations=0)
    with pytest.raises(InputError, match="evidence of a week that was over"):
        small(report("r1", 0, 3, 5), as_of=date(2024, 1, 4))


def test_progress_is_told_and_may_stop_the_work() -> None:
    reported: list[tuple[str, int, int]] = []
    small(anchor, progress=lambda *step: reported.append(step))
    assert [done for _, done, _ in reported] == list(range(reported[-1][2] + 1))

    def stop(_step: str, done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(anchor, progress=stop)


# --- coverage on synthetic truth --------------------------------------------------------------------------------------

CASES, WEEKS = 200, 16
NOTICED = 14  # days without an attack that somebody reports
COVERAGE = SweepConfig(chains=2, burn_in=300, keep=300, thin=2)


def truth_of_the_model(rng: np.random.Generator) -> Any:
    """Daily counts (day,) of one history that follows the model, within what its ceilings allow."""
    while True:
        days = prior_days(1, WEEKS, rng)[0]
        if 5 < days.sum() < 600 and days.max() < 30:
            return days


def truth_of_another_process(rng: np.random.Generator) -> Any:
    """Daily counts (day,) of a faction that halts and resumes; its level is a random walk, its days are Poisson."""
    active, silent, log_intensity = True, 0, rng.normal(np.log(8), 0.7)
    weeks = np.zeros(WEEKS)
    for week in range(WEEKS):
        halts, resumes = 0.06, 0.35 / (1 + silent) ** 0.8
        active = bool(rng.random() > halts) if active else bool(rng.random() < resumes)
        silent = 0 if active else silent + 1
        log_intensity += 0.25 * rng.standard_normal() * active
        weeks[week] = np.exp(log_intensity) * rng.gamma(8) / 8 * active
    days = rng.poisson(weeks.repeat(7) / 7)
    return days if 5 < days.sum() < 600 else truth_of_another_process(rng)


def reports_of(days: Any, rng: np.random.Generator, *, corrupted: float = 0.0) -> list[Report]:
    """Reports of a history, erring as the likelihood says: totals of months, weeks, days and of all; some corrupted.

    Pauses of two weeks and more do not go unnoticed: one report in each says so.
    """
    made = []

    def add(start: int, length: int, qualifier: str, source: str = "A Paper") -> None:
        total = int(days[start : start + length].sum())
        count = reported(total, length, qualifier, source, rng)
        if rng.random() < corrupted:
            count = round(count * float(rng.choice([0.4, 0.6, 1.6, 2.5])))
        if qualifier != "at_least" or count > 0:
            made.append(report(f"r{len(made):03d}", start, length, count, qualifier, source=source))

    for start in range(0, 7 * WEEKS, 28):
        add(start, 28, "exact", "Pentagon")
    for end in rng.integers(14, 7 * WEEKS, 4):
        add(0, int(end), "about" if rng.random() < 0.5 else "at_least")
    for week in rng.choice(WEEKS, 4, replace=False):
        add(7 * int(week), 7, "about")
    for day in rng.choice(7 * WEEKS, 12, replace=False):
        add(int(day), 1, "exact" if days[day] == 0 else "at_least")
    attacks = [-1, *np.flatnonzero(days), days.size]
    for last, following in pairwise(attacks):
        if following - last > NOTICED:
            made.append(report(f"r{len(made):03d}", int(last) + 1, int(following - last) - 1, 0))
    return made


def reported(total: int, length: int, qualifier: str, source: str, rng: np.random.Generator) -> int:
    """Return the count that a source prints of a total: noise of its class, its stray share, what it leaves unsaid."""
    if length == 1:
        if qualifier == "exact":
            return total
        floors = np.arange(1, total + 1)
        weight = (1 + (total - floors) / (1 + floors)) ** -2.0 / (1 + floors)
        return int(rng.choice(floors, p=weight / weight.sum()))
    error = SPEC.ledger if source == "Pentagon" else SPEC.media
    if qualifier == "at_least":
        unsaid = (SPEC.total_overshoot + error.overshoot * total) * (1 / rng.random() - 1)
        total = max(total - int(unsaid), 0)
    if rng.random() < error.stray:
        scale = SPEC.stray_scale[0] + SPEC.stray_scale[1] * total
        return max(0, round(total + scale * float(np.clip(rng.standard_cauchy(), -20, 20))))
    about = qualifier == "about"
    base, relative = (SPEC.about_error, SPEC.about) if about else (SPEC.base_error, error.relative)
    return max(0, round(total + np.hypot(base, relative * total) * rng.standard_normal()))


def covered_share(truth: Any, rng: np.random.Generator, *, corrupted: float = 0.0) -> float:
    """Return how often the central 90 % of a week's posterior holds the truth; ties of whole counts fall by chance."""
    ranks = []
    for case in range(CASES):
        days = truth(rng)
        made = small(*reports_of(days, rng, corrupted=corrupted), config=COVERAGE, seed=case)
        weeks = made.weekly.isel(series=0)
        for week, actual in zip(weeks["week"].to_numpy(), days.reshape(WEEKS, 7).sum(axis=1), strict=False):
            drawn = weeks.sel(week=week).to_numpy().ravel()
            if not np.isnan(drawn).any() and drawn.min() < drawn.max():
                ranks.append((drawn < actual).mean() + rng.random() * (drawn == actual).mean())
    ranks = np.array(ranks)
    assert ranks.size > CASES * WEEKS / 2
    return float(((ranks > 0.05) & (ranks < 0.95)).mean())


@pytest.mark.slow
def test_intervals_cover_when_the_truth_follows_the_model() -> None:
    assert 0.87 <= covered_share(truth_of_the_model, np.random.default_rng(1)) <= 0.93


@pytest.mark.slow
def test_intervals_cover_nearly_as_well_under_another_process() -> None:
    assert covered_share(truth_of_another_process, np.random.default_rng(2)) >= 0.86


@pytest.mark.slow
def test_intervals_cover_nearly_as_well_with_a_tenth_of_the_rows_corrupted() -> None:
    assert covered_share(truth_of_the_model, np.random.default_rng(3), corrupted=0.1) >= 0.86


@pytest.mark.slow
def test_a_true_report_narrows_the_weeks_that_it_covers() -> None:
    """Not in every case, for it may contradict a wrong one, but on average over histories."""
    rng = np.random.default_rng(4)
    ratios = []
    for case in range(60):
        days = truth_of_the_model(rng)
        reports, week = reports_of(days, rng), int(rng.integers(WEEKS))
        reported = report("true", 7 * week, 7, int(days[7 * week : 7 * week + 7].sum()), source="Pentagon")
        before, after = (small(*known, config=COVERAGE, seed=case) for known in (reports, [*reports, reported]))
        spreads = [
            float(made.total("north", reported.window_start, reported.window_end).std()) for made in (after, before)
        ]
        if np.isfinite(spreads).all() and spreads[1] > 0:
            ratios.append(spreads[0] / spreads[1])
    assert len(ratios) > 40
    assert np.mean(ratios) < 0.8
