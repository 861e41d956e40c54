"""Figures of the README and of docs/drivers.md are those of this evidence and model; `make figures` makes them anew."""

import json
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPT = runpy.run_path(str(ROOT / "docs" / "figures" / "embedded_case.py"))
KEPT = json.loads((ROOT / "docs" / "figures" / "embedded_case.json").read_text("utf-8"))


def test_the_figures_are_of_this_evidence_and_this_model() -> None:
    stale = {name for name, value in SCRIPT["made_from"]().items() if KEPT[name] != value}
    assert not stale, f"{', '.join(sorted(stale))} changed: run `make figures`"


def test_the_readme_has_the_figures_as_they_were_made() -> None:
    _, part = (ROOT / "README.md").read_text("utf-8").split(SCRIPT["BEGIN"])
    assert part.split(SCRIPT["END"])[0] == KEPT["readme"]


def test_the_contrasts_of_the_ceasefire_are_of_this_evidence_and_this_model() -> None:
    kept = json.loads((ROOT / "docs" / "figures" / "driver_contrasts.json").read_text("utf-8"))
    stale = {name for name, value in SCRIPT["made_from"]().items() if kept[name] != value}
    assert not stale, f"{', '.join(sorted(stale))} changed: run `make figures`"
    _, part = (ROOT / "docs" / "drivers.md").read_text("utf-8").split(SCRIPT["BEGIN"])
    assert part.split(SCRIPT["END"])[0] == kept["table"]


def test_the_placebo_test_that_is_shipped_is_of_this_evidence_and_these_choices() -> None:
    kept = json.loads((ROOT / "data" / "embedded" / "placebo.json").read_text("utf-8"))
    asked = SCRIPT["made_from"]()["run_id"]
    assert kept["run_id"] == asked, "run `python docs/figures/driver_contrasts.py --calendars 62`"


def test_the_pictures_are_of_this_evidence_and_this_model() -> None:
    kept = json.loads((ROOT / "docs" / "pictures" / "made_from.json").read_text("utf-8"))
    stale = {name for name, value in SCRIPT["made_from"]().items() if kept[name] != value}
    assert not stale, f"{', '.join(sorted(stale))} changed: run `make pictures`"
