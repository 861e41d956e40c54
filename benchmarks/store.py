"""Time `lull runs --json` in a store of 10,000 runs, as a process of its own, beside a program that reads the records.

The rival is a bare Python that parses each `run.json` with the json module, compares no checksum and prints eight
entries of each. The two take turns in the same run. `first` lists a store that nobody has listed before: it reads every
record and writes the index. CPU seconds are those of the process, its start included.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from shared.figures import arguments, begin

from lull.model.runs.record import sealed
from lull.model.runs.store import RUN_FILE

RUNS, FEW = 10_000, 500
RIVAL = """
import json, os, sys
rows = []
for name in os.listdir(sys.argv[1]):
    path = os.path.join(sys.argv[1], name, "run.json")
    if os.path.exists(path):
        with open(path) as file:
            record = json.load(file)
        rows.append({key: record[key] for key in ("run_id", "as_of", "origin", "grade", "created", "status")}
            | {"used": record["evidence"]["used"], "factions": record["evidence"]["factions"]})
rows.sort(key=lambda row: row["created"], reverse=True)
print(json.dumps(rows, indent=2))
"""


def fill(folder: Path, runs: int) -> None:
    """Write so many records of 10,000 bytes each; those of the embedded case have 93,000."""
    names = [f"r{number:03d}" for number in range(50)]
    row = {"source": "An article", "first_day": "2024-01-01", "last_day": "2024-11-21", "reported": 12, "flag": False}
    row |= {"implied": 11.5, "implied_low": 8.0, "implied_high": 15.0, "residual": 0.25, "front": "a front"}
    evidence = {"kind": "reports", "factions": ["A group"], "known": 50, "used": 50, "first_day": "2023-10-17"}
    evidence |= {"last_day": "2024-12-29", "set_aside": [], "tension": [{"report_id": name} | row for name in names]}
    plan = {"evidence": {"reports": "0" * 64, "events": "1" * 64, "counts": None}, "spec": {}, "seed": 1}
    for number in range(runs):
        run_id = f"{number:016x}"
        record = {"run_id": run_id, "as_of": "2024-12-31", "origin": "2024-12-23", "grade": "good", "plan": plan}
        record |= {"created": f"2025-01-01T00:{number % 60:02d}:00+00:00", "status": "finished", "evidence": evidence}
        (folder / run_id).mkdir(parents=True)
        (folder / run_id / RUN_FILE).write_text(json.dumps(sealed(record | {"outputs": {}, "versions": {}})), "utf-8")


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Return the seconds of a command by the clock, and those of the processor."""
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    wall, after = time.perf_counter() - start, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used


def measured(folder: Path, *, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the figures of Lull and of the rival, medians of some turns."""
    lull = [str(Path(sys.executable).parent / "lull"), "runs", "--json", "--store", str(folder)]
    rival = [sys.executable, "-c", RIVAL, str(folder)]
    first = timed(lull)
    turns = [(timed(lull), timed(rival)) for _ in range(rounds)]
    ours, theirs = zip(*turns, strict=True)
    figures = {"first_s": first[0], "first_cpu_s": first[1], **_medians(ours)}
    other = _medians(theirs)
    return figures, other | {"ratio": statistics.median(other[1] / own[1] for own, other in turns)}


def _medians(turns: Sequence[tuple[float, float]]) -> dict[str, float]:
    walls, used = zip(*turns, strict=True)
    return {"list_s": statistics.median(walls), "list_cpu_s": statistics.median(used)}


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each; the median is printed")
    options = parser.parse_args()
    measurement = begin("store", options)
    runs = FEW if options.quick else RUNS
    with tempfile.TemporaryDirectory() as place:
        fill(Path(place), runs)
        time.sleep(3)  # the index holds for records that have settled
        lull, rival = measured(Path(place), rounds=options.rounds)
    measurement.publish({"runs": runs} | lull, {"json of every record": rival})


if __name__ == "__main__":
    main()
