"""Hits are derived from a share that two reports give: of the right mean and spread, paired, and said to be derived."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lull.data.evidence import embedded_evidence
from lull.data.hit_shares import HitShare, hit_shares
from lull.data.reports import Report, read_reports
from lull.model.forward.hit_draws import draw_hits
from lull.model.forward.simulate import RandomNumbers
from lull.model.runs.store import Run
from lull.scenarios.engine.hits import hits_of, share_sentences
from lull.scenarios.language.standard import standard_request
from lull.scenarios.presentation.wording import hits_sentence
from lull.scenarios.results.forecast import Forecast, forecast
from lull.scenarios.results.tables import forecast_table

SHARE = HitShare("israel", 94, 316, ("r044", "r045"))


def report(name: str, measure: str, count: int, **changes: Any) -> Report:
    usual = {
        "report_id": name, "source": "A paper", "published": date(2024, 2, 1), "published_basis": "day",
        "window_start": date(2024, 1, 1), "window_end": date(2024, 1, 31), "actor": "A", "front": "north",
        "measure": measure, "count": count, "qualifier": "exact",
    }  # fmt: skip
    return Report.model_validate(usual | changes)


def test_the_embedded_case_has_its_94_of_316() -> None:
    path = embedded_evidence().reports
    assert path is not None
    assert hit_shares(read_reports(path)) == {"israel": SHARE}


def test_a_pair_is_of_one_source_actor_front_and_window_and_the_widest_counts() -> None:
    pairs = [report("c1", "claimed", 10), report("h1", "impacted", 4)]
    wide = {"window_end": date(2024, 1, 30)}
    more = [report("c2", "claimed", 40, **wide), report("h2", "impacted", 9, **wide)]
    assert hit_shares([*pairs, *more]) == {"north": HitShare("north", 9, 40, ("c2", "h2"))}
    for change in ({"source": "B"}, {"actor": "B"}, {"front": "south"}, wide, {"qualifier": "at_least"}):
        assert hit_shares([pairs[0], report("h1", "impacted", 4, **change)]) == {}
    assert hit_shares([pairs[0], report("h1", "impacted", 11)]) == {}
    none_hit = [report("c3", "claimed", 50, source="B"), report("h3", "impacted", 0, source="B")]
    assert hit_shares([*pairs, *none_hit]) == {"north": HitShare("north", 0, 50, ("c3", "h3"))}


@given(st.integers(0, 2**32 - 1))
def test_more_attacks_have_no_fewer_hits_and_never_more_than_attacks(seed: int) -> None:
    numbers = RandomNumbers.draw(series=["north"], draws=20, horizon=5, seed=seed)
    attacks = np.random.default_rng(seed).poisson(5.0, (20, 5)).astype(np.int32)
    few = draw_hits(attacks, numbers, series="north", hits=3, claims=10)
    many = draw_hits(attacks + 2, numbers, series="north", hits=3, claims=10)
    assert ((few >= 0) & (few <= attacks) & (few <= many)).all()


def test_hits_are_beta_binomial() -> None:
    numbers = RandomNumbers.draw(series=["north"], draws=20_000, horizon=1, seed=1)
    found = draw_hits(np.full((20_000, 1), 12, np.int32), numbers, series="north", hits=3, claims=10)[:, 0]
    expected = 20_000 * stats.betabinom.pmf(np.arange(13), 12, 4, 8)
    assert stats.chisquare(np.bincount(found, minlength=13), expected).pvalue > 1e-4


@pytest.fixture
def made(write_run: Callable[..., Run]) -> Forecast:
    plain = write_run()
    record = plain.record["evidence"] | {"hits": [asdict(SHARE)]}
    run = write_run(run_id="f" * 16, record={"evidence": record})
    return forecast(run, standard_request(run), progress=lambda *_: None)


def test_the_table_and_the_page_have_them_for_the_series_with_a_share_alone(made: Forecast) -> None:
    table = forecast_table(made.projections, shares=made.shares).to_pandas()
    hits = table[table["target"].isin(["wk inc impacts", "cum impacts"])]
    assert set(hits["series"]) == {"israel"}
    assert set(hits["output_type"]) == {"mean", "median", "quantile"}
    paths = hits_of(made.projections[0], "israel", SHARE)
    first = hits[hits["scenario_id"] == made.projections[0].scenario_id]
    means = first.query("target == 'cum impacts' and output_type == 'mean'")
    np.testing.assert_allclose(means.sort_values("horizon")["value"], paths.cumsum(axis=1).mean(axis=0))
    document = made.document()
    assert "94 of 316 claimed attacks were reported as hits (reports r044, r045)" in hits_sentence(document, "israel")
    assert hits_sentence(document, "us_forces") == ""
    assert [text[:55] for text in share_sentences(made.run.record)] == [
        "94 of 316 claimed attacks on the front israel were repo"
    ]
    assert document.hits[0].mean == pytest.approx(paths.sum(axis=1).mean())
