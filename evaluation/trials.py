"""A trial: one forecaster on one cell, forecast and scored, and kept in a file of its own, a row a forecast.

A fit that serves later origins too, by filtering, is one trial with them: its file has their rows as well.

The invariant: a trial is named by the hash of all that decides it (what was known, what happened, who forecasts and
how, what is believed and learned, the seed, the code), so that whoever did it, it is never done twice. What happened
is kept apart from what was known and is not given to the forecaster.
"""

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lull.data.calendar import week_end
from lull.data.counts import WeeklyCounts
from lull.data.evidence import Evidence, Known, read_evidence
from lull.data.integrity.checksums import is_intact
from lull.data.integrity.revision import SCORING, revision
from lull.data.schema import InputError, Problem
from lull.evaluation.cells import Cell, state_at
from lull.evaluation.forecasters.boosted_hurdle import half_year_of
from lull.evaluation.forecasters.participants import KINDS, Entrant, Forecast, Seen, Setting
from lull.evaluation.record import BOOSTED, FOLDER
from lull.evaluation.scores.scoring import score_cell
from lull.model.fitting.fit import FitPlan, weekly_counts
from lull.model.runs.store import Store, content_id
from lull.model.spec import SamplerConfig
from lull.scenarios.results.tables import write_parquet

TRIALS = "trials"  # the folder of what is kept
KEPT_PATHS = 400  # of a trial, evenly spaced: enough to pool and to weigh forecasters later
SCORES = pa.list_(pa.struct({"horizon": pa.int32(), "metric": pa.string(), "value": pa.float64()}))
SCHEMA = pa.schema(
    {
        "model": pa.string(),
        "series": pa.string(),
        "origin_date": pa.date32(),
        "state": pa.string(),
        "silent_weeks": pa.int32(),
        "history_weeks": pa.int32(),
        "grade": pa.string(),  # of the draws; empty without a sampler
        "reason": pa.string(),
        "rhat": pa.float64(),
        "scores": SCORES,
        "paths": pa.list_(pa.int32()),  # (draw, week) laid end to end
        "any_attack": pa.list_(pa.float64()),
    }
)


@dataclass(frozen=True)
class Trial:
    """One forecaster on one cell: the evidence cut to its origin, and the weeks that came after it (None: missing).

    `later` are the same forecaster's trials at later origins, which the fit of this one is moved on to.
    """

    evidence: Evidence
    cell: Cell
    entrant: Entrant
    setting: Setting
    truth: tuple[int | None, ...]
    known_id: str  # the hash of the evidence as known
    seed: int
    later: tuple["Trial", ...] = ()

    @cached_property
    def run_id(self) -> str:
        """The hash of all that decides the row."""
        deciding: dict[str, object] = {
            "cell": asdict(self.cell),
            "entrant": asdict(self.entrant),
            "known": self.known_id,
        }
        deciding |= {"setting": self.setting.deciding(self.entrant.kind), "truth": self.truth}
        if self.entrant.kind == BOOSTED and self.evidence.counts:
            deciding["all_series"] = known_id(replace(self.evidence, series=()))
        if self.later:
            deciding["later"] = [trial.run_id for trial in self.later]
        return content_id(deciding | {"seed": self.seed, "code": revision(SCORING)})

    @property
    def label(self) -> str:
        """The trial in words."""
        further = f" and {len(self.later)} more" if self.later else ""
        return f"{self.cell.series} · {self.cell.origin}{further} · {self.entrant.name}"

    @property
    def trees_of(self) -> date | None:
        """The half year whose trees the trial needs, if they are grown on all series of the data."""
        if self.entrant.kind != BOOSTED or self.evidence.counts is None:
            return None
        first: date = half_year_of(np.datetime64(self.cell.origin, "D")).astype(date)
        return first

    def path(self, store: Store) -> Path:
        """Return where the row is, or will be."""
        return store.folder / FOLDER / TRIALS / f"{self.run_id}.parquet"

    def finished(self, store: Store) -> bool:
        """Return whether the row is there."""
        return is_intact(self.path(store))


def known_id(evidence: Evidence) -> str:
    """Return the hash of what was known."""
    return content_id(evidence.identity())


def cut(evidence: Evidence, cell: Cell) -> Evidence:
    """Return the evidence of a cell as known on the day that ends its origin."""
    series = (cell.series,) if evidence.counts else ()
    return replace(evidence, series=series, origin=cell.origin, as_of=week_end(cell.origin))


def kept_trial(trial: Trial, store: Store) -> str:
    """Keep the rows of a trial in the store, unless they are there, and return the grade of its first draws.

    Raises `InputError` if nothing is known of the series at its origin, or the store cannot be written.
    """
    if not store.has_intact(trial.path(store)):
        write_parquet(tried(trial), trial.path(store), seal=True)
    return str(pq.read_table(trial.path(store), columns=["grade"], partitioning=None)["grade"][0].as_py())


def tried(trial: Trial) -> pa.Table:
    """Return a row a forecast, `SCHEMA`: what was forecast, how the sampler fared, and every score."""
    rows, fitted = [], None
    for one in (trial, *trial.later):
        seen = replace(seen_at(one), fitted=fitted)
        made = KINDS[one.entrant.kind](seen, one.entrant, one.setting, _seed_of(one))
        fitted = next((forecast.fitted for forecast in made.values()), None)
        rows += _rows(one, seen, made)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _rows(trial: Trial, seen: Seen, made: dict[str, Forecast]) -> list[dict[str, object]]:
    """Return a row for each forecast of a cell."""
    truth = np.array([np.nan if value is None else value for value in trial.truth], dtype=float)
    cell = {
        "series": trial.cell.series,
        "origin_date": week_end(trial.cell.origin),
        "state": state_at(seen.silent_weeks),
        "silent_weeks": seen.silent_weeks,
        "history_weeks": seen.counts.weeks.size,
    }
    rows = []
    for name, forecast in made.items():
        scores = score_cell(forecast.predictive, truth, silent_weeks=seen.silent_weeks, level=seen.level)
        scored = {"model": name, "scores": [score._asdict() for score in scores]}
        rows.append(cell | scored | _verdict(forecast) | _kept(forecast))
    return rows


def seen_at(trial: Trial) -> Seen:
    """Return what the forecaster of a trial is given."""
    known, counts = _known(trial.evidence, trial.setting.sampler, trial.seed, trial.known_id)
    if trial.cell.series not in counts.series:
        raise InputError(Problem(f"{trial.cell.series} at {trial.cell.origin}", "a report of it", "none so far"))
    seen = Seen(counts.select([trial.cell.series]), known, trial.evidence, trial.setting.priors)
    return seen.last(trial.setting.history)


@lru_cache(maxsize=8)
def _known(evidence: Evidence, sampler: SamplerConfig, seed: int, content: str) -> tuple[Known, WeeklyCounts]:
    """Return what was known and its weekly counts, kept for the next forecaster: reports are reconstructed once.

    Raises `InputError` if the files are no longer what the backtest was planned from.
    """
    if known_id(evidence) != content:
        remedy = "Leave the files alone while a backtest runs, and start it again."
        raise InputError(Problem("the data files", "what the backtest was planned from", "other contents", remedy))
    known = read_evidence(evidence)
    plan = FitPlan(evidence, config=sampler, seed=seed)
    return known, weekly_counts(known, plan, progress=lambda *_: None)[0]


def _seed_of(trial: Trial) -> int:
    """Return a seed of the cell's own: two forecasters share random numbers within a cell, two cells share none."""
    text = f"{trial.seed} {trial.cell.series} {trial.cell.origin}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest())


def _verdict(forecast: Forecast) -> dict[str, object]:
    verdict = forecast.verdict
    if verdict is None:
        return {"grade": "", "reason": "", "rhat": None}
    return {"grade": verdict.grade, "reason": "; ".join(verdict.reasons), "rhat": verdict.worst.rhat}


def _kept(forecast: Forecast) -> dict[str, object]:
    """Return what pooling and weighing need of a forecast later."""
    paths = forecast.predictive.paths
    some = np.unique(np.linspace(0, len(paths) - 1, min(KEPT_PATHS, len(paths))).round().astype(int))
    chance = forecast.predictive.attack_chance()
    return {"paths": paths[some].ravel().tolist(), "any_attack": chance.tolist()}
