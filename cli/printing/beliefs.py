"""Whose beliefs a run holds, for the objects that commands print."""

from lull.model.runs.store import Run
from lull.scenarios.beliefs.reader_beliefs import beliefs_sentence


def beliefs_of(run: Run) -> dict[str, object]:
    """Return what `--json` says of the beliefs of a run, how far it was weighed by them; nothing without any."""
    words, record = beliefs_sentence(run.record), run.record
    weighed = {name: round(record[name], 3) for name in ("pareto_k", "effective_draws") if "pareto_k" in record}
    return {"beliefs": words} | weighed if words else {}
