"""A posterior that an older Lull stored says the same at the origin as one of today."""

import numpy as np
import xarray as xr

from lull.model.forward.history import in_last_week
from lull.model.forward.origin import origin_state
from lull.model.forward.past_weeks import past_weeks
from lull.model.parameters import GIVEN
from lull.model.runs.older_posteriors import completed
from lull.model.spec import Priors
from tests.conftest import posterior_tree


def older(tree: xr.DataTree) -> xr.DataTree:
    posterior = tree["posterior"].to_dataset().drop_vars([*GIVEN, "last_level"])
    groups = {name: node.to_dataset() for name, node in tree.children.items() if name != "hurdle"}
    return xr.DataTree.from_dict(groups | {"posterior": posterior})


def test_what_an_older_posterior_lacks_is_worked_out_from_its_draws() -> None:
    tree = posterior_tree(np.random.default_rng(4))
    found = completed(older(tree))
    posterior = found["posterior"].to_dataset()
    for name in GIVEN:
        assert (posterior[name] == getattr(Priors(), name)).all()
    past = past_weeks(tree, 1)
    there, _ = in_last_week(posterior.isel(chain=[3]), past, np.zeros(2))
    np.testing.assert_allclose(posterior["last_level"].to_numpy()[3:], there["last_level"])
    state = origin_state(found, horizon=4, run_id="old")
    assert state.hurdle is not None
    assert all(0 < share < 1 for share in state.hurdle.shares(0).values())


def test_a_posterior_of_today_is_left_alone() -> None:
    tree = posterior_tree(np.random.default_rng(4))
    assert completed(tree) is tree
