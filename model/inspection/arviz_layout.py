"""The posterior tree as ArviZ reads it: imputations are a dimension of their own, never hidden in `chain`.

Inside, chains of all imputations lie end to end along `chain`, since every draw is used alike. In a file and in the
API they are labelled: dims (chain, draw, imputation, ...), so that R-hat compares chains of one imputation. Counts that
were observed are one imputation and have no such dim. `observed_data` holds `count` alone, which every predictive group
has too; counts as they were recorded, before weeks out of scale were set apart, are in `constant_data`.
"""

import numpy as np
import xarray as xr

IMPUTATION = "imputation"
RECORDED = "recorded"
SAMPLED = ("posterior", "hurdle", "sample_stats", "log_likelihood", "posterior_predictive")  # groups with draws


def labelled(tree: xr.DataTree) -> xr.DataTree:
    """Return a tree as ArviZ reads it, dims (chain, draw, imputation, ...); no imputation dim where there is one."""
    if IMPUTATION in tree["posterior"].dims or IMPUTATION not in tree["posterior"].coords:
        return tree
    many = imputations_of(tree)
    groups = {}
    for name, node in tree.children.items():
        dataset = node.to_dataset()
        if IMPUTATION in dataset.coords and "chain" in dataset.dims:
            dataset = unstacked(dataset, many)
        groups[name] = dataset.squeeze(IMPUTATION, drop=True) if many == 1 and name == "observed_data" else dataset
    return xr.DataTree.from_dict(_moved(groups, "observed_data", "constant_data"))


def pooled(tree: xr.DataTree) -> xr.DataTree:
    """Return a tree with the chains of all imputations laid end to end, the inverse of `labelled`."""
    posterior = tree["posterior"]
    if IMPUTATION in posterior.coords and IMPUTATION not in posterior.dims:
        return tree
    groups = {name: node.to_dataset() for name, node in tree.children.items()}
    for name, dataset in _moved(groups, "constant_data", "observed_data").items():
        groups[name] = _stacked(dataset) if "chain" in dataset.dims and name in SAMPLED else dataset
        if name == "observed_data" and IMPUTATION not in dataset.dims:
            groups[name] = dataset.expand_dims(IMPUTATION)
    return xr.DataTree.from_dict(groups)


def _moved(groups: dict[str, xr.Dataset], source: str, target: str) -> dict[str, xr.Dataset]:
    """Return groups with the counts as they were recorded in another one of them."""
    if RECORDED not in groups[source]:
        return groups
    moved = groups[target].assign({RECORDED: groups[source][RECORDED].variable})
    return groups | {source: groups[source].drop_vars(RECORDED), target: moved}


def imputations_of(tree: xr.DataTree) -> int:
    """Return how many imputations the chains of a pooled tree come from."""
    return int(tree["posterior"][IMPUTATION].max()) + 1


def unstacked(dataset: xr.Dataset, many: int) -> xr.Dataset:
    """Return draws with chains of one imputation along `chain`, and imputations along a dim of theirs."""
    chains = dataset.sizes["chain"] // many
    parts = [
        dataset.isel(chain=slice(at * chains, (at + 1) * chains))
        .drop_vars(IMPUTATION)
        .assign_coords(chain=np.arange(chains))
        for at in range(many)
    ]
    if many == 1:
        return parts[0]
    joined = xr.concat(parts, dim=IMPUTATION, data_vars="all", join="override", compat="override", coords="minimal")
    joined = joined.assign_coords({IMPUTATION: np.arange(many)})
    return joined.transpose("chain", "draw", IMPUTATION, ...)


def _stacked(dataset: xr.Dataset) -> xr.Dataset:
    """Return draws with the chains of all imputations end to end along `chain`, which says of each whose it is."""
    if IMPUTATION not in dataset.dims:
        return dataset.assign_coords({IMPUTATION: ("chain", np.zeros(dataset.sizes["chain"], dtype=int))})
    many, chains = dataset.sizes[IMPUTATION], dataset.sizes["chain"]
    parts = [dataset.isel({IMPUTATION: at}, drop=True) for at in range(many)]
    joined = xr.concat(parts, dim="chain", data_vars="all", join="override", compat="override", coords="minimal")
    joined = joined.assign_coords(chain=np.arange(many * chains))
    return joined.assign_coords({IMPUTATION: ("chain", np.repeat(np.arange(many), chains))}).transpose(
        "chain", "draw", ...
    )
