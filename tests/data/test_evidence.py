"""What is known as of when: the week from which a question starts."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lull.data.evidence import Evidence, read_evidence
from lull.data.schema import InputError

HEADER = "report_id,source,published,published_basis,window_start,window_end,actor,front,measure,count,qualifier"
LATE = "r1,a file,2024-07-03,day,2024-01-01,2024-01-07,Alpha,north,confirmed,4,exact"


def test_a_misspelled_faction_is_reported_with_the_nearest_actor(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(f"{HEADER}\n{LATE}\n", "utf-8")
    with pytest.raises(InputError, match=r"found 'Alhpa'\. Did you mean 'Alpha'"):
        read_evidence(Evidence(reports=path, faction="Alhpa"))


def test_reports_coded_months_later_start_the_question_where_their_windows_end(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(f"{HEADER}\n{LATE}\n", "utf-8")
    known = read_evidence(Evidence(reports=path))
    assert (known.as_of, known.origin) == (date(2024, 7, 3), np.datetime64("2024-01-01"))
    asked = read_evidence(Evidence(reports=path, as_of=date(2024, 7, 3)))
    assert asked.origin == np.datetime64(
        "2024-06-24"
    )  # silence since is for the asker to judge: those weeks are missing
    chosen = read_evidence(Evidence(reports=path, origin=date(2024, 3, 6)))
    assert chosen.origin == np.datetime64("2024-03-04")
