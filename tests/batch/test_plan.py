"""A plan becomes tasks whose ids are those of the store, and every mistake in it is reported with its line."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from lull.batch.plan import read_batch
from lull.batch.tasks import packed
from lull.data.completeness import Estimate
from lull.data.counts import WeeklyCounts
from lull.data.evidence import Evidence
from lull.data.schema import InputError
from lull.model.fitting.fit import FitPlan
from lull.model.runs.store import Store, content_id
from lull.model.spec import FROM_COUNTS, ModelSpec

WhichPlan = Callable[..., Path]


def test_the_tasks_stand_by_series_and_origin_with_the_ids_of_the_store(write_plan: WhichPlan, weekly: Path) -> None:
    batch = read_batch(write_plan(series=("Bison", "Aurochs")))
    assert [(task.series, task.origin, task.origin_date) for task in batch.tasks] == [
        (("Bison",), date(2022, 12, 26), date(2023, 1, 1)),
        (("Bison",), date(2023, 1, 16), date(2023, 1, 22)),
        (("Aurochs",), date(2022, 12, 26), date(2023, 1, 1)),
        (("Aurochs",), date(2023, 1, 16), date(2023, 1, 22)),
    ]
    evidence = Evidence(counts=weekly, series=("Bison",), origin=date(2022, 12, 26))
    config = replace(FROM_COUNTS, draws=60, tune=60)
    plan = FitPlan(evidence, spec=ModelSpec(pooling="separate"), config=config, seed=3)
    assert batch.tasks[0].run_id == content_id(plan.identity())
    assert batch.out == weekly.parent / "out"


def test_origins_lie_in_the_weeks_of_the_counts_whatever_their_first_day(write_plan: WhichPlan, weekly: Path) -> None:
    plan = write_plan(series=("Bison",), origins=("2022-12-24", "2023-01-20"))
    header, *rows = (line.split(",") for line in weekly.read_text().splitlines())
    saturdays = [[name, str(date.fromisoformat(week) - timedelta(days=2)), count] for name, week, count in rows]
    weekly.write_text("".join(f"{','.join(row)}\n" for row in (header, *saturdays)))
    batch = read_batch(plan)
    assert [(task.origin, task.origin_date) for task in batch.tasks] == [
        (date(2022, 12, 24), date(2022, 12, 30)),
        (date(2023, 1, 14), date(2023, 1, 20)),
    ]


def test_what_many_tasks_have_in_common_is_made_once(
    write_plan: WhichPlan, weekly: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = weekly.read_text().splitlines(keepends=True)
    (weekly.parent / "old.csv").write_text("".join(row for row in rows if ",2023-01-" not in row))
    made: Counter[str] = Counter()
    select = WeeklyCounts.select

    def selecting(counts: WeeklyCounts, series: Sequence[str]) -> WeeklyCounts:
        made.update(series)
        return select(counts, series)

    def estimating(*_: object, **__: object) -> Estimate:
        made["curve"] += 1
        return Estimate((0.5,), (0.1,))

    monkeypatch.setattr(WeeklyCounts, "select", selecting)
    monkeypatch.setattr("lull.data.completeness.estimated_completeness", estimating)
    change = lambda text: text.replace("[fit]", 'previous = "old.csv"\n[fit]')  # noqa: E731
    assert len(read_batch(write_plan(series=("Bison", "Camel"), change=change)).tasks) == 4
    assert made == {"Bison": 1, "Camel": 1, "curve": 1}


def test_what_is_asked_twice_is_one_task(write_plan: WhichPlan) -> None:
    plan = write_plan(series=("Bison", "Bison"), origins=("2022-12-26", "2022-12-28", "2023-01-01"))
    assert len(read_batch(plan).tasks) == 1


EVENTS = """event_id,date,end_date,kind,dimension,actor,target,salience,url,note
e1,2022-06-01,,strike,deterrence,Bison,Camel,2,,
"""


def as_of(*days: str) -> Callable[[str], str]:
    """Return the change of a plan that names days of knowledge."""
    return lambda text: text.replace('dates = ["2022-12-26", "2023-01-16"]', f"as_of = {list(days)}".replace("'", '"'))


def test_two_days_of_knowledge_in_one_week_of_counts_are_one_fit(write_plan: WhichPlan) -> None:
    tasks = read_batch(write_plan(series=("Bison",), change=as_of("2023-01-03", "2023-01-05", "2023-01-09"))).tasks
    assert [(task.origin, task.plan.evidence.as_of) for task in tasks] == [
        (date(2022, 12, 26), date(2023, 1, 3)),
        (date(2023, 1, 2), date(2023, 1, 9)),
    ]


def test_two_days_of_knowledge_in_one_week_are_refused_where_they_may_differ(
    write_plan: WhichPlan, weekly: Path
) -> None:
    (weekly.parent / "events.csv").write_text(EVENTS)
    change = as_of("2023-01-03", "2023-01-05")
    plan = write_plan(change=lambda text: change(text).replace("[fit]", 'events = "events.csv"\n\n[fit]'))
    with pytest.raises(InputError, match=r"2023-01-03 and 2023-01-05, both with the origin week to 2023-01-01\."):
        read_batch(plan)


def test_a_star_means_every_series_and_a_rule_the_last_weeks(write_plan: WhichPlan) -> None:
    def change(text: str) -> str:
        return text.replace('["Aurochs", "Bison", "Camel", "Dingo"]', '"*"').replace(
            'dates = ["2022-12-26", "2023-01-16"]', "last = 3\nevery = 4"
        )

    batch = read_batch(write_plan(change=change))
    assert [task.origin for task in batch.tasks[:3]] == [date(2022, 11, 28), date(2022, 12, 26), date(2023, 1, 23)]
    assert list(dict.fromkeys(task.series[0] for task in batch.tasks)) == ["Aurochs", "Bison", "Camel", "Dingo"]


def test_a_pooled_plan_is_one_fit_an_origin_and_variants_multiply(write_plan: WhichPlan) -> None:
    variants = '[[variants]]\nname = "full"\n\n[[variants]]\nname = "flat"\nlevel = false\n'
    batch = read_batch(write_plan(change=lambda text: text.replace("separate", "pooled") + variants))
    assert [(task.variant, task.plan.spec.level) for task in batch.tasks] == [
        ("full", True),
        ("full", True),
        ("flat", False),
        ("flat", False),
    ]
    assert {task.series for task in batch.tasks} == {("Aurochs", "Bison", "Camel", "Dingo")}
    assert len({task.run_id for task in batch.tasks}) == 4


def test_events_of_one_series_serve_separate_and_pooled_plans(write_plan: WhichPlan, weekly: Path) -> None:
    rows = EVENTS.replace("url,note", "series").replace("2,,", "2,Bison")
    (weekly.parent / "events.csv").write_text(rows)

    def change(text: str) -> str:
        return text.replace("[fit]", 'events = "events.csv"\n\n[fit]')

    assert len(read_batch(write_plan(change=change)).tasks) == 8  # a fit for each series has events of its own
    pooled = read_batch(write_plan(change=lambda text: change(text).replace("separate", "pooled"))).tasks
    assert [task.series for task in pooled] == [("Aurochs", "Bison", "Camel", "Dingo")] * 2


def test_questions_change_what_a_task_leaves_and_not_its_run(write_plan: WhichPlan) -> None:
    silent, asking = (
        read_batch(write_plan(change=lambda text, asked=asked: text.replace("seed = 3", f"seed = 3\n{asked}")))
        for asked in ("", 'questions = ["any attack within 4 weeks", "any attack within 4 weeks"]')
    )
    assert asking.tasks[0].questions == ("any attack within 4 weeks",)
    assert [task.run_id for task in asking.tasks] == [task.run_id for task in silent.tasks]
    assert [task.files[0] for task in asking.tasks] == [task.files[0] for task in silent.tasks]
    assert (len(silent.tasks[0].files), len(asking.tasks[0].files)) == (1, 2)
    assert silent.batch_id != asking.batch_id


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ('mode = "separate"', 'mode = "seperate"', "line 6, fit, mode: expected one of separate, pooled"),
        ("seed = 3", "sed = 3", "line 16, run, sed: expected a known key, found 'sed'. Did you mean 'seed'?"),
        ("horizon = 6", "horizon = 0", "line 14, run, horizon: expected"),
        ('"Bison"', '"Bisonn"', "line 3, data, series: expected a series of the counts, found 'Bisonn'. Did you mean"),
        ('"baseline"', '"baselin"', "line 15, run, scenarios: --scenario: expected a name of the library"),
        ('"2023-01-16"', '"2033-01-16"', "line 11, origins, dates: expected a day up to 2023-01-29"),
        ('"2023-01-16"', '"2023-13-16"', "line 11, origins, dates: expected"),
        ('counts = "weekly.csv"', 'counts = "none.csv"', "none.csv: expected a file that can be read"),
        ('counts = "weekly.csv"', "", "line 1, data: expected weekly counts or reports, found neither"),
        ("[output]", "[outputt]", "expected a known key, found 'outputt'. Did you mean 'output'?"),
        ("horizon = 6", "horizon = ", "expected a batch plan in TOML"),
        (
            "seed = 3",
            'questions = "any atack by 2023-03-01"',
            "line 16, run, questions: question: expected one of",
        ),
        (
            "seed = 3",
            'questions = ["resumption within 600 weeks"]',
            "line 16, run, questions: question 'resump",
        ),
        (
            "seed = 3",
            'questions = ["any attack by 2023-01-05"]',
            "line 16, run, questions: question 'any attack by 2023-01-05': expected a day after 2023-01-22",
        ),
        ("dates =", "last = 2\ndates =", "origins, last: expected one of dates, as_of and last"),
        (
            '"2022-12-26"',
            '"1900-01-01"',
            "line 11, origins, dates: expected days from 2022-01-03 on, where the data begin",
        ),
        ("horizon = 6", "horizon = true", "line 14, run, horizon: expected a whole number, found true"),
        ("horizon = 6", 'horizon = "6"', "line 14, run, horizon: expected a whole number, found '6'"),
        ("horizon = 6", "horizon = 6.0", "line 14, run, horizon: expected a whole number, found '6.0'"),
        ("seed = 3", "seed = false", "line 16, run, seed: expected a whole number, found false"),
        ("draws = 60", "draws = true", "line 7, fit, draws: expected a whole number, found true"),
        ("[fit]", 'fill_zeros = "no"\n[fit]', "data, fill_zeros: expected true or false, found 'no'"),
        ("[fit]", "fill_zeros = 1\n[fit]", "data, fill_zeros: expected true or false, found '1'"),
        ('dates = ["2022-12-26", "2023-01-16"]', "last = true", "origins, last: expected a whole number, found true"),
        (
            '"2022-12-26"',
            "1570492800",
            "origins, dates: expected a day such as 2019-06-03, found '1570492800'",
        ),
        ('"2022-12-26"', "2022-12-26T10:00:00", "line 11, origins, dates: expected a day such as 2019-06-03"),
        ('dates = ["2022-12-26", "2023-01-16"]', "dates = []", "line 11, origins, dates: expected at least one"),
        (
            "[output]",
            '[[variants]]\nname = "plain"\n[[variants]]\nname = "level"\nlevel = true\n[output]',
            "expected models that differ, found 'level', the same model as 'plain'",
        ),
    ],
)
def test_a_mistake_is_reported_with_its_line(write_plan: WhichPlan, old: str, new: str, reported: str) -> None:
    plan = write_plan(change=lambda text: text.replace(old, new, 1))
    with pytest.raises(InputError) as error:
        read_batch(plan)
    assert reported in str(error.value)
    assert "plan.toml" in str(error.value) or "none.csv" in str(error.value)


def test_all_mistakes_are_reported_at_once(write_plan: WhichPlan) -> None:
    plan = write_plan(change=lambda text: text.replace("Bison", "Bisonn").replace("2023-01-16", "2033-01-16"))
    with pytest.raises(InputError) as error:
        read_batch(plan)
    assert len(error.value.problems) == 2


def test_a_task_travels_as_json(write_plan: WhichPlan, tmp_path: Path) -> None:
    task = read_batch(write_plan()).tasks[0]
    assert packed(task, Store(tmp_path)).startswith('{"store":')


def test_late_reports_of_a_plan_decide_its_tasks(write_plan: WhichPlan, weekly: Path) -> None:
    (weekly.parent / "curve.csv").write_text("weeks_before_end,share\n0,0.5\n")
    plain = read_batch(write_plan())
    late = read_batch(write_plan(change=lambda text: text.replace("[data]\n", '[data]\ncompleteness = "curve.csv"\n')))
    assert late.tasks[0].plan.evidence.completeness == weekly.parent / "curve.csv"
    assert {task.run_id for task in late.tasks}.isdisjoint(task.run_id for task in plain.tasks)
