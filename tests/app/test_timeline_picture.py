"""The timeline on a screen: rows that no scenario moves are a set of their own, and each layer reads its set."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from lull.pages.pictures.timeline import LINES, parted, parted_spec
from lull.scenarios.presentation.curves import PAST
from lull.scenarios.timeline.picture import Bands, timeline_spec
from lull.scenarios.timeline.rows import EVENT, TIMELINE

BANDS = Bands(("pressure", "scheduled"), ("pressure",), alone=False)


def leaves(part: Mapping[str, Any], data: str) -> Iterator[tuple[str, str]]:
    """Yield the filter of each layer of a picture with the set that it reads."""
    data = part.get("data", {}).get("name", data)
    if "mark" in part:
        yield part["transform"][0]["filter"], data
    for layer in part.get("layer", ()):
        yield from leaves(layer, data)


def test_every_layer_reads_the_set_that_has_its_rows() -> None:
    table = pa.Table.from_pylist([{"line": line} for line in LINES], schema=TIMELINE)
    assert {name: rows.column("line").to_pylist() for name, rows in parted(table).items()} == {
        line: [line] for line in LINES
    }
    assert set(leaves(parted_spec(BANDS), "")) == {(f"datum.line === '{line}'", line) for line in LINES}


def test_a_set_has_the_columns_that_its_rows_fill() -> None:
    table = pa.Table.from_pylist([{"line": PAST, "median": 1.0}, {"line": EVENT, "what": "a truce"}], schema=TIMELINE)
    sets = parted(table)
    assert set(sets[PAST].column_names) == {"line", "median"}
    assert set(sets[EVENT].column_names) == {"line", "what"}
    assert all(rows.num_rows == 0 for line, rows in sets.items() if line not in {PAST, EVENT})


def test_the_picture_itself_is_left_as_it_was() -> None:
    parted_spec(BANDS)
    assert "data" not in timeline_spec(BANDS)
    assert {name for _, name in leaves(timeline_spec(BANDS), "")} == {""}
