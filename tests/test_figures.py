"""The README's figures are those of the evidence and the model of this tree; `make figures` makes them anew."""

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
