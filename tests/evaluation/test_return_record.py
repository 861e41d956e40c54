"""How returns are learned: the numbers that made them come back, and the table keeps them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lull.cli import lull
from lull.data.learned.returns import FILE, Returns, shipped_returns
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError
from lull.data.settings import LEARNED
from lull.evaluation.return_record import FEWEST, learn_returns
from lull.model.spec import Priors

RATE, HALF_LIFE, SPREAD = 0.6, 7.0, 0.6


@pytest.fixture(scope="module")
def histories() -> list[np.ndarray]:
    """Actors of 2 to 30 attacks a week for half a year, a silence, and seven weeks at the rate of the return."""
    rng = np.random.default_rng(2)
    return [history(rng) for _ in range(900)]


def history(rng: np.random.Generator) -> np.ndarray:
    log_rate, weeks = rng.uniform(0.5, 3.4), int(rng.geometric(0.1))
    kept = 1 / (1 + (weeks / HALF_LIFE) ** 4)
    back = log_rate - (1 - kept) * max(log_rate - np.log(RATE), 0) + SPREAD * np.sqrt(1 - kept**2) * rng.normal()
    before = np.concatenate([rng.poisson(np.exp(log_rate), 25), [1]])
    return np.concatenate([before, np.zeros(weeks), [1], rng.poisson(np.exp(back), 7)]).astype(float)


def test_the_numbers_that_made_the_returns_come_back(histories: list[np.ndarray]) -> None:
    learned = learn_returns(histories, source="made up")
    assert learned is not None
    assert learned.rate == pytest.approx(RATE, rel=0.2)
    assert learned.half_life == pytest.approx(HALF_LIFE, rel=0.1)
    assert learned.sd == pytest.approx(SPREAD, rel=0.2)
    assert learned.actors == 900
    assert learned.returns >= 900


def test_a_belief_draws_them_to_itself_and_few_returns_teach_nothing(histories: list[np.ndarray]) -> None:
    some = histories[:120]
    alone, drawn = (learn_returns(some, source="", around=each) for each in (None, shipped_returns()))
    assert alone is not None
    assert drawn is not None
    believed = shipped_returns()
    assert believed.rate < drawn.rate < alone.rate
    assert alone.sd < drawn.sd < believed.sd
    assert learn_returns(histories[: FEWEST // 4], source="") is None
    holed = [np.where(np.arange(each.size) == 20, np.nan, each) for each in some]
    assert learn_returns(holed, source="") is None


def test_the_table_comes_back_as_written_and_another_is_refused(tmp_path: Path) -> None:
    shipped_returns().write(tmp_path / "again.csv")
    shipped = embedded_file(FILE).read_text()
    assert Returns.read(tmp_path / "again.csv") == shipped_returns()
    for content, expected in (
        ("quantity,value\nrate,1\n", "the quantities rate, half_life, sd"),
        (shipped.replace("0.35", "much"), "a number as value"),
        (shipped.replace("0.35", "-1"), "values above 0"),
    ):
        (tmp_path / "other.csv").write_text(content)
        with pytest.raises(InputError, match=expected):
            Returns.read(tmp_path / "other.csv")


@pytest.mark.integration
def test_what_is_learned_is_what_a_fit_believes(
    histories: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Priors()
    assert (usual.return_rate, usual.return_half_life, usual.return_sd) == (0.35, 5.0, 0.8)
    result = learned_by_command(histories[:200], tmp_path)
    assert result(["--returns", "--source", "made up"]) == 0
    monkeypatch.setenv(LEARNED, str(tmp_path / "out"))
    own, table = Priors(), Returns.read(tmp_path / "out" / FILE)
    assert (own.return_rate, own.return_half_life, own.return_sd) == (table.rate, table.half_life, table.sd)
    assert table.half_life != 5.0
    assert table.source == "made up"


def test_too_few_returns_are_refused_by_the_command(histories: list[np.ndarray], tmp_path: Path) -> None:
    assert learned_by_command(histories[:5], tmp_path)(["--returns"]) == 2
    assert not (tmp_path / "out").exists()


def learned_by_command(histories: list[np.ndarray], folder: Path) -> Callable[[list[str]], int]:
    """Return a call of `lull learn` on series that are kept as a file; it returns the exit code."""
    rows = ["series,week_start,count"]
    for number, counts in enumerate(histories):
        weeks = np.datetime64("2020-01-06") + 7 * np.arange(counts.size)
        rows += [f"s{number},{week},{int(count)}" for week, count in zip(weeks, counts, strict=True)]
    (folder / "own.csv").write_text("\n".join(rows) + "\n", "utf-8")
    words = ["learn", "--counts", str(folder / "own.csv"), "--fill-zeros", "--out", str(folder / "out")]
    return lambda more: CliRunner().invoke(lull, [*words, *more]).exit_code
