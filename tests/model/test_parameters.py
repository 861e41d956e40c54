"""The table of parameters: the only list of their names, and what is made of it has them all."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from lull.model.forward.dynamics import drawn_of
from lull.model.forward.prior_state import prior_state
from lull.model.forward.state import OriginState
from lull.model.parameters import EFFECTS, FORWARD, TABLE, effect_moments, effect_priors, forward_names
from lull.model.spec import Priors
from tests.conftest import posterior_tree

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "data",
    "model",
    "scenarios",
    "evaluation",
    "batch",
    "pages",
    "terminal",
    "lull",
    "tests",
    "docs",
    "benchmarks",
)
INDEPENDENT = {  # statements of the model that share nothing with it on purpose, and the table itself
    "model/parameters.py",
    "model/fitting/build.py",
    "model/density/layout.py",
    "model/forward/plain_simulator.py",
    "data/synthetic.py",
    "benchmarks/rivals/whatif_pymc.py",
    "benchmarks/rivals/sampler_numpyro.py",
    "tests/model/fitting/test_build.py",  # of the free variables of the PyMC graph, as is the next
    "tests/model/fitting/test_posterior.py",
}
NAMES = {row.name for row in TABLE} | {row.sampled for row in TABLE}
FEW = 2  # names in one place that are no list yet


def named(node: ast.AST) -> set[str]:
    """Return the names of parameters that a tuple, list, set or the keys of a dict hold, as text."""
    held = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    return {each.value for each in held if isinstance(each, ast.Constant) and each.value in NAMES}


def lists(source: str) -> Iterator[tuple[int, set[str]]]:
    """Yield the line and the names of each list of parameters in a source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict) and len(named(node)) > FEW:
            yield node.lineno, named(node)


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py", recurse_symlinks=False):
            if path.relative_to(ROOT).as_posix() not in INDEPENDENT:
                yield path


def test_no_other_list_names_parameters() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} lists {', '.join(sorted(names))}"
        for path in sources()
        for line, names in lists(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("path", sorted(INDEPENDENT))
def test_the_files_that_may_list_parameters_are_there(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(
    "source",
    [
        "X = ('sigma', 'leak', 'halt_level')",
        "X = {'sigma': 1, 'leak': 2, 'log_halt_level': 3}",
        "for name in ['effect', 'halt_effect', 'resumption_effect']: pass",
    ],
)
def test_a_list_is_found(source: str) -> None:
    assert len(list(lists(source))) == 1


def test_names_are_unique() -> None:
    assert len({row.name for row in TABLE}) == len(TABLE)


def test_a_state_has_a_field_for_each_parameter_that_is_carried_forward() -> None:
    other = {"carry", "future_covariate", "series", "covariates", "origin", "run_id", "drift_correction"}
    other |= {"all_series", "attacks_before", "chains", "events", "hurdle", "effective_share"}
    assert {field.name for field in fields(OriginState)} - other == {row.name for row in FORWARD}


def test_the_kernels_read_what_a_state_has() -> None:
    state = prior_state(("a", "b"), draws=3, horizon=4, seed=1)
    drawn = drawn_of(state)
    for name in (*forward_names("series"), *forward_names()):
        np.testing.assert_array_equal(getattr(drawn, name), getattr(state, name))
    for place, name in enumerate(EFFECTS):
        np.testing.assert_array_equal(drawn.effect[..., place], getattr(state, name))


def test_each_effect_has_beliefs_of_its_own() -> None:
    beliefs = effect_priors(Priors())
    assert len({id(table) for table in beliefs.values()}) == len(EFFECTS)
    assert beliefs["effect"] is not beliefs["halt_effect"]


def test_the_posterior_of_the_tests_is_that_of_the_table() -> None:
    posterior = posterior_tree(np.random.default_rng(1))["posterior"].to_dataset()
    found = {str(name): values.dims[2:] for name, values in posterior.data_vars.items()}
    assert found == {row.name: row.dims for row in TABLE if row.stored and row.name != "log_likelihood"}


def test_the_moments_of_effects_are_laid_out_by_effect_and_covariate() -> None:
    priors = Priors()
    mean, sd = effect_moments(priors, ["ceasefire", "of my own"])
    assert mean.shape == sd.shape == (len(EFFECTS), 2)
    for row, table in enumerate(effect_priors(priors).values()):
        assert (mean[row, 0], sd[row, 0]) == (table["ceasefire"].mean, table["ceasefire"].sd)
        assert (mean[row, 1], sd[row, 1]) == (priors.other_effect.mean, priors.other_effect.sd)
    assert effect_moments(priors, [])[0].shape == (len(EFFECTS), 0)
