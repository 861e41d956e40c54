"""The table of effects: what it holds, what a wrong one is told, and which one is in use."""

from pathlib import Path

import pytest

from lull.data.learned.effects import COLUMNS, Effects, recorded_effects, shipped_effects
from lull.data.learned.tables import learned_identity
from lull.data.schema import InputError
from lull.data.settings import LEARNED
from lull.model.spec import RECORDS, TRANSFER, Priors, beliefs_by_hand, record_of

HEADING = ",".join(COLUMNS)
ROW = "ceasefire,written,halting,1,52,0.5,0.3,0.2,20,100,somewhere"


def write(folder: Path, *rows: str, heading: str = HEADING) -> Path:
    path = folder / "effects.csv"
    path.write_text("\n".join([heading, *rows]) + "\n", "utf-8")
    return path


def test_a_table_is_written_as_it_is_read(tmp_path: Path) -> None:
    shipped_effects().write(tmp_path / "again.csv")
    assert Effects.read(tmp_path / "again.csv") == shipped_effects()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW.replace("halting", "stopping"), "expected a mechanism of halting, resumption, intensity"),
        (ROW.replace("0.3", "-0.3"), "spread and se from 0 up"),
        (ROW.replace("52", "many"), "row 2: expected whole weeks and cases"),
        ("ceasefire", "row 2: expected whole weeks and cases"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Effects.read(write(tmp_path, row))


def test_another_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`lull learn --events` makes the table"):
        Effects.read(write(tmp_path, heading="a,b"))


def test_a_type_without_a_row_takes_that_of_any_type() -> None:
    effects = shipped_effects()
    assert effects.of("ceasefire", "no such type", "halting", (1, 52)) == effects.of(
        "ceasefire", "", "halting", (1, 52)
    )
    assert effects.of("volcano", "", "halting", (1, 52)) is None


def test_every_driver_has_a_belief_on_every_mechanism_and_it_is_that_of_the_record() -> None:
    beliefs = {"halting": Priors().halt_effect, "resumption": Priors().resumption_effect}
    beliefs["intensity"] = Priors().intensity_effect
    for mechanism, table in beliefs.items():
        assert table.keys() == RECORDS.keys()
        for driver, belief in table.items():
            record = record_of(driver, mechanism)
            assert record is not None
            assert belief.mean == record.mean
            widened = record.spread * (TRANSFER if record.cases else 1.0)
            assert belief.sd == pytest.approx((widened**2 + record.se**2) ** 0.5, abs=1e-4)


def test_what_no_record_teaches_is_centred_at_zero_and_says_so() -> None:
    for driver in ("deterrence", "pressure", "mobilisation"):
        record = record_of(driver, "resumption")
        assert record is not None
        assert (record.mean, record.cases, record.source) == (0.0, 0, "no record: centred at 0")
        assert Priors().resumption_effect[driver].sd >= 0.7


def test_the_record_says_of_written_ceasefires_what_the_field_expects() -> None:
    priors = Priors()
    assert priors.halt_effect["ceasefire"].mean > 0.2
    assert priors.resumption_effect["ceasefire"].mean < -0.1
    assert beliefs_by_hand().resumption_effect["ceasefire"].mean == -0.3


def test_effects_of_ones_own_are_in_use_where_the_folder_has_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEARNED, str(tmp_path))
    assert recorded_effects() == shipped_effects()
    assert "effects.csv" not in learned_identity()
    write(tmp_path, ROW)
    assert recorded_effects().of("ceasefire", "written", "halting", (1, 52)) is not None
    assert len(recorded_effects().rows) == 1
    assert "effects.csv" in learned_identity()
