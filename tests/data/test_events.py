"""Events: what a row may say, what is reported of a wrong one, and the embedded file as a whole."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lull.data.event_kinds import DIMENSIONS, ENDS, KINDS, LASTING, TYPES
from lull.data.events import Event, check_series, drivers_of, known_at, read_events
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError
from lull.model.fitting.covariates import from_events

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
    kind, last = draw(st.sampled_from(KINDS)), draw(st.sampled_from([None, end]))
    ends = [""] if kind not in LASTING else ["", "unknown"] if last is None else ["", *ENDS]
    return Event(
        event_id=draw(names),
        date=begin,
        end_date=last,
        kind=kind,
        type=draw(st.sampled_from(["", *TYPES.get(kind, ())])),
        series=draw(texts),
        end=draw(st.sampled_from(ends)),
        endogenous=draw(st.booleans()),
        coded=draw(st.sampled_from([None, end])),
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
        ("dimension", "weather", "Known: agreement, agreement_process, ceasefire, ceasefire_holiday,"),
        ("salience", "0", "expected a salience from 1 to 5, found 0."),
        ("salience", "6", "expected a salience from 1 to 5, found 6."),
        ("salience", "high", "expected a whole number from 0 up, found 'high'."),
        ("kind", "", "expected a text, found an empty cell."),
        ("kind", "ceasfire", "found 'ceasfire'. Did you mean 'ceasefire'?"),
        ("kind", "leader_kiled", "Did you mean 'leader_killed'?"),
        ("type", "writen", "found 'writen'. Did you mean 'written'?"),
        ("end", "ran out", "found 'ran out'. Did you mean 'ran_out'?"),
        ("endogenous", "maybe", "expected true or false, found 'maybe'."),
        ("coded", "soon", "expected a date as YYYY-MM-DD, found 'soon'."),
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
    known = known_at(written, as_of)
    begun = [event for event in written if event.date <= as_of and (event.coded or event.date) <= as_of]
    assert [event.event_id for event in known] == [event.event_id for event in begun]


def one(**cells: object) -> Event:
    return Event.model_validate({"event_id": "e1", "date": "2024-01-08", "kind": "ceasefire", "actor": "A", **cells})


def test_that_a_state_will_be_broken_off_is_not_known_before() -> None:
    broken = one(end_date="2024-03-04", end="broken_off")
    assert known_at([broken], date(2024, 2, 1))[0].end == "unknown"
    assert known_at([broken], date(2024, 2, 1))[0].end_date is None
    assert known_at([broken], date(2024, 3, 4)) == (broken,)
    agreed = one(end_date="2024-03-04", end="ran_out")
    assert known_at([agreed], date(2024, 2, 1)) == (agreed,)


def test_the_driver_follows_from_kind_and_type_unless_the_file_names_one() -> None:
    assert one(type="verbal").dimension == "ceasefire_verbal"
    assert one(type="written").dimension == one().dimension == "ceasefire"
    assert one(kind="leader_killed").dimension == "leader_removed"
    assert one(kind="leader_killed").kind == "leader_removed"
    assert one(kind="condemnation", dimension="mobilisation").dimension == "mobilisation"
    assert [one(kind="patron", type=how).dimension for how in ("restraint", "abandonment", "")] == ["patron"] * 3
    assert one(kind="patron", type="support").dimension == "mobilisation"


def test_own_acts_and_the_events_of_other_series_are_no_drivers() -> None:
    own, said_otherwise = one(kind="own_act"), one(kind="own_act", endogenous="false")
    assert own.endogenous
    assert not said_otherwise.endogenous
    there, everywhere = one(series="north"), one(kind="strike")
    assert drivers_of([own, there, everywhere], ["south"]) == (everywhere,)
    assert drivers_of([own, there, everywhere], ["north"]) == (there, everywhere)
    assert drivers_of([own, there, everywhere], ["north", "south"]) == (there, everywhere)


def test_an_event_of_a_series_that_is_not_there_is_refused_with_the_near_one() -> None:
    with pytest.raises(InputError, match=r"events.csv, event e1: .* found 'nroth'. Did you mean 'north'"):
        check_series([one(series="nroth")], ["north", "south"], "events.csv")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"kind": "strike", "end": "ran_out"}, "expected an end of ceasefire, agreement, declared_halt"),
        ({"end": "broken_off"}, "expected the last day of what is broken_off, found an empty cell"),
        ({"kind": "strike", "type": "written"}, "expected no type for strike, found 'written'"),
    ],
)
def test_columns_that_do_not_fit_together_are_reported(cells: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        one(**cells)


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
    assert len(found) == 65
    drivers = drivers_of(found, ("israel", "us_forces"))
    assert Counter(event.dimension for event in drivers) == {
        "mobilisation": 15,
        "deterrence": 14,
        "leader_removed": 3,
        "pressure": 8,
        "patron": 2,
        "ceasefire": 2,
        "declared_halt": 1,
    }
    assert {event.event_id for event in found if event.is_lasting} == {"e007", "e008", "e015", "e028", "e051"}


def test_own_acts_and_the_agreement_to_stop_drive_nothing_and_the_declared_halt_is_in_force() -> None:
    found = {event.event_id: event for event in read_events(embedded_file("events.csv"))}
    own = [name for name, event in found.items() if event.endogenous]
    assert {"e003", "e018", "e030", "e058", "e059"} <= set(own)
    assert all(not event.endogenous for event in found.values() if event.kind != "own_act" and event.kind in TYPES)
    assert found["e061"].is_open


def test_every_mechanism_that_the_article_names_has_its_event_and_kind() -> None:
    found = [event for event in read_events(embedded_file("events.csv")) if not event.endogenous]
    named = {(event.kind, event.type) for event in found}
    assert {("patron", "restraint"), ("patron", "abandonment"), ("condemnation", ""), ("pressure", "")} <= named
    assert {("leader_removed", "killed"), ("declared_halt", ""), ("ceasefire", "written"), ("regional", "")} <= named
    assert any(event.kind == "threat" and "coalition" in event.actor for event in found)
    assert all(event.url for event in found)


def test_a_truce_in_gaza_while_that_of_lebanon_holds_is_a_second_ceasefire() -> None:
    first, last = np.datetime64("2024-12-02"), np.datetime64("2025-02-03")
    lebanon = one(date="2024-11-27", end_date="2025-01-26", actor="Israel and Hezbollah", target="Lebanon")
    gaza = one(date="2025-01-06", end_date="2025-01-19", actor="Israel and Hamas", target="Gaza")
    again = one(date="2025-01-06", end_date="2025-01-19", actor="Israel and Hezbollah", target="Lebanon")

    def in_force(*events: Event) -> list[float]:
        covariates = from_events(events, first, last)
        return covariates.array.sel(covariate="ceasefire").to_numpy().tolist()

    assert in_force(lebanon) == in_force(lebanon, again) == [1.0] * 8 + [0.0, 0.0]
    assert in_force(lebanon, gaza) == [1.0] * 5 + [2.0, 2.0] + [1.0, 0.0, 0.0]


def test_the_embedded_ceasefire_is_known_with_its_agreed_end() -> None:
    known = known_at(read_events(embedded_file("events.csv")), date(2024, 12, 31))
    assert len(known) == 64
    (truce,) = (event for event in known if event.event_id == "e051")
    assert truce.end_date == date(2025, 1, 26)
