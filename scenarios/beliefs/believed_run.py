"""A stored run under a reader's beliefs: reweighted, never fitted."""

from dataclasses import replace

from lull.data.schema import InputError, Problem
from lull.model.fitting.reweighting import Reweighted, priors_of, reweighted
from lull.model.runs.store import Run
from lull.model.spec import Normal, Priors
from lull.scenarios.beliefs.reader_beliefs import FIELDS, Beliefs, beliefs_in

REMEDY = "Fit with them: `lull fit --priors FILE` with the evidence of the run, and ask that run."


type Believed = Reweighted
"""A run under beliefs, in memory alone (`run`, None where its draws do not carry them), and its `weighing`."""


def believed(run: Run, beliefs: Beliefs) -> Believed:
    """Return a run under these beliefs, with the record's about every other driver, and how far its draws carry it."""
    priors = priors_of(run.record)
    if beliefs_in(run.record):
        fresh = Priors()
        priors = replace(priors, **{name: getattr(fresh, name) for name in FIELDS.values()})
    return reweighted(run, beliefs.applied(priors), beliefs.document())


def fitted_beliefs(run: Run, mechanism: str) -> dict[str, Normal]:
    """Return what a run was fitted with about each driver on a mechanism."""
    found: dict[str, Normal] = getattr(priors_of(run.record), FIELDS[mechanism])
    return found


def run_believing(run: Run, beliefs: Beliefs) -> Run:
    """Return a run under these beliefs. Raises `InputError` where its draws do not carry them."""
    found = believed(run.opened(), beliefs)
    if found.run is None:
        expected = f"beliefs that the draws of run {run.run_id} can be weighed by"
        raise InputError(Problem("--priors", expected, found.weighing.words, REMEDY))
    return found.run
