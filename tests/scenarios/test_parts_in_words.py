"""The parts of a difference in words: record, data and belief by name, nothing said to cause anything."""

from lull.model.runs.store import Store
from lull.scenarios.language.standard import standard_request
from lull.scenarios.presentation.rows import SPLIT, split_rows
from lull.scenarios.presentation.wording import parts_in_points, parts_sentence
from lull.scenarios.results.document import DifferenceParts, ForecastDocument
from lull.scenarios.results.forecast_cache import find_kept

PARTS = DifferenceParts(
    assumed=0.0, belief=0.01, record=-0.08, data=0.0, before=-0.07, before_low=-0.2, before_high=0.02
)


def with_parts(document: ForecastDocument, parts: DifferenceParts) -> ForecastDocument:
    """Return a document whose differences all have the same parts, but for the baseline's."""
    rows = [
        row if row.scenario_id == "baseline" else row.model_copy(update={"parts": parts}) for row in document.chances
    ]
    return ForecastDocument.model_validate(document.model_dump() | {"chances": [row.model_dump() for row in rows]})


def test_parts_are_named_and_what_a_scenario_sets_is_said_where_it_sets_something() -> None:
    assert parts_in_points(PARTS) == "−8 / 0 / +1"
    assert parts_in_points(PARTS.model_copy(update={"assumed": 0.2})) == "−8 / 0 / +1 / +20 set"
    said = parts_sentence(PARTS)
    assert "−8 points come from what followed such events elsewhere (record)" in said
    assert "Before these data it was −7 points [−20, +2]." in said
    assert "what the scenario itself sets" not in said
    assert "because" not in said + SPLIT


def test_a_row_of_parts_for_each_scenario_that_differs(answered_store: Store) -> None:
    (run,) = answered_store.runs()
    kept = find_kept(run, standard_request(run))
    assert kept is not None
    document = kept.document()
    assert split_rows(document, "any attack", "israel") == []  # no prior of its drivers is on record
    rows = split_rows(with_parts(document, PARTS), "any attack", "israel")
    differing = [one.title for one in document.scenarios[1:] if one.departs is not None]
    assert [row["scenario"] for row in rows] == differing
    assert all(set(list(row.values())[1:]) == {"−8 / 0 / +1"} for row in rows)
