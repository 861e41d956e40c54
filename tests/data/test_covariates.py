"""Covariates of the user's own: a number in every week, or a problem that says which week."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.calendar import weeks_ahead
from lull.data.covariates import read_covariates
from lull.data.schema import InputError

MONDAY = np.datetime64("2024-01-01")
numbers = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("covariates") / "covariates.csv"


@given(rows=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6), data=st.data())
def test_what_is_written_is_read_back_in_any_order_of_rows(
    file: Path, rows: list[tuple[float, float]], data: st.DataObject
) -> None:
    weeks = weeks_ahead(MONDAY, len(rows))
    lines = [f"{week},{one!r},{other!r}\n" for week, (one, other) in zip(weeks, rows, strict=True)]
    file.write_text("week_start,price,visits\n" + "".join(data.draw(st.permutations(lines))))
    found = read_covariates(file)
    assert found.dims == ("covariate", "week")
    assert found["covariate"].to_numpy().tolist() == ["price", "visits"]
    np.testing.assert_array_equal(found.to_numpy().T, np.array(rows))
    np.testing.assert_array_equal(found["week"], weeks)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("week_start\n2024-01-01\n", "line 1: expected a column next to week_start, found none"),
        ("price\n1\n", "expected a column 'week_start', found none of that name"),
        ("week_start,price\n2024-01-01,\n", "line 2, column price: expected a number, found an empty cell"),
        ('week_start,price\n2024-01-01,"1,5"\n', "found '1,5'. Write decimals with a point."),
        ("week_start,price\n2024-01-01,nan\n", "expected a number, found 'nan'"),
        ("week_start,price\n2024-01-01,1e999\n", "expected a number, found '1e999'"),
        ("week_start,price\n2024-01-02,1\n", "line 2, column week_start: expected a Monday"),
        ("week_start,price\n2024-01-01,1\n2024-01-22,2\n", "line 3, column week_start: .* 2024-01-22 after 2024-01-01"),
        ("week_start,price\n2024-01-01,1\n2024-01-01,2\n", "line 3, column week_start: expected each week once"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_reported_with_its_place(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        read_covariates(file)


def test_a_wrong_date_is_not_reported_as_a_gap(file: Path) -> None:
    file.write_text("week_start,price\n2024-01-01,1\nsoon,x\n2024-01-08,2\n")
    with pytest.raises(InputError) as caught:
        read_covariates(file)
    assert [problem.found for problem in caught.value.problems] == ["'soon'", "'x'"]


@given(content=st.binary(max_size=200))
def test_no_bytes_give_anything_but_covariates_or_an_input_error(file: Path, content: bytes) -> None:
    file.write_bytes(b"week_start,price\n" + content)
    try:
        found = read_covariates(file)
    except InputError as error:
        assert error.problems  # noqa: PT017 - both outcomes are right; this one has to say what is wrong
    else:
        assert np.isfinite(found.to_numpy()).all()


def test_a_table_of_very_many_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(
        "week_start," + ",".join(f"c{number}" for number in range(5_000)) + "\n2024-01-01" + ",1" * 5_000 + "\n"
    )
    with pytest.raises(InputError, match="expected at most 1,000 covariates, found 5,000"):
        read_covariates(path)
