"""The plan of a fit: what decides a run, and how many draws it keeps."""

from pathlib import Path

import numpy as np
import pytest

from lull.data.evidence import Evidence, embedded_evidence
from lull.data.learned.tables import TABLES
from lull.data.readers.tabular import embedded_file
from lull.data.settings import LEARNED
from lull.model.fitting.fit import FitPlan, usual_config, write_posterior
from lull.model.runs.store import content_id
from lull.model.spec import ModelSpec
from lull.scenarios.results.forecast_cache import Request
from tests.conftest import posterior_tree


@pytest.fixture
def weekly(tmp_path: Path) -> Path:
    path = tmp_path / "weekly.csv"
    path.write_text("series,week_start,count\na,2024-01-01,3\n")
    return path


def test_a_run_keeps_four_thousand_draws_from_reports_and_from_counts(weekly: Path) -> None:
    from_counts, from_reports = usual_config(Evidence(counts=weekly)), usual_config(embedded_evidence())
    assert from_counts.chains * from_counts.draws // from_counts.thin == 4000
    assert from_reports.imputations * from_reports.chains * from_reports.draws // from_reports.thin == 4000


def test_everything_that_decides_a_run_is_in_its_id(weekly: Path) -> None:
    evidence = Evidence(counts=weekly)
    ids = [content_id(FitPlan(evidence).identity()), content_id(FitPlan(evidence, seed=2).identity())]
    ids.append(content_id(FitPlan(evidence, spec=ModelSpec(level=False)).identity()))
    ids.append(content_id(FitPlan(evidence, config=usual_config(evidence)).identity()))
    weekly.write_text("series,week_start,count\na,2024-01-01,4\n")
    ids.append(content_id(FitPlan(evidence).identity()))
    assert len(set(ids)) == len(ids)


def test_a_change_of_the_code_makes_another_run_and_another_forecast(
    weekly: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, request = FitPlan(Evidence(counts=weekly)), Request.of([], horizon=26, seed=1)
    before = content_id(plan.identity()), request.key
    monkeypatch.setattr("lull.model.fitting.fit.revision", lambda _: "changed")
    monkeypatch.setattr("lull.scenarios.results.forecast_cache.revision", lambda _: "changed")
    assert set(before).isdisjoint({content_id(plan.identity()), request.key})


def test_the_same_draws_are_the_same_bytes(tmp_path: Path) -> None:
    for name, time in (("one.nc", "2026-11-28T10:00:00"), ("two.nc", "2026-11-28T10:00:09")):
        tree = posterior_tree(np.random.default_rng(1))
        for node in tree.subtree:
            node.attrs["created_at"] = time
        write_posterior(tree, tmp_path / name)
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.nc").read_bytes()


def test_a_run_of_own_learned_tables_is_another_run(
    weekly: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = FitPlan(Evidence(counts=weekly))
    before = content_id(plan.identity())
    for name in TABLES:
        (tmp_path / name).write_bytes(embedded_file(name).read_bytes())
    monkeypatch.setenv(LEARNED, str(tmp_path))
    assert content_id(FitPlan(Evidence(counts=weekly)).identity()) == before  # copies of what comes with Lull
    ids = {before}
    for name in TABLES:
        (tmp_path / name).write_bytes(embedded_file(name).read_bytes() + b"\n")
        ids.add(content_id(FitPlan(Evidence(counts=weekly)).identity()))
    (tmp_path / TABLES[0]).unlink()
    ids.add(content_id(FitPlan(Evidence(counts=weekly)).identity()))
    assert len(ids) == len(TABLES) + 2  # the shipped ones, each changed, one not there
    assert content_id(plan.identity()) == before  # the setting is read once, when the plan is made


@pytest.mark.parametrize("name", TABLES)
def test_a_kept_forecast_of_own_learned_tables_is_another_forecast(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request.of([], horizon=26, seed=1)
    before = request.key
    for each in TABLES:
        (tmp_path / each).write_bytes(embedded_file(each).read_bytes())
    monkeypatch.setenv(LEARNED, str(tmp_path))
    assert request.key == before
    (tmp_path / name).write_bytes(embedded_file(name).read_bytes() + b"\n")
    assert request.key != before


def test_where_a_file_lies_does_not_change_the_run(weekly: Path) -> None:
    moved = weekly.rename(weekly.with_name("elsewhere.csv"))
    before = FitPlan(Evidence(counts=moved)).identity()
    again = moved.rename(weekly)
    assert FitPlan(Evidence(counts=again)).identity() == before
