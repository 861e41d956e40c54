"""Scenarios that came true: scored beside the baseline, kept, shown; what settled them decides which weeks count."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from lull.cli import lull
from lull.data.evidence import embedded_evidence
from lull.evaluation.scenario_record import FOLDER, scored_scenarios, together
from lull.evaluation.scenario_scores import figures
from lull.model.runs.store import Run, Store

pytestmark = pytest.mark.integration

RENEWED = "e900,2025-01-26,2025-02-18,ceasefire,written,ceasefire,Israel and Hezbollah,Lebanon,5,,,,,\n"
WEEKS = ("2024-12-30", "2025-01-06", "2025-01-13", "2025-01-20", "2025-01-27", "2025-02-03")
HALTED = """id = "stays-silent"
title = "Nothing more is claimed"
assumptions = "The faction stays halted."
[[interventions]]
kind = "regime"
regime = "halted"
[premise]
statement = "No attack in January."
[[premise.confirmed_by]]
seen = "count"
series = "israel"
at_most = 0
until = 2025-01-19
"""


def lull_says(*arguments: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(lull, ["scenario", *map(str, arguments)])
    assert result.exit_code == code, result.stderr
    return result


@pytest.fixture
def newer(tmp_path: Path) -> list[str | Path]:
    """Options that name newer events and counts of the embedded case: a silence, and a renewed ceasefire."""
    events, counts = tmp_path / "events.csv", tmp_path / "weekly.csv"
    events.write_text((embedded_evidence().events or events).read_text("utf-8") + RENEWED, "utf-8")
    counts.write_text("series,week_start,count\n" + "".join(f"israel,{week},0\n" for week in WEEKS), "utf-8")
    return ["--events", events, "--counts", counts, "--as-of", "2025-02-09"]


def test_a_scenario_that_came_true_is_scored_beside_the_baseline(
    newer: list[str | Path], store: Store, write_run: Callable[..., Run]
) -> None:
    run = write_run()
    document = json.loads(lull_says("check", *newer, "--store", store.folder, "--json").stdout)
    confirmed = {row["id"] for row in document["verdicts"] if row["status"] == "confirmed"}
    (extended,) = [one for one in document["scored"] if one["scenario"] == "ceasefire-extended"]
    assert confirmed == {one["scenario"] for one in document["scored"]} | set(document["not_scored"])
    (row,) = extended["series"]
    assert (extended["run_id"], extended["settled_on"]) == (run.run_id, "2025-02-02")
    assert (row["series"], row["weeks"], row["first_week"], row["last_week"]) == ("israel", 6, WEEKS[0], WEEKS[-1])
    assert not extended["in_advance"]  # the run is made today, long after
    assert row["difference"]["log_score"] == pytest.approx(row["scenario"]["log_score"] - row["baseline"]["log_score"])
    assert row["difference"]["log_score"] < 0  # a ceasefire that goes on makes a silence likelier

    shown = json.loads(lull_says("record", "--store", store.folder, "--json").stdout)
    assert {one["scenario"] for one in shown["scenarios"]} == {one["scenario"] for one in document["scored"]}
    page = lull_says("record", "--store", store.folder).stdout
    assert "ceasefire-extended" in page
    assert "2025-02-02*" in page
    assert "came true" in page


def test_attacks_that_settle_a_premise_do_not_score_it(
    newer: list[str | Path], store: Store, write_run: Callable[..., Run], tmp_path: Path
) -> None:
    write_run()
    file = tmp_path / "mine.toml"
    file.write_text(HALTED)
    lull_says("check", file, *newer, "--store", store.folder)
    (scored,) = scored_scenarios(store)
    (row,) = scored.series
    assert (scored.settled_on, row.first_week, row.weeks) == ("2025-01-19", "2025-01-20", 3)
    assert row.scenario.any_attack_brier < row.baseline.any_attack_brier
    whole = together([scored])
    assert whole is not None
    assert (whole.scenarios, whole.better) == (1, 1)


def test_a_premise_that_is_overtaken_later_leaves_the_record(
    newer: list[str | Path], store: Store, write_run: Callable[..., Run]
) -> None:
    write_run()
    lull_says("check", "ceasefire-extended", *newer, "--store", store.folder)
    assert len(scored_scenarios(store)) == 1
    corrected = Path(str(newer[1]))
    corrected.write_text(corrected.read_text("utf-8").replace(RENEWED, ""), "utf-8")
    lull_says("check", "ceasefire-extended", *newer, "--store", store.folder)
    assert scored_scenarios(store) == ()
    assert "No scenario that came true" in lull_says("record", "--store", store.folder).stdout


def test_what_cannot_be_scored_says_why(newer: list[str | Path], store: Store, write_run: Callable[..., Run]) -> None:
    document = json.loads(lull_says("check", "ceasefire-extended", *newer, "--store", store.folder, "--json").stdout)
    assert document["not_scored"] == {"ceasefire-extended": "the store has no run of the origin 2024-12-23"}
    write_run(grade="unusable")
    document = json.loads(lull_says("check", "ceasefire-extended", *newer, "--store", store.folder, "--json").stdout)
    assert document["scored"] == []
    events = json.loads(lull_says("check", "ceasefire-extended", *newer[:2], *newer[4:], "--json").stdout)
    assert events["not_scored"] == {"ceasefire-extended": "no newer counts or reports were given"}


def test_a_damaged_file_of_the_record_is_named(store: Store) -> None:
    file = store.folder / FOLDER / "x.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"scenario": "x"}')
    result = lull_says("record", "--store", store.folder, code=2)
    assert str(file) in result.stderr.replace("\n", "")
    assert "Traceback" not in result.stderr


def test_scores_reward_what_happened() -> None:
    rng = np.random.default_rng(1)
    quiet, busy = rng.poisson(0.05, (2000, 4)).astype(np.int32), rng.poisson(3.0, (2000, 4)).astype(np.int32)
    silence, storm = np.zeros((2, 4)), np.full((2, 4), 3.0)
    for name in ("crps", "log_score", "any_attack_brier", "total_crps_log1p"):
        assert getattr(figures(quiet, silence), name) < getattr(figures(busy, silence), name)
        assert getattr(figures(busy, storm), name) < getattr(figures(quiet, storm), name)
