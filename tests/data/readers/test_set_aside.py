"""Bad rows of own files are set aside if asked: as many as may be, each said with its line and reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lull.data.completeness import read_completeness
from lull.data.counts import read_counts
from lull.data.covariates import read_covariates
from lull.data.events import read_events
from lull.data.readers.reading_options import Reading
from lull.data.reports import read_reports
from lull.data.schema import InputError

COUNTS = "series,week_start,count\nn,2024-01-01,1\nn,2024-01-08,x\nn,2024-01-08,2\nn,2024-01-15\nn,2024-01-22,4\n"
EVENTS = (
    "event_id,date,end_date,kind,dimension,actor,target,salience\n"
    "a,2024-01-01,,threat,pressure,A council,n,9\na,2024-01-02,,threat,pressure,A council,n,2\n"
    "a,2024-01-03,,threat,pressure,A council,n,3\nb,2024-01-04,,threat,pressure,A council,n,3\n"
)
REPORTS = (
    "report_id,source,published,published_basis,window_start,window_end,actor,front,measure,count,qualifier\n"
    "a,A paper,2024-03-09,day,2024-03-01,2024-03-07,Alpha,n,claimed,many,exact\n"
    "b,A paper,2024-03-09,day,2024-03-07,2024-03-01,Alpha,n,claimed,7,exact\n"
    "c,A paper,2024-03-09,day,2024-03-01,2024-03-07,Alpha,n,claimed,7,exact\n"
)
COVARIATES = "week_start,fuel\n2024-01-01,1\n2024-01-08,2\n2024-01-08,3\n2024-01-15,x\n"
CURVE = "weeks_before_end,share\n0,0.5\n1,0.7\n2,often\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        (tmp_path / "file.csv").write_text(text)
        return tmp_path / "file.csv"

    return write


@pytest.mark.parametrize(
    ("read", "text", "lines"),
    [
        (read_counts, COUNTS, [3, 5]),
        (read_events, EVENTS, [2, 4]),
        (read_reports, REPORTS, [2, 3]),
        (read_covariates, COVARIATES, [4, 5]),
        (read_completeness, CURVE, [4]),
    ],
    ids=["counts", "events", "reports", "covariates", "completeness"],
)
def test_bad_rows_are_set_aside_up_to_the_number_asked_for(
    write: Callable[[str], Path], read: Callable[..., object], text: str, lines: list[int]
) -> None:
    path, notes = write(text), list[str]()
    read(path, reading=Reading(set_aside=len(lines)), notes=notes)
    said = [note for note in notes if note.startswith("Set aside: ")]
    assert [int(note.split("line ")[1].split(",")[0].split(":")[0]) for note in said] == lines
    assert all("expected" in note and "found" in note for note in said)
    with pytest.raises(InputError) as refused:
        read(path, reading=Reading(set_aside=len(lines) - 1))
    assert all(f"line {line}" in str(refused.value) for line in lines)
    with pytest.raises(InputError):
        read(path)


def test_a_row_that_repeats_a_bad_one_is_kept(write: Callable[[str], Path]) -> None:
    counts = read_counts(write(COUNTS), reading=Reading(set_aside=2))
    assert counts.array[0, 0].to_numpy()[[0, 1, 3]].tolist() == [1, 2, 4]
    assert [event.salience for event in read_events(write(EVENTS), reading=Reading(set_aside=2))] == [2, 3]


def test_a_week_left_out_of_covariates_refuses_the_file_all_the_same(write: Callable[[str], Path]) -> None:
    text = "week_start,fuel\n2024-01-01,1\n2024-01-08,x\n2024-01-15,3\n"
    with pytest.raises(InputError, match=r"line 3, column fuel(.|\n)*line 4, column week_start: expected every week"):
        read_covariates(write(text), reading=Reading(set_aside=9))


def test_a_file_of_bad_rows_alone_is_refused_however_many_may_be_set_aside(write: Callable[[str], Path]) -> None:
    for read, text in ((read_counts, "series,week_start,count\nn,2024-01-01,x\n"), (read_events, EVENTS[:101])):
        with pytest.raises(InputError, match="line 2"):
            read(write(text), reading=Reading(set_aside=99))


def test_counts_under_the_names_of_a_library_are_set_aside_too(write: Callable[[str], Path]) -> None:
    head = "unique_id,ds,y\n"
    notes: list[str] = []
    path = write(f"{head}n,2024-01-01,1\nn,2024-01-08,x\ns,2024-01-08,3\n")
    counts = read_counts(path, reading=Reading(set_aside=1), notes=notes)
    assert counts.series == ("n", "s")
    assert [note for note in notes if "line 3" in note]
