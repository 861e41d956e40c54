"""The order in which trials are done: what shares boosted trees is done together, the rest as planned."""

from itertools import groupby
from pathlib import Path

import numpy as np

from lull.batch.backtests import in_turn
from lull.data.calendar import WEEK
from lull.data.evidence import Evidence
from lull.evaluation.backtest import plan_backtest
from lull.evaluation.cells import Rule
from lull.evaluation.forecasters.participants import Entrant, Setting
from lull.evaluation.record import BOOSTED

FIRST, WEEKS = np.datetime64("2020-01-06"), 120


def test_trees_of_a_half_year_are_asked_for_one_after_another(tmp_path: Path) -> None:
    rows = [f"{name},{FIRST + WEEK * week},1" for name in ("a", "b", "c") for week in range(WEEKS)]
    (tmp_path / "weekly.csv").write_text("\n".join(["series,week_start,count", *rows, ""]))
    rule, entrants = Rule(origins=3, learn=20), (Entrant("all_zero", "baseline"), Entrant("trees", BOOSTED))
    evidence = Evidence(counts=tmp_path / "weekly.csv")
    asked = plan_backtest(evidence, rule, entrants, Setting(), progress=lambda *_: None, seed=1).trials
    planned = [trial.trees_of for trial in asked if trial.trees_of]
    done = in_turn(asked)
    half_years = [half_year for half_year, _ in groupby(trial.trees_of for trial in done)]
    assert half_years == [None, *sorted(set(planned))]
    assert len(half_years) == 4 < len(list(groupby(planned)))
    assert sorted(done, key=asked.index) == list(asked)
    assert [trial for trial in done if trial.trees_of is None] == [one for one in asked if one.trees_of is None]
