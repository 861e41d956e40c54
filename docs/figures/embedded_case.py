"""`make figures`: run `lull forecast`, and put what it says of the embedded case into the README and beside this file.

`tests/test_figures.py` compares both with the tree, so that figures of older evidence or of another model fail.
"""

import ast
import json
import subprocess
import sys
import textwrap
from hashlib import sha256
from pathlib import Path

from lull.data.evidence import embedded_evidence
from lull.data.files import whole_file, write_json
from lull.model.fitting.fit import FitPlan
from lull.model.runs.store import content_id

ROOT = Path(__file__).resolve().parents[2]
README, FIGURES = ROOT / "README.md", ROOT / "docs" / "figures" / "embedded_case.json"
BEGIN, END = "<!-- made by `make figures` -->\n", "<!-- end of what `make figures` made -->"
FIRST, LAST = "Series israel", "Chance of a resumption"
WIDTH = 118  # of a line of the README
READ = ("baseline", "ceasefire-collapses")


def made_from() -> dict[str, str]:
    """Return what decides the figures: evidence and choices, and the code of the model, whatever its comments say."""
    code = "".join(ast.unparse(ast.parse(path.read_text("utf-8"))) for path in sorted(ROOT.glob("model/**/*.py")))
    asked = {name: part for name, part in FitPlan(embedded_evidence()).identity().items() if name != "code"}
    return {"run_id": content_id(asked), "model": sha256(code.encode()).hexdigest()}


def excerpt(page: str, document: dict[str, object]) -> str:
    """Return the README's part: the answer in short, one table, and how to read it."""
    short = page.split("In short\n")[1].split("\nEvidence", maxsplit=1)[0]
    series = page[page.index(FIRST) :].split(LAST, maxsplit=1)[0]
    lines = [line.rstrip() for line in f"In short\n{short}\n{series}".rstrip().splitlines()]
    return f"\n```\n{'\n'.join(lines)}\n```\n\n{_reading(document)}\n\n"


def _reading(document: dict[str, object]) -> str:
    """Return the sentence that reads one difference out."""
    rows = document["chances"]
    assert isinstance(rows, list)
    base, moved = (
        next(
            row
            for row in rows
            if (row["asked"], row["scenario_id"], row["series"], row["horizon"]) == ("any attack", name, "israel", 4)
        )
        for name in READ
    )
    low, high = 100 * moved["difference_low"], 100 * moved["difference_high"]
    words = (
        f"Read: the ceasefire's collapse in the second week ahead would move the chance of an attack by {base['by']} "
        f"from {100 * base['probability']:.0f} to {100 * moved['probability']:.0f} per cent; the 90 % interval of that "
        f"difference is {low:+.0f} to {high:+.0f} points, for three recorded pauses teach little about a driver. "
        "The page also says how much of each driver is data and how much is prior belief."
    )
    return textwrap.fill(words, WIDTH)


def main() -> None:
    """Run the command, and write the README's part and the JSON."""
    command = [str(Path(sys.executable).with_name("lull")), "forecast", *sys.argv[1:]]
    page, document = (
        subprocess.run([*command, *more], check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own command
        for more in ([], ["--json"])
    )
    part = excerpt(page, json.loads(document))
    head, rest = README.read_text("utf-8").split(BEGIN)
    with whole_file(README) as scratch:
        scratch.write_text(f"{head}{BEGIN}{part}{END}{rest.split(END)[1]}", encoding="utf-8")
    write_json(FIGURES, made_from() | {"readme": part})


if __name__ == "__main__":
    main()
