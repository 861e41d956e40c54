"""The timeline on a screen: rows that no scenario moves are a set of their own, and each layer reads its set."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from lull.pages.pictures.timeline import MOVING, STAYING, parted, parted_spec
from lull.scenarios.presentation.curves import BASELINE, MARK, PAST, SCENARIO
from lull.scenarios.timeline.picture import Bands, timeline_spec
from lull.scenarios.timeline.rows import DRIVER, EVENT, POINTER, PUSHED, TIMELINE

LINES = (PAST, BASELINE, SCENARIO, DRIVER, PUSHED, EVENT, POINTER, MARK)
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
    sets = {name: set(rows.column("line").to_pylist()) for name, rows in parted(table).items()}
    assert sets == {STAYING: {PAST, BASELINE, DRIVER}, MOVING: {SCENARIO, PUSHED, EVENT, POINTER, MARK}}
    read = set(leaves(parted_spec(BANDS), ""))
    assert read == {(f"datum.line === '{line}'", name) for name, lines in sets.items() for line in lines}


def test_the_picture_itself_is_left_as_it_was() -> None:
    parted_spec(BANDS)
    assert "data" not in timeline_spec(BANDS)
    assert {name for _, name in leaves(timeline_spec(BANDS), "")} == {""}
