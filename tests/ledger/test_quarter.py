"""A forecaster's quarter played through: thirty questions in twelve weeks, and a record that is computed again apart.

Counts arrive weekly; the source of series c stops; a week of series b is corrected. What the record should be is
computed from the table of counts alone, by other code.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
import scoringrules
from typer.testing import CliRunner

from lull.cli import lull
from lull.data import calendar
from lull.ledger import journal
from lull.ledger.entries import Decided
from lull.ledger.journal import Ledger
from lull.ledger.own_numbers import own_number
from lull.ledger.publication import register
from lull.ledger.standing import open_questions, published
from lull.model.runs.store import Store
from lull.watch import one_pass
from tests.conftest import write_synthetic_run
from tests.ledger.conftest import Clock, forecast, totals

pytestmark = pytest.mark.integration

BEGIN = date(2024, 1, 1)
WEEKS, STOPS, CORRECTED, KNOWN_FROM = 20, 9, 3, 11
rng = np.random.default_rng(20)
FINAL = {"a": rng.poisson(0.8, WEEKS), "b": rng.poisson(0.5, WEEKS), "c": np.zeros(WEEKS, int)}
FINAL["a"][8:14] = 0
FINAL["b"][:8] = 0
FINAL["b"][CORRECTED] = 2
FINAL["c"][2] = 3


@dataclass(frozen=True)
class Asked:
    """A question of the quarter: asked in a week, about so many weeks."""

    place: int
    week: int
    weeks: int
    series: str
    kind: str
    chance: float
    own: float | None

    @property
    def deadline(self) -> date:
        return BEGIN + timedelta(days=7 * (self.week + self.weeks) - 1)

    @property
    def text(self) -> str:
        words = {"any": "any attack", "total": "total at least 4", "peak": "at least 2 in a week"}
        return f"{words[self.kind]} by {self.deadline}"

    @property
    def three(self) -> tuple[float, float, float] | None:
        return (
            (0.0, float(self.weeks // 2), 2.0 * self.weeks) if self.own is not None and self.kind == "total" else None
        )


def questions() -> list[Asked]:
    drawn = np.random.default_rng(7)
    made = []
    for place in range(30):
        kind, series = ("any", "total", "peak")[place % 3], "abc"[(place // 3) % 3]
        chance, own = drawn.uniform(0.05, 0.95, 2).round(2).tolist()
        weeks = (2, 5, 3, 8)[place % 4]
        made.append(Asked(place, place * 12 // 30, weeks, series, kind, chance, None if place % 2 else own))
    return made


def known(series: str, now: int) -> list[int]:
    """Return what the source said of a series on the Monday after week `now - 1`."""
    row = FINAL[series][: min(now, STOPS) if series == "c" else now].tolist()
    if series == "b" and now < KNOWN_FROM and len(row) > CORRECTED:
        row[CORRECTED] = 0
    return row


def truth(one: Asked, now: int) -> tuple[str, int | None]:
    """Return how a question stands by what is known on a Monday: by hand."""
    row = known(one.series, now)[one.week : one.week + one.weeks]
    met = {"any": sum(row) >= 1, "total": sum(row) >= 4, "peak": max(row, default=0) >= 2}[one.kind]
    whole = len(row) == one.weeks
    if met:
        return "yes", sum(row) if whole else None
    if whole:
        return "no", sum(row)
    return ("void" if now >= one.week + one.weeks else "open"), None


type Arrive = Callable[[Ledger, date], None]
"""What is done on a Monday with the newest file of counts."""

WATCH = """
[data]
counts = "newer.csv"

[output]
dir = "out"
"""


@pytest.fixture(scope="module", params=["resolve", pytest.param("watch", marks=pytest.mark.integration)])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The ledger of the quarter, played once by `lull resolve` and once by `lull watch`: to be read only."""
    folder, clock = tmp_path_factory.mktemp("quarter"), Clock()
    ledger = Ledger(folder / "store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calendar, "today", lambda: clock.day)
        patch.setattr(journal, "now", clock.now)
        if request.param == "watch":
            run = write_synthetic_run(Store(ledger.folder))  # of other series: what it says is no part of the record
            patch.setattr(one_pass, "current_run", lambda *_, **__: (run, "found"))
            (folder / "watch.toml").write_text(WATCH)
        yield play(ledger, clock, folder / "newer.csv", arrive=ARRIVALS[request.param])


def resolved(ledger: Ledger, day: date) -> None:
    del day
    command(ledger, "resolve", "--counts", str(ledger.folder.parent / "newer.csv"))


def watched(ledger: Ledger, day: date) -> None:
    """Make a pass, which says what it decided and that nothing is asked of a run of other series."""
    before, asked = len(ledger.entries()), bool(open_questions(ledger))
    said = command(ledger, "watch", str(ledger.folder.parent / "watch.toml"), "--as-of", str(day))
    assert len(said["decided"]) == len(ledger.entries()) - before
    assert said["answers"] == []
    assert any("other series" in note for note in said["notes"]) == asked


ARRIVALS: dict[str, Arrive] = {"resolve": resolved, "watch": watched}


def command(ledger: Ledger, *words: str) -> Any:
    """Return the object that a command prints about a ledger."""
    result = CliRunner().invoke(lull, [*words, "--store", str(ledger.folder), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def play(ledger: Ledger, clock: Clock, file: Path, *, arrive: Arrive) -> Ledger:
    """Play the quarter: on each Monday publish what is asked, then let the newest file arrive."""
    for now in range(WEEKS + 1):
        monday = BEGIN + timedelta(days=7 * now)
        clock.to(monday)
        for one in (one for one in questions() if one.week == now):
            body = forecast(one.text, chance=one.chance, since=monday, series=one.series)
            number = own_number(body, "baseline", reader="", chance=one.own, quantiles=one.three, reason="My view.")
            register(ledger, body, *([number] if number else []))
        if now:
            rows = ["series,week_start,count"]
            for name in FINAL:
                days = (BEGIN + timedelta(days=7 * week) for week in range(WEEKS))
                rows += [f"{name},{day},{count}" for day, count in zip(days, known(name, now), strict=False)]
            file.write_text("\n".join(rows) + "\n")
            arrive(ledger, monday)
    return ledger


def test_the_record_of_a_quarter_is_what_is_computed_apart(played: Ledger) -> None:
    asked, record = questions(), command(played, "record")
    assert command(played, "record", "verify")["whole"]
    expected = {one.text + one.series: truth(one, WEEKS) for one in asked}
    found = {one.key.question + one.key.series: (one.outcome, one.latest.total) for one in published(played)}
    assert found == expected
    outcomes = [outcome for outcome, _ in expected.values()]
    assert record["outcomes"] == {name: outcomes.count(name) for name in ("yes", "no", "void", "open")}
    assert min(outcomes.count("yes"), outcomes.count("no"), outcomes.count("void")) >= 4
    resolved = [one for one in asked if truth(one, WEEKS)[0] in ("yes", "no")]
    assert record["share_resolved"] == pytest.approx(len(resolved) / 30)
    for name, by_hand in independent(asked, resolved).items():
        assert scores(record, *name) == pytest.approx(by_hand), name


def independent(asked: list[Asked], resolved: list[Asked]) -> dict[tuple[str, str], tuple[float, int]]:
    """Return mean scores and how many there are, of everybody, from the table of counts."""
    came = {one.place: float(truth(one, WEEKS)[0] == "yes") for one in resolved}
    own = [one for one in resolved if one.own is not None]
    pairs = {"model": [(one.chance, one) for one in resolved], "baseline": [(0.5, one) for one in resolved]}
    pairs["me"] = [(float(one.own or 0), one) for one in own]
    pairs["pool linear"] = [((one.chance + float(one.own or 0)) / 2, one) for one in own]
    pairs["pool log"] = [(logarithmic(one), one) for one in own]
    pairs["pool by record"] = [(by_record(one, asked), one) for one in own]
    brier = {
        (name, "brier"): [float(scoringrules.brier_score(came[one.place], chance)) for chance, one in given]
        for name, given in pairs.items()
    }
    log = {
        (name, "log_score"): [-np.log(0.998 * (p if came[one.place] else 1 - p) + 0.001) for p, one in given]
        for name, given in pairs.items()
    }
    counted = [one for one in resolved if one.kind != "peak" and truth(one, WEEKS)[1] is not None]
    crps = {("model", "crps"): [crps_by_hand(one) for one in counted]}
    wide = [(one, one.three, truth(one, WEEKS)[1]) for one in resolved if one.three]
    interval = [float(scoringrules.interval_score(y, three[0], three[2], 0.1)) for _, three, y in wide if y is not None]
    return {
        name: (fmean(values), len(values))
        for name, values in (brier | log | crps | {("me", "interval_score_90"): interval}).items()
    }


def logarithmic(one: Asked) -> float:
    mine = float(one.own or 0)
    yes, no = (one.chance * mine) ** 0.5, ((1 - one.chance) * (1 - mine)) ** 0.5
    return yes / (yes + no)


def by_record(one: Asked, asked: list[Asked]) -> float:
    """Return the pool in which each weighs the inverse of the mean Brier score that was known in that week."""
    losses = {"model": [0.25, 0.25], "me": [0.25, 0.25]}
    for other in asked:
        decided = [now for now in range(1, one.week) if truth(other, now)[0] in ("yes", "no") and other.week < now]
        if decided:  # before this week; what came of it is taken as it is known at the end
            came = float(truth(other, WEEKS)[0] == "yes")
            losses["model"].append((other.chance - came) ** 2)
            if other.own is not None:
                losses["me"].append((other.own - came) ** 2)
    weights = {name: 1 / fmean(values) for name, values in losses.items()}
    share = weights["model"] / sum(weights.values())
    return share * one.chance + (1 - share) * float(one.own or 0)


def crps_by_hand(one: Asked) -> float:
    """Return the CRPS as E|X - y| - E|X - X'| / 2 of the distribution that was published."""
    mass = np.array(totals(4 * one.chance).pmf)
    total, at = truth(one, WEEKS)[1], np.arange(mass.size)
    assert total is not None
    apart = np.abs(at[:, None] - at[None, :])
    return float(mass @ np.abs(at - total) - mass @ apart @ mass / 2)


def scores(record: dict[str, Any], forecaster: str, metric: str) -> tuple[float, int]:
    names = ("all", forecaster, metric)
    (line,) = [one for one in record["scores"] if (one["group"], one["forecaster"], one["metric"]) == names]
    return line["mean"], line["scored"]


def test_a_source_that_stops_is_void_and_a_correction_keeps_both(played: Ledger) -> None:
    of_c = [one for one in published(played) if one.key.series == "c" and one.outcome == "void"]
    assert of_c
    assert all(one.latest.decision and "the source ends on 2024-03-03" in one.latest.decision.reason for one in of_c)
    corrections = [entry for entry in played.entries() if entry.body.kind == "correction"]
    assert {entry.body.series for entry in corrections} == {"b"}
    by_number = {entry.number: entry.body for entry in played.entries()}
    for entry in corrections:
        earlier = by_number[entry.body.replaces]  # type: ignore[union-attr]
        assert isinstance(earlier, Decided)
        assert (earlier.of, earlier.outcome) == (entry.body.of, "no")  # type: ignore[union-attr]


def test_scores_by_kind_and_horizon_add_up(played: Ledger) -> None:
    record = command(played, "record")
    whole = scores(record, "model", "brier")
    for group in ("kind", "weeks ahead"):
        parts = [
            (one["mean"], one["scored"])
            for one in record["scores"]
            if (one["group"], one["forecaster"], one["metric"]) == (group, "model", "brier")
        ]
        assert len(parts) > 1
        assert sum(mean * number for mean, number in parts) == pytest.approx(whole[0] * whole[1])
    bins = [one for one in record["reliability"] if one["forecaster"] == "model"]
    assert sum(one["number"] for one in bins) == whole[1]
    assert all(one["low"] <= one["chance"] <= one["high"] and 0 <= one["happened"] <= 1 for one in bins)
    mine = [
        one for one in record["scores"] if (one["group"], one["forecaster"], one["metric"]) == ("all", "me", "brier")
    ]
    assert mine[0]["model"] != pytest.approx(whole[0])  # the model's over the same questions, not over all
    assert mine[0]["published"] == 15
