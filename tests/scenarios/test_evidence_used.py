"""What is said of the evidence of a run."""

from collections.abc import Callable

import pytest

from model.store import Run
from scenarios.evidence_used import completeness_sentence, evidence_used
from scenarios.forecast import forecast
from scenarios.report import report_page
from scenarios.standard import standard_request


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ((), ""),
        ((0.4,), "The last week is taken as reported in part: 40 %. A zero there is no proof of silence."),
        ((0.35, 0.6, 0.9), "The last 3 weeks are taken as reported in part: 35 %, 60 % and 90 %, the newest first."),
    ],
)
def test_weeks_reported_in_part_are_told(
    write_run: Callable[..., Run], shares: tuple[float, ...], sentence: str
) -> None:
    plain = write_run()
    record = plain.record["evidence"] | {"completeness": shares}
    told = completeness_sentence(evidence_used(record | {"evidence": record}))
    assert told.startswith(sentence)
    assert bool(told) == bool(shares)


def test_the_report_says_so_too(write_run: Callable[..., Run]) -> None:

    record = write_run().record["evidence"] | {"completeness": (0.5,)}
    run = write_run(run_id="e" * 16, record={"evidence": record})
    made = forecast(run, standard_request(run), progress=lambda *_: None)
    assert "The last week is taken as reported in part: 50 %." in report_page(made.document())
