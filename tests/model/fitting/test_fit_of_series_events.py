"""A fit of two series of which one alone has a ceasefire: from the sampler to the paths ahead."""

from datetime import date

import numpy as np
import pytest

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.model.fitting.covariates import from_events
from lull.model.fitting.particle_filter import assimilate
from lull.model.fitting.pooled_posterior import fit_imputations
from lull.model.forward.origin import covariates_so_far, origin_state, past_state
from lull.model.forward.simulate import Push, RandomNumbers, simulate
from lull.model.hurdle.fitted import with_hurdle
from lull.model.spec import ModelSpec, Priors, SamplerConfig

SERIES, FIRST, WEEKS, AHEAD, NEW = ("north", "south"), np.datetime64("2023-01-02"), 78, 8, 4
SHORT = SamplerConfig(chains=2, tune=150, draws=100, thin=1, imputations=1)
STOPPED = slice(30, 60)  # weeks in which the north does not attack


def ceasefire(start: date, end: date) -> Event:
    days = {"date": start, "end_date": end}
    return Event(event_id=str(start), kind="ceasefire", type="written", actor="A", series="north", **days)  # type: ignore[call-arg, arg-type]


def counts(weeks: int) -> WeeklyCounts:
    values = np.random.default_rng(1).poisson(3.0, (1, 2, WEEKS)).astype(float)[..., :weeks]
    values[0, 0, STOPPED] = 0.0
    return WeeklyCounts.from_arrays(values, series=list(SERIES), first_week=FIRST)


@pytest.mark.integration
def test_the_fit_the_state_and_the_paths_have_the_events_of_each_series() -> None:
    before = WEEKS - NEW
    covariates = from_events(
        (ceasefire((FIRST + WEEK * 30).item(), (FIRST + WEEK * 60).item()),), FIRST, FIRST + WEEK * 130, series=SERIES
    )
    fit = {"spec": ModelSpec(), "priors": Priors(), "config": SHORT}
    tree = with_hurdle(
        fit_imputations(counts(before), covariates, **fit, seed=1, progress=lambda *_: None),  # type: ignore[arg-type]
        Priors(),
        seed=1,
    )
    assert tree["constant_data"].to_dataset()["schedule"].dims == ("series", "covariate", "schedule_week")
    place = covariates.names.index("ceasefire")
    so_far = covariates_so_far(tree)[1, :, place]
    assert so_far[0, STOPPED].all()
    assert not so_far[1].any()
    posterior = tree["posterior"].to_dataset()
    effect = {name: float(posterior[name].sel(covariate="ceasefire").mean()) for name in ("effect", "halt_effect")}
    assert effect["effect"] < Priors().intensity_effect["ceasefire"].mean + 0.1
    for state in (
        origin_state(tree, horizon=AHEAD, run_id="run"),
        past_state(tree, week=FIRST + WEEK * 40, horizon=AHEAD, freeze_after=8, run_id="run"),
    ):
        assert state.rows == 2
        numbers = RandomNumbers.draw(series=SERIES, draws=state.draws, horizon=AHEAD, seed=2)
        nothing = Push.none(covariates=len(state.covariates), horizon=AHEAD)
        paths = simulate(state, nothing, numbers)
        for at, name in enumerate(SERIES):
            own = RandomNumbers.draw(series=[name], draws=state.draws, horizon=AHEAD, seed=2)
            np.testing.assert_array_equal(
                simulate(state.select([name]), nothing, own).attacks[:, 0], paths.attacks[:, at]
            )
    moved = assimilate(tree, counts(WEEKS), covariates.array.rename(week="schedule_week"), seed=1)
    assert moved.weeks == NEW
    assert origin_state(moved.tree, horizon=AHEAD, run_id="run").rows == 2
