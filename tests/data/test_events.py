"""Events: what a row may say, what is reported of a wrong one, and the embedded file as a whole."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lull.data.events import DIMENSIONS, Event, known_at, read_events
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError

ROW = {
    "event_id": "e1",
    "date": "2024-11-27",
    "end_date": "2025-01-26",
    "kind": "ceasefire",
    "dimension": "ceasefire",
    "actor": "Two parties",
    "target": "",
    "salience": "5",
    "url": "",
    "note": "",
}
days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20).map(str.strip)
names = texts.filter(bool)


@st.composite
def events(draw: st.DrawFn) -> Event:
    begin, end = sorted(draw(st.tuples(days, days)))
    return Event(
        event_id=draw(names),
        date=begin,
        end_date=draw(st.sampled_from([None, end])),
        kind=draw(names),
        dimension=draw(st.sampled_from(DIMENSIONS)),
        actor=draw(names),
        target=draw(texts),
        salience=draw(st.integers(1, 5)),
        url=draw(texts),
        note=draw(texts),
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events") / "events.csv"


def write(path: Path, *rows: dict[str, object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@given(st.lists(events(), min_size=1, max_size=5, unique_by=lambda event: event.event_id))
def test_what_is_written_is_read_back(file: Path, written: list[Event]) -> None:
    assert read_events(write(file, *(event.model_dump() for event in written))) == tuple(written)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("date", "tomorrow", "expected a date as YYYY-MM-DD, found 'tomorrow'."),
        ("end_date", "2024-11-26", "expected a day from date 2024-11-27 on, found 2024-11-26."),
        ("end_date", "2025-1", "expected a date as YYYY-MM-DD, found '2025-1'."),
        ("dimension", "mobilization", "found 'mobilization'. Did you mean 'mobilisation'?"),
        ("dimension", "weather", "Known: ceasefire, deterrence, mobilisation, pressure."),
        ("salience", "0", "expected a salience from 1 to 5, found 0."),
        ("salience", "6", "expected a salience from 1 to 5, found 6."),
        ("salience", "high", "expected a whole number from 0 up, found 'high'."),
        ("kind", "", "expected a text, found an empty cell."),
    ],
)
def test_a_wrong_cell_is_reported_with_its_line_and_column(file: Path, column: str, cell: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_events(write(file, ROW | {column: cell}))
    (reported,) = (str(problem) for problem in caught.value.problems)
    assert reported.startswith(f"events.csv:line 2, column {column}: ")
    assert message in reported


def test_an_event_given_twice_is_reported(file: Path) -> None:
    with pytest.raises(InputError, match="line 3, column event_id: expected each event_id once, found 'e1' again"):
        read_events(write(file, ROW, ROW))


def test_an_event_lasts_if_it_has_an_end(file: Path) -> None:
    lasting, impulse = read_events(write(file, ROW, ROW | {"event_id": "e2", "end_date": ""}))
    assert lasting.is_lasting
    assert not impulse.is_lasting


def test_a_record_made_in_python_is_checked_as_well() -> None:
    with pytest.raises(ValidationError, match="expected a salience from 1 to 5"):
        Event(**(ROW | {"salience": 9}))


@given(st.lists(events(), max_size=8), days)
def test_known_are_the_events_that_have_begun(written: list[Event], as_of: date) -> None:
    assert known_at(written, as_of) == tuple(event for event in written if not event.date > as_of)


@given(content=st.binary(max_size=300), column=st.sampled_from(sorted(ROW)))
def test_no_bytes_in_a_cell_give_anything_but_events_or_an_input_error(file: Path, content: bytes, column: str) -> None:
    write(file, ROW | {column: "HERE"})
    file.write_bytes(file.read_bytes().replace(b"HERE", content))
    try:
        found = read_events(file)
    except InputError as error:
        assert error.problems  # noqa: PT017 - both outcomes are right; this one has to say what is wrong
    else:
        assert all(1 <= event.salience <= 5 for event in found)


def test_the_embedded_events_are_all_there() -> None:
    found = read_events(embedded_file("events.csv"))
    assert len(found) == 60
    assert Counter(event.dimension for event in found) == {
        "mobilisation": 31,
        "deterrence": 17,
        "pressure": 9,
        "ceasefire": 3,
    }
    assert {event.event_id for event in found if event.is_lasting} == {"e007", "e008", "e015", "e028", "e051"}


def test_the_embedded_ceasefire_is_known_with_its_agreed_end() -> None:
    known = known_at(read_events(embedded_file("events.csv")), date(2024, 12, 31))
    assert len(known) == 59
    (truce,) = (event for event in known if event.event_id == "e051")
    assert truce.end_date == date(2025, 1, 26)
