"""Names and pins of runs: kept beside the runs, one pin at most, nothing left of a run that is gone."""

import pytest

from lull.data.schema import InputError
from lull.model.runs.labels import FOLDER, Label, forget_run, labels, name_run, pin_run
from lull.model.runs.store import Store


def test_a_run_has_a_name_and_one_run_at_most_is_pinned(store: Store) -> None:
    name_run(store, "aaaa", "  The main   case ")
    pin_run(store, "aaaa", pinned=True)
    pin_run(store, "bbbb", pinned=True)
    assert labels(store) == {"aaaa": Label("The main case"), "bbbb": Label("", pinned=True)}
    pin_run(store, "aaaa", pinned=False)
    assert labels(store)["bbbb"].pinned, "to unpin one leaves another pinned"
    name_run(store, "aaaa", "")
    forget_run(store, "bbbb")
    assert labels(store) == {}
    assert list((store.folder / FOLDER).iterdir()) == []


def test_a_name_that_is_too_long_is_refused_and_a_broken_note_is_none(store: Store) -> None:
    with pytest.raises(InputError, match="at most 60 characters, found 61 characters"):
        name_run(store, "aaaa", "x" * 61)
    name_run(store, "aaaa", "x" * 60)
    (store.folder / FOLDER / "aaaa.json").write_text("{")
    assert labels(store) == {}
