"""What the documents show is what the program does."""

import re
from pathlib import Path

import numpy as np
import pytest

from lull.data import calendar
from lull.data.completeness import read_completeness
from lull.data.counts import read_counts
from lull.data.covariates import read_covariates
from lull.data.events import read_events
from lull.data.importers.events import COARSE, KEPT, Selection, read_event_export
from lull.data.importers.layouts import ACLED, EXPORTS, LIST, UCDP, Layout
from lull.data.importers.weekly_sums import WeeklyChoice, read_weekly_sums
from lull.data.readers.detection import recognise
from lull.data.reports import read_reports
from lull.data.schema import InputError
from tests.test_architecture import ALLOWED

ROOT = Path(__file__).parents[1]
TEXTS = {".py", ".md", ".toml", ".html"}
DATA_PAGE = (ROOT / "docs" / "data.md").read_text("utf-8")


def example(name: str, folder: Path) -> Path:
    """Write the example that the data page shows under a file's name."""
    (block,) = re.findall(rf"```csv {re.escape(name)}\n(.*?)```", DATA_PAGE, re.DOTALL)
    path = folder / name
    path.write_text(block, "utf-8")
    return path


def test_the_example_of_weekly_counts_is_read_as_the_page_says(tmp_path: Path) -> None:
    path = example("weekly.csv", tmp_path)
    north, south = read_counts(path).array[0].to_numpy()
    np.testing.assert_array_equal(north, [3, 0, np.nan, np.nan, 2])
    np.testing.assert_array_equal(south, [np.nan, 11, np.nan, np.nan, np.nan])
    filled = read_counts(path, fill_zeros=True).array[0, 0]
    np.testing.assert_array_equal(filled, [3, 0, np.nan, 0, 2])


def test_the_example_of_reports_is_read_as_the_page_says(tmp_path: Path) -> None:
    reports = read_reports(example("reports.csv", tmp_path))
    assert [report.report_id for report in reports if report.is_rate] == ["a5"]
    assert reports[-1].rate_per == "week"


def test_the_example_of_events_is_read_as_the_page_says(tmp_path: Path) -> None:
    assert [event.is_lasting for event in read_events(example("events.csv", tmp_path))] == [False, True]


def test_the_example_of_covariates_is_read_as_the_page_says(tmp_path: Path) -> None:
    assert read_covariates(example("covariates.csv", tmp_path)).shape == (2, 3)


def test_the_example_of_completeness_is_read_as_the_page_says(tmp_path: Path) -> None:
    assert read_completeness(example("completeness.csv", tmp_path)) == (0.35, 0.7, 0.9)


@pytest.mark.parametrize(
    ("name", "layout", "pinned", "coarse"),
    [("acled.csv", ACLED, 2, 1), ("ged.csv", UCDP, 1, 1), ("list.csv", LIST, 2, 0)],
)
def test_the_examples_of_exports_are_read_as_the_page_says(
    tmp_path: Path, name: str, layout: Layout, pinned: int, coarse: int
) -> None:
    tally = read_event_export(example(name, tmp_path), layout, Selection(("Alpha",))).tally()
    assert (tally[KEPT], tally[COARSE]) == (pinned, coarse)
    assert EXPORTS[recognise(example(name, tmp_path))] == layout


def test_the_example_of_weekly_sums_is_read_as_the_page_says(tmp_path: Path) -> None:
    path = example("acled-weekly.csv", tmp_path)
    assert recognise(path) == "acled-weekly"
    counts = read_weekly_sums([path], WeeklyChoice("Red Dawn", ("Nordia",), types=("Battles",))).counts
    assert counts.array[0].to_numpy().tolist() == [[3, 0, 0], [0, 0, 4]]


def test_the_problems_that_the_page_shows_are_the_problems_told(tmp_path: Path) -> None:
    path = tmp_path / "weekly.csv"
    path.write_text("series,week_start,count\nnorth,2024-01-01,3\nnorth,2024-01-09,0\nnorth,2024-01-15,2.5\n")
    with pytest.raises(InputError) as caught:
        read_counts(path)
    assert f"```\n{caught.value}\n```" in DATA_PAGE


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("reports.csv", "report_id source published published_basis window_start window_end actor front measure count"),
        ("events.csv", "event_id date end_date kind dimension actor target salience"),
        ("weekly.csv", "series week_start count faction front"),
    ],
)
def test_every_column_is_explained(name: str, columns: str) -> None:
    section = DATA_PAGE.split(f"```csv {name}\n")[1].split("\n## ")[0]
    assert [column for column in columns.split() if f"`{column}`" not in section.split("```", 1)[1]] == []


def test_the_page_draws_the_calendar_that_the_code_draws() -> None:
    drawn = re.findall(r"^ *(Mo 16 .*|\|  origin week.*)$", calendar.__doc__ or "", re.MULTILINE)
    assert len(drawn) == 2
    assert all(line in DATA_PAGE for line in drawn)


def test_no_page_message_or_source_has_a_word_that_readers_stumbled_over() -> None:
    stumbled = re.compile(r"\btold\b|\bluck\b|can not|made again|was it right", re.IGNORECASE)
    tops = {*ALLOWED, "docs", "benchmarks", "examples", "README.md"}
    texts = [path for top in tops for path in (ROOT / top, *(ROOT / top).rglob("*")) if path.suffix in TEXTS]
    assert len(texts) > 300
    lines = ((path, line) for path in texts for line in path.read_text("utf-8").splitlines())
    assert [f"{path.relative_to(ROOT)}: {line}" for path, line in lines if stumbled.search(line)] == []


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    ]
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
