"""A stored run under a reader's beliefs: reweighted, never fitted.

What is believed of branches and saliences touches no draw: the run then only bears it, for the scenarios that it is
asked about.
"""

from dataclasses import replace

import numpy as np

from lull.data.schema import InputError, Problem
from lull.model.fitting.reweighting import BELIEFS, Reweighted, Weighing, priors_of, reweighted
from lull.model.runs.store import Run, content_id
from lull.model.spec import Normal, Priors
from lull.scenarios.beliefs.reader_beliefs import FIELDS, Beliefs, beliefs_in

REMEDY = "Fit with them: `lull fit --priors FILE` with the evidence of the run, and ask that run."
UNWEIGHED = Weighing(np.arange(0), 0.0, np.inf)  # every draw stays in its place


type Believed = Reweighted
"""A run under beliefs, in memory alone (`run`, None where its draws do not carry them), and its `weighing`."""


def believed(run: Run, beliefs: Beliefs) -> Believed:
    """Return a run under these beliefs, with the record's about every other driver, and how far its draws carry it."""
    if not beliefs.effects:
        return Reweighted(assuming(run, beliefs), UNWEIGHED)
    priors = priors_of(run.record)
    if beliefs_in(run.record):
        fresh = Priors()
        priors = replace(priors, **{name: getattr(fresh, name) for name in FIELDS.values()})
    return reweighted(run, beliefs.applied(priors), beliefs.document())


def assuming(run: Run, beliefs: Beliefs) -> Run:
    """Return a run with the forks and saliences of a reader, in memory alone; its draws and what made them stay."""
    if not (beliefs.forks or beliefs.salience):
        return run
    made = beliefs_in(run.record)
    who, note = beliefs.who or made.who, beliefs.note or made.note
    said = replace(made, who=who, note=note, forks=beliefs.forks, salience=beliefs.salience).document()
    run_id = f"{run.run_id}+{content_id(said)[:8]}"
    return replace(run, run_id=run_id, record=run.record | {BELIEFS: said}, judged=run.diagnostics())


def fitted_beliefs(run: Run, mechanism: str) -> dict[str, Normal]:
    """Return what a run was fitted with about each driver on a mechanism."""
    found: dict[str, Normal] = getattr(priors_of(run.record), FIELDS[mechanism])
    return found


def run_believing(run: Run, beliefs: Beliefs) -> Run:
    """Return a run under these beliefs. Raises `InputError` where its draws do not carry them."""
    found = believed(run.opened() if beliefs.effects else run, beliefs)
    if found.run is None:
        expected = f"beliefs that the draws of run {run.run_id} can be weighed by"
        raise InputError(Problem("--priors", expected, found.weighing.words, REMEDY))
    return found.run
