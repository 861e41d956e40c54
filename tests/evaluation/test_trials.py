"""A trial knows nothing of what came after its origin, is named by all that decides it, and is done once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lull.data.calendar import WEEK
from lull.data.evidence import Evidence
from lull.data.schema import InputError
from lull.data.settings import LEARNED
from lull.evaluation.backtest import Backtest, plan_backtest
from lull.evaluation.cells import Rule
from lull.evaluation.forecasters import participants
from lull.evaluation.forecasters.baselines import BASELINES
from lull.evaluation.forecasters.participants import FILTERED, Entrant, Setting, line_up
from lull.evaluation.forecasters.variants import read_variants
from lull.evaluation.trials import Trial, kept_trial, seen_at, tried
from lull.model.hurdle.benchmark import shipped
from lull.model.runs.store import Store
from lull.model.spec import Normal, Priors
from tests.evaluation.conftest import FIRST, StubModel, WriteCounts

LENGTH, LEARN = 90, 40
RULE = Rule(origins=2, learn=LEARN)


def made_up(seed: int = 3) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.poisson(mean, LENGTH).astype(float) for name, mean in (("Aurochs", 3.0), ("Bison", 0.4))}


def planned(evidence: Evidence, *entrants: Entrant, setting: Setting | None = None, seed: int = 1) -> Backtest:
    chosen = entrants or line_up({})
    setting = setting or Setting(horizon=8)
    return plan_backtest(evidence, RULE, chosen, setting, progress=lambda *_: None, seed=seed)


@pytest.mark.integration
def test_no_forecast_changes_when_the_future_does(write_counts: WriteCounts, stub_model: StubModel) -> None:
    counts = made_up()
    trials = planned(write_counts(counts)).trials
    last = max(trial.cell.origin for trial in trials)
    poisoned = {name: values.copy() for name, values in counts.items()}
    after = (np.datetime64(last) - FIRST) // WEEK + 1
    for values in poisoned.values():
        values[after:] = 999
    late = [trial for trial in trials if trial.cell.origin == last]
    other_file = write_counts(poisoned, "poisoned.csv").counts
    others = [replace(trial, evidence=replace(trial.evidence, counts=other_file)) for trial in late]
    for trial, other in zip(late, others, strict=True):
        seen = seen_at(other)
        assert seen.counts.origin == np.datetime64(trial.cell.origin)
        assert seen.history.max() < 999
    found = [tried(trial).select(["model", "paths", "any_attack", "scores"]) for trial in others]
    assert found == [tried(trial).select(["model", "paths", "any_attack", "scores"]) for trial in late]
    assert len(found) >= 2 * len(BASELINES) - 6
    assert stub_model.asked


def test_what_happened_decides_the_name_but_not_what_is_forecast(write_counts: WriteCounts) -> None:
    trial = planned(write_counts(made_up()), Entrant("climatology_13", "baseline")).trials[0]
    other = replace(trial, truth=(50, *trial.truth[1:]))
    assert other.run_id != trial.run_id
    assert tried(other)["paths"] == tried(trial)["paths"]
    assert tried(other)["scores"] != tried(trial)["scores"]


def test_a_change_of_the_code_makes_another_trial(write_counts: WriteCounts, monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    for code in ("before", "after"):
        monkeypatch.setattr("lull.evaluation.trials.revision", lambda _, code=code: code)
        names.append(planned(write_counts(made_up()), Entrant("climatology_13", "baseline")).trials[0].run_id)
    assert len(set(names)) == 2


def test_the_truth_is_what_came_after_the_origin(write_counts: WriteCounts) -> None:
    counts = made_up()
    counts["Bison"][LENGTH - 1] = np.nan
    for trial in planned(write_counts(counts), Entrant("all_zero", "baseline")).trials:
        first = (np.datetime64(trial.cell.origin) - FIRST) // WEEK + 1
        ahead = [None if np.isnan(value) else int(value) for value in counts[trial.cell.series][first : first + 8]]
        assert trial.truth == (*ahead, *[None] * (8 - len(ahead)))


def test_a_variant_changes_no_name_of_another_forecaster(write_counts: WriteCounts) -> None:
    evidence = write_counts(made_up())
    names = {trial.run_id for trial in planned(evidence).trials}
    more = planned(evidence, *line_up(read_variants(["flat:level=false", "short:level_modes=8"])))
    assert names < {trial.run_id for trial in more.trials}
    assert len(more.trials) - len(names) == 2 * 4
    lighter = planned(evidence, setting=Setting(horizon=8, draws=20))
    changed = [trial for trial in lighter.trials if trial.run_id not in names]
    assert {trial.entrant.name for trial in changed} == {"lull"}


def test_other_beliefs_and_learned_tables_make_other_names(
    write_counts: WriteCounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = write_counts(made_up())
    entrants = (*line_up({}), Entrant("alone", "model"))
    before = {trial.run_id for trial in planned(evidence, *entrants).trials}

    def renamed() -> set[str]:
        return {trial.entrant.name for trial in planned(evidence, *entrants).trials if trial.run_id not in before}

    assert renamed() == set()
    with monkeypatch.context() as changed:
        changed.setattr(participants, "Priors", lambda: Priors(log_sigma=Normal(-1.5, 0.8)))
        assert renamed() == {"lull", "alone"}
    usual = shipped()
    replace(usual, mean=usual.mean + 0.1).write(tmp_path / "companion.csv")
    monkeypatch.setenv(LEARNED, str(tmp_path))
    assert renamed() == {"lull", "companion", "benchmark_pool"}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_paths(
    write_counts: WriteCounts, stub_model: StubModel, store: Store
) -> None:
    evidence = write_counts(made_up())
    trial = planned(evidence).trials[0]
    kept_trial(trial, store)
    before = trial.path(store).read_bytes()
    kept_trial(trial, store)
    assert len(stub_model.asked) == 1  # what is there is not done again
    trial.path(store).unlink()
    kept_trial(trial, store)
    assert trial.path(store).read_bytes() == before
    assert tried(planned(evidence, seed=2).trials[0])["paths"] != tried(trial)["paths"]


def test_a_short_history_is_all_that_anybody_is_given(write_counts: WriteCounts) -> None:
    for trial in planned(write_counts(made_up()), setting=Setting(horizon=8, history=16)).trials:
        assert seen_at(trial).history.size <= 16


@pytest.mark.integration
def test_a_posterior_is_fitted_scored_and_forgotten(write_counts: WriteCounts, store: Store) -> None:
    setting = Setting(horizon=4, history=20, tune=40, draws=40)
    trial: Trial = planned(write_counts(made_up()), Entrant("lull", "model"), setting=setting).trials[0]
    grade = kept_trial(trial, store)
    assert grade in ("doubtful", "unusable")  # 80 draws are too few to be good
    row = tried(trial).to_pylist()[0]
    assert row["grade"] == grade
    assert len(row["paths"]) == 4 * 80
    assert np.all(np.diff(row["any_attack"]) >= 0)
    assert {"crps", "any_attack_brier"} <= {score["metric"] for score in row["scores"]}
    assert store.runs() == []


def test_one_fit_serves_the_origins_until_the_next_and_no_other_forecaster_is_asked_otherwise(
    write_counts: WriteCounts,
) -> None:
    evidence, every = write_counts(made_up()), Rule(every=4, learn=LEARN)

    def spread(refit: int | None) -> Backtest:
        setting = Setting(horizon=8, refit=refit)
        return plan_backtest(evidence, every, line_up({}), setting, progress=lambda *_: None, seed=1)

    each, some = spread(None), spread(9)
    fits = [trial for trial in some.trials if trial.entrant.name == "lull"]
    for trial in fits:
        weeks = [(later.cell.origin - trial.cell.origin).days // 7 for later in trial.later]
        assert weeks == [4, 8][: len(weeks)]
        assert {later.cell.series for later in trial.later} <= {trial.cell.series}
    assert len(fits) < len(each.selection.cells) == sum(1 + len(trial.later) for trial in fits)
    opponents = [trial.run_id for trial in some.trials if trial.entrant.name != "lull"]
    assert sorted(opponents) == sorted(trial.run_id for trial in each.trials if trial.entrant.name != "lull")
    assert some.unknown == each.unknown
    assert spread(4).trials == replace_settings(each, refit=4)


def replace_settings(backtest: Backtest, *, refit: int) -> tuple[Trial, ...]:
    return tuple(replace(trial, setting=replace(trial.setting, refit=refit)) for trial in backtest.trials)


@pytest.mark.integration
def test_a_fit_is_moved_on_by_what_came_and_fitted_again_where_that_surprises_it(write_counts: WriteCounts) -> None:
    counts = made_up() | {"Bison": np.random.default_rng(5).poisson(4.0, LENGTH).astype(float)}
    first = (LEARN + LENGTH) // 2
    counts["Aurochs"][first + 9 :] = 900.0  # nothing that was seen before says so
    setting = Setting(horizon=4, tune=300, draws=500, refit=27)
    window = [np.datetime64(FIRST + WEEK * week, "D").item() for week in (first, first + 12)]
    rule = Rule(every=6, first=window[0], last=window[1], learn=LEARN)
    asked = plan_backtest(
        write_counts(counts), rule, (Entrant("m", "model"),), setting, progress=lambda *_: None, seed=1
    )
    rows = {trial.cell.series: tried(trial).to_pylist() for trial in asked.trials}
    filtered = {name: [row["reason"].startswith(FILTERED) for row in found] for name, found in rows.items()}
    assert filtered == {"Aurochs": [False, True, False], "Bison": [False, True, True]}
    assert "moved on by 12 weeks" in rows["Bison"][2]["reason"]
    alone = tried(replace(asked.trials[0], later=()))
    assert alone.to_pylist() == rows[asked.trials[0].cell.series][:1]  # what comes later changes nothing before it


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("flat", "a choice of the model"),
        ("lull:level=false", "a name of its own"),
        ("all_zero:level=false", "a name of its own"),
        ("flat:levels=false", "Did you mean 'level'"),
        ("flat:level=maybe", "level=true or level=false"),
        ("flat:level_modes=few", "a whole number"),
    ],
)
def test_a_variant_that_is_none_is_refused(text: str, found: str) -> None:
    with pytest.raises(InputError, match=found):
        read_variants([text])


def test_variants_are_read_by_name() -> None:
    found = read_variants(["flat:level=no", "both:self_excitation=true, level_modes=8"])
    assert found == {"flat": {"level": False}, "both": {"self_excitation": True, "level_modes": 8}}


def test_where_no_series_qualifies_each_rule_says_how_many_it_left_out(write_counts: WriteCounts) -> None:
    evidence = write_counts(made_up() | {"Camel": np.zeros(LENGTH)})
    rule = Rule(min_events=60, learn=104)
    with pytest.raises(InputError) as refused:
        plan_backtest(evidence, rule, line_up({}), Setting(), progress=lambda *_: None, seed=1)
    assert "2 with fewer than 60 attacks" in str(refused.value)
    assert "1 with no origin that is 104 weeks after the first attack" in str(refused.value)
    with pytest.raises(InputError, match="Did you mean 'Aurochs'"):
        plan_backtest(evidence, RULE, line_up({}), Setting(), only=["Auroch"], progress=lambda *_: None, seed=1)
