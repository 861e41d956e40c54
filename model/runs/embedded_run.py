"""The run that is meant where none is named: of the embedded case, with the usual choices."""

from lull.data.evidence import embedded_evidence
from lull.model.fitting.fit import FitPlan
from lull.model.runs.store import Run, Store, content_id


def embedded_run(store: Store) -> Run | None:
    """Return the run of the embedded case, None if the store has none."""
    return store.find(content_id(FitPlan(embedded_evidence()).identity()))
