"""`lull publish`, `lull resolve` and `lull record`, on a small stored run: what they enter, print, write and refuse."""

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.ledger.journal import Ledger, open_ledger
from lull.model.runs.store import Run, Store
from tests.ledger.conftest import Clock

pytestmark = pytest.mark.integration

type Lull = Callable[..., Result]
ANY = "any attack by 2025-02-02"


@pytest.fixture
def run_lull(embedded_run: Callable[..., Run], store: Store, clock: Clock) -> Lull:
    """The command on a store with the embedded run, on 3 January 2025."""
    embedded_run()
    clock.to(date(2025, 1, 3))

    def run(*words: str) -> Result:
        return CliRunner().invoke(lull, [*words, "--store", str(store.folder)])

    return run


def found(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    content: dict[str, Any] = json.loads(result.stdout)
    return content


def weekly(path: Path, counts: list[int | None], *, first: str = "2024-12-30") -> Path:
    """Weekly counts of the series israel from a Monday on."""
    day, rows = date.fromisoformat(first).toordinal(), ["series,week_start,count"]
    for place, count in enumerate(counts):
        rows.append(f"israel,{date.fromordinal(day + 7 * place)},{'' if count is None else count}")
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_forecast_is_published_with_all_that_names_it(run_lull: Lull, store: Store) -> None:
    own = ["--number", ".3", "--quantiles", "0,1,6", "--reason", "A ceasefire holds.", "--comment", "See the report."]
    done = found(run_lull("publish", f"{ANY}?", "--series", "israel", *own, "--reader", "Ada", "--json"))
    asked = found(run_lull("ask", ANY, "--series", "israel", "--json"))
    assert done["chance"] == pytest.approx(asked["probability"])
    assert (done["kind"], done["version"], done["number"]) == ("published", 1, 1)
    assert (done["question"], done["series"], done["deadline"]) == (ANY, "israel", "2025-02-02")
    assert (done["since"], done["known_to"], done["scenario"]) == ("2024-12-30", "2024-12-29", "baseline")
    assert done["run_id"] == asked["run_id"]
    assert set(done["evidence"]) == {"reports", "events"}
    assert sum(done["counts"]["pmf"]) + done["counts"]["beyond"] == pytest.approx(1)
    assert done["counts"]["pmf"][0] == pytest.approx(1 - done["chance"], abs=0.08)
    assert 0 <= done["baseline"]["chance"] <= 1
    assert done["baseline"]["name"] in {"naive_pool", "reference_rate"}
    assert done["rule"].startswith("Yes if the weekly counts of israel show at least one attack from 2024-12-30")
    number, comment = done["others"]
    assert (number["reader"], number["chance"], number["quantiles"]) == ("Ada", 0.3, [0, 1, 6])
    assert (comment["text"], comment["reader"]) == ("See the report.", "Ada")
    assert len(open_ledger(store).entries()) == 3


def test_a_scenario_keeps_its_premise_and_another_publication_is_a_version(run_lull: Lull) -> None:
    first = ("publish", "any attack within 5 weeks", "--series", "israel", "--json")
    found(run_lull(*first))
    again = found(run_lull(*first, "--scenario", "ceasefire-collapses"))
    assert (again["question"], again["version"]) == (ANY, 2)
    assert again["scenario"] == "ceasefire-collapses"
    assert again["assumptions"]["id"] == "ceasefire-collapses"
    assert again["premise"]


def test_beliefs_are_published_in_full_and_move_the_forecast(run_lull: Lull, tmp_path: Path) -> None:
    path = tmp_path / "beliefs.toml"
    path.write_text('who = "Ada"\n[[fork]]\nexpires = 0.1\nextended = 0.8\ncollapses = 0.1\n')
    first = ("publish", ANY, "--series", "israel", "--scenario", "ceasefire-fork", "--json")
    without = found(run_lull(*first))
    weighed = ("--priors", str(path))  # of the run of the record
    believed = found(run_lull(*first, *weighed))
    said = {"who": "Ada", "fork": [{"collapses": 0.1, "expires": 0.1, "extended": 0.8}]}
    assert (without["beliefs"], believed["beliefs"]) == (None, said)
    assert believed["chance"] < without["chance"] - 0.01
    assert believed["assumptions"]["branches"][1]["probability"] == 0.8
    assert believed["scheduled"] == pytest.approx(without["scheduled"])
    words = " ".join(run_lull(*first[:-1], *weighed).stdout.split())
    assert "With the beliefs of Ada about the branches collapses" in words


def test_the_deadline_stands_for_a_day_that_the_question_does_not_name(run_lull: Lull) -> None:
    done = found(run_lull("publish", "any attack", "--deadline", "2025-02-02", "--series", "israel", "--json"))
    assert done["question"] == ANY


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["any attack by 2025-01-02"], "a deadline that has not passed on 2025-01-03"),
        ([ANY, "--deadline", "2025-03-02"], "expected 2025-02-02, as in the question"),
        (["share of weeks halted by 2025-02-02"], "a question that weekly counts decide"),
        ([ANY, "--number", "30"], "a probability from 0 to 1"),
        ([ANY, "--quantiles", "few"], "three numbers such as"),
        ([ANY, "--quantiles", "3,2,1"], "three numbers of attacks that rise"),
        ([ANY, "--number", ".2", "--reader", "model"], "a name of a person"),
        ([ANY, "--reason", "I think so."], "a number of yours"),
        ([ANY, "--scenario", "no-such"], "no-such"),
    ],
)
def test_what_cannot_be_published_is_bad_input(run_lull: Lull, store: Store, words: list[str], expected: str) -> None:
    result = run_lull("publish", *words, "--series", "israel")
    assert result.exit_code == 2, result.output
    assert expected in " ".join(result.stderr.split())
    assert open_ledger(store).entries() == ()


def test_newer_counts_decide_and_the_record_scores(run_lull: Lull, tmp_path: Path, clock: Clock) -> None:
    found(run_lull("publish", ANY, "--series", "israel", "--number", ".3", "--json"))
    found(run_lull("publish", "total at least 9 by 2025-02-02", "--series", "israel", "--json"))
    clock.to(date(2025, 1, 20))
    early = found(run_lull("resolve", "--counts", str(weekly(tmp_path / "a.csv", [0, 2])), "--json"))
    assert [(one["outcome"], one["of"]) for one in early["entries"]] == [("yes", 1)]
    assert early["open"] == 1
    clock.to(date(2025, 2, 3))
    late = found(run_lull("resolve", "--counts", str(weekly(tmp_path / "b.csv", [0, 2, 1, 0, 4])), "--json"))
    assert [(one["of"], one["outcome"], one["total"]) for one in late["entries"]] == [(1, "yes", 7), (3, "no", 7)]
    record = found(run_lull("record", "--json"))
    assert (record["questions"], record["share_resolved"]) == (2, 1.0)
    (own,) = [
        one for one in record["scores"] if (one["group"], one["forecaster"], one["metric"]) == ("all", "me", "brier")
    ]
    assert own["mean"] == pytest.approx(0.49)
    assert (own["scored"], own["published"], own["share_resolved"]) == (1, 1, 1.0)
    page = run_lull("record")
    assert page.exit_code == 0
    assert "2 questions published, 100% resolved (1 yes, 1 no; 0 void, 0 open)." in page.stdout


def test_a_source_that_stops_before_the_deadline_is_void(run_lull: Lull, tmp_path: Path, clock: Clock) -> None:
    found(run_lull("publish", ANY, "--series", "israel", "--json"))
    clock.to(date(2025, 2, 10))
    stops = str(weekly(tmp_path / "stops.csv", [0, 0, 0]))
    assert found(run_lull("resolve", "--counts", stops, "--wait", "30", "--json"))["entries"] == []
    (void,) = found(run_lull("resolve", "--counts", stops, "--json"))["entries"]
    assert (void["kind"], void["reason"]) == ("void", "the source ends on 2025-01-19, before the deadline 2025-02-02")
    words = run_lull("resolve", "--counts", stops)
    assert (words.exit_code, "decide nothing new" in words.stdout) == (0, True)


REPORTS = """report_id,source,published,published_basis,window_start,window_end,actor,front,\
measure,count,qualifier,url,note
a,News,2025-01-20,day,2025-01-06,2025-01-12,Alpha,israel,claimed,4,exact,https://example.org/a,
b,News,2025-01-27,day,2025-01-13,2025-01-26,Alpha,israel,claimed,3,exact,https://example.org/b,
"""


@pytest.mark.integration
def test_newer_reports_decide_what_all_reconstructions_agree_on(run_lull: Lull, tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(REPORTS)
    for question in (ANY, "total at least 50 by 2025-02-02"):
        found(run_lull("publish", question, "--series", "israel", "--json"))
    clock.to(date(2025, 2, 3))
    done = found(run_lull("resolve", "--reports", str(path), "--faction", "Alpha", "--json"))
    assert {one["of"]: one["outcome"] for one in done["entries"]}[1] == "yes"
    assert {one["of"]: one["kind"] for one in done["entries"]}[2] == "void"  # the reports end before the deadline
    again = found(run_lull("resolve", "--reports", str(path), "--faction", "Alpha", "--json"))
    assert again["entries"] == []


def test_resolve_needs_newer_data(run_lull: Lull) -> None:
    result = run_lull("resolve")
    assert (result.exit_code, "--counts or --reports" in result.stderr) == (2, True)
    result = run_lull("resolve", "--counts", "none.csv", "--as-of", "2025-01-04")
    assert (result.exit_code, "a day up to today, 2025-01-03" in result.stderr) == (2, True)


def test_the_record_is_written_as_tables_and_as_a_hub(run_lull: Lull, tmp_path: Path, clock: Clock) -> None:
    own = ["--number", ".3", "--quantiles", "0,1,6", "--reader", "=Ada"]
    found(run_lull("publish", ANY, "--series", "israel", *own, "--json"))
    clock.to(date(2025, 2, 3))
    run_lull("resolve", "--counts", str(weekly(tmp_path / "b.csv", [0, 2, 1, 0, 4])))
    formats = ["--format", "csv", "--format", "parquet", "--format", "hub"]
    result = run_lull("record", "--out", str(tmp_path / "out"), *formats)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader((tmp_path / "out" / "forecasts.csv").read_text().splitlines()))
    by_name = {row["forecaster"]: row for row in rows}
    assert set(by_name) == {"model", "baseline", "'=Ada", "pool linear", "pool log", "pool by record"}
    assert float(by_name["'=Ada"]["brier"]) == pytest.approx(0.49)
    assert by_name["model"]["total"] == "7"
    assert pq.read_table(tmp_path / "out" / "scores.parquet").num_rows > 5
    model = pq.read_table(tmp_path / "out" / "model-output" / "lull-model" / "2024-12-29-lull-model.parquet")
    assert model.column_names[:3] == ["origin_date", "scenario_id", "target"]
    chances = {row["output_type_id"]: row["value"] for row in model.to_pylist() if row["output_type"] == "pmf"}
    assert sum(chances.values()) == pytest.approx(1)
    truth = pq.read_table(tmp_path / "out" / "target-data" / "oracle-output.parquet").to_pylist()
    assert {(row["output_type_id"], row["oracle_value"]) for row in truth if row["output_type"] == "pmf"} == {
        ("yes", 1.0),
        ("no", 0.0),
    }
    assert run_lull("record", "--format", "csv").exit_code == 2


def test_verify_names_the_line_and_readers_warn(run_lull: Lull, store: Store) -> None:
    assert found(run_lull("record", "verify", "--json"))["whole"]
    for question in (ANY, "any attack by 2025-02-09", "any attack by 2025-02-16"):
        found(run_lull("publish", question, "--series", "israel", "--json"))
    assert found(run_lull("record", "verify", "--json")) == {
        "ledger": str(store.folder / "ledger.jsonl"),
        "entries": 3,
        "whole": True,
        "problems": [],
        "parts_set_aside": [],
    }
    path = Ledger(store.folder).path
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b'"chance":0.', b'"chance":1.', 1) + lines[2])
    result = run_lull("record", "verify", "--json")
    assert (result.exit_code, [one["line"] for one in json.loads(result.stdout)["problems"]]) == (1, [2])
    assert "line 2" in run_lull("record", "verify").stdout
    warned = run_lull("record")
    assert (warned.exit_code, "The ledger is not whole" in warned.stderr, "line 2" in warned.stderr) == (0, True, True)
    assert json.loads(run_lull("record", "--json").stdout)["questions"] == 2
    path.unlink()
    path.mkdir()
    assert run_lull("record", "verify").exit_code == 2


def test_an_empty_record_says_how_to_begin(run_lull: Lull) -> None:
    result = run_lull("record")
    assert (result.exit_code, "`lull publish` enters the first forecast" in " ".join(result.stdout.split())) == (
        0,
        True,
    )


def test_a_forecast_that_may_not_be_used_is_not_published(
    store: Store, clock: Clock, embedded_run: Callable[..., Run]
) -> None:
    embedded_run(grade="unusable")
    clock.to(date(2025, 1, 3))
    result = CliRunner().invoke(lull, ["publish", ANY, "--series", "israel", "--store", str(store.folder)])
    assert (result.exit_code, "may be used" in result.stderr) == (2, True)
