"""A benchmark keeps figures of whole sizes on a quiet machine, and no others."""

import argparse
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NEEDED = {"benchmark", "machine", "date", "commit", "load", "lull", "rivals"}
PROGRAMS = (
    "batch",
    "browser",
    "crowd",
    "drivers",
    "importing",
    "questions",
    "sampler",
    "scaling",
    "start",
    "store",
    "whatif",
)


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    module = importlib.import_module("shared.figures")
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    return module


def asked(module: ModuleType, *options: str) -> argparse.Namespace:
    found: argparse.Namespace = module.arguments("Something.").parse_args(options)
    return found


def loaded(module: ModuleType, monkeypatch: pytest.MonkeyPatch, *loads: float) -> None:
    left = list(loads)
    monkeypatch.setattr(module.os, "getloadavg", lambda: (left.pop(0) if len(left) > 1 else left[0], 0.0, 0.0))
    monkeypatch.setattr(module.time, "sleep", lambda _: None)


def test_figures_of_a_quiet_machine_are_printed_and_kept(
    figures: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    loaded(figures, monkeypatch, 0.7)
    figures.begin("one", asked(figures, "--json")).publish({"median_ms": 2.0}, {"other": {"ratio": 3.0}}, sizes=[1])
    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == NEEDED | {"sizes"}
    assert printed["load"] == 0.7
    assert json.loads((tmp_path / "one.json").read_text()) == printed


def test_on_a_busy_machine_nothing_is_measured(
    figures: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded(figures, monkeypatch, 1.6)
    with pytest.raises(SystemExit) as end:
        figures.begin("one", asked(figures))
    assert end.value.code == 1
    assert "load of this machine is 1.6" in capsys.readouterr().err


@pytest.mark.parametrize(("load", "option"), [(9.0, "--at-any-load"), (0.1, "--at-any-load"), (0.1, "--quick")])
def test_what_is_no_figure_is_printed_alone(  # noqa: PLR0917 - fixtures
    load: float,
    option: str,
    figures: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    loaded(figures, monkeypatch, load)
    figures.begin("one", asked(figures, option)).publish({}, {})
    assert json.loads(capsys.readouterr().out)["benchmark"] == "one"
    assert not list(tmp_path.iterdir())


def test_a_part_of_a_benchmark_is_not_kept(
    figures: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loaded(figures, monkeypatch, 0.1)
    figures.begin("one", asked(figures)).publish({}, {}, whole=False)
    assert not list(tmp_path.iterdir())


def test_it_waits_until_the_machine_is_quiet(figures: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(figures, monkeypatch, 3.0, 2.0, 1.0)
    assert figures.begin("one", asked(figures, "--wait", "60")).load == 1.0


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_begins_and_publishes_in_the_one_way(program: str) -> None:
    text = (BENCHMARKS / f"{program}.py").read_text()
    assert "from shared.figures import arguments, begin" in text
    assert f'begin("{program}' in text or program == "whatif"
    assert "measurement.publish(" in text
    assert "json.dumps" not in text or program in {"start", "store", "scaling"}  # for a child that is read or measured


def test_the_table_has_a_line_a_figure(figures: ModuleType) -> None:
    del figures
    table = importlib.import_module("shared.table")
    found = {"benchmark": "one", "load": 0.5, "date": "2026-01-01", "commit": "abc", "lull": {"median_ms": 2.0}}
    lines = list(table.rows(found | {"rivals": {"other": {"median_ms": 5.0, "ratio": 2.5}}}))
    assert lines == [
        "| `one` | median_ms | 2 | other 5 | 0.5 | 2026-01-01 | abc |",
        "| `one` | times better than | | other 2.5 | 0.5 | 2026-01-01 | abc |",
    ]
    assert table.with_table((BENCHMARKS / "README.md").read_text(), lines).count("\n| `one`") == 2
