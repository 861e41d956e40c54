"""Time the import of 300,000 rows: ACLED-shaped, GED-shaped and weekly sums, made here, to weekly counts on the disk.

Each import is the command in a process of its own, so that the figures are what a user waits for and needs: the wall
clock, the seconds of `import_events` within it, and the largest resident memory. The rival reads the same file with
`pandas.read_csv` and does nothing else with it: no check, no days, no actors, no counts.
"""

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from shared.figures import arguments, begin

PROJECT = Path(__file__).parents[1]
FIRST = date(2015, 1, 5)
DAYS = 3_600
ACTORS = [f"Faction {number}" for number in range(400)]
NOTE = "An account of what happened, as long as such accounts are, with a place, a source and a number in it. " * 3
ACLED_COLUMNS = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,"
    "actor2,assoc_actor_2,inter2,country,admin1,latitude,longitude,source,notes,fatalities,tags,timestamp"
)
GED_COLUMNS = (
    "id,year,type_of_violence,conflict_name,dyad_name,side_a,side_b,date_start,date_end,date_prec,where_prec,best,high,"
    "low,country,region,code_status,source_headline"
)
TIMED_WEEKLY = """
import sys, time
from pathlib import Path
from lull.data.importers.weekly_sums import WeeklyChoice, read_weekly_sums
begin = time.perf_counter()
made = read_weekly_sums([Path(sys.argv[2])], WeeklyChoice("Faction 7", ("Country 3",), types=("Type 1",)))
assert sum(made.fates.values()) == int(sys.argv[3])
print(time.perf_counter() - begin)
"""
LULL = "import sys; from lull.cli import main; sys.exit(main())"
TIMED = """
import sys, time
from pathlib import Path
from lull.data.importers.events import Selection
from lull.data.importers.layouts import EXPORTS
from lull.data.importers.written import import_events
begin = time.perf_counter()
made = import_events(Path(sys.argv[2]), EXPORTS[sys.argv[1]], Selection(("Faction 7",)), source=sys.argv[1])
assert sum(made.events.tally().values()) == int(sys.argv[3])
print(time.perf_counter() - begin)
"""
PANDAS = """
import sys, time
import pandas as pd
begin = time.perf_counter()
assert len(pd.read_csv(sys.argv[1])) == int(sys.argv[2])
print(time.perf_counter() - begin)
"""


def acled_row(number: int, rng: random.Random) -> list[object]:
    """Return one event as ACLED writes it; one in fifty has a coarse day."""
    day = FIRST + timedelta(days=rng.randrange(DAYS))
    one, other = rng.choice(ACTORS), rng.choice(ACTORS)
    precision = rng.choice([2, 3]) if rng.random() < 0.02 else 1
    coded = 1_420_000_000 + 86_400 * ((day - FIRST).days + rng.randrange(200))
    where = [f"Country {rng.randrange(20)}", f"Province {rng.randrange(200)}", 33.1, 44.2]
    violence = ["Political violence", "Battles", "Armed clash"]
    return [
        *(f"E{number}", f"{day:%d %B %Y}", day.year, precision, *violence, one, f"{other}; {one}", 2, other, "", 3),
        *(*where, "A paper", f"{number} {NOTE}", rng.randrange(9), "", coded),
    ]


def ged_row(number: int, rng: random.Random) -> list[object]:
    """Return one event as UCDP writes it; one in ten lasts for days or weeks."""
    day = FIRST + timedelta(days=rng.randrange(DAYS))
    end = day + timedelta(days=rng.randrange(40)) if rng.random() < 0.1 else day
    one, other = rng.choice(ACTORS), rng.choice(ACTORS)
    days = [f"{each} 00:00:00.000" for each in (day, end)]
    deaths = [rng.randrange(20)] * 3
    return [
        *(number, day.year, 1, f"{one} and {other}", f"{one} - {other}", one, other, *days, 1, 1, *deaths),
        *(f"Country {rng.randrange(20)}", "A region", "Clear", f"{number} {NOTE}"),
    ]


def weekly_row(number: int, rng: random.Random) -> list[object]:
    """Return one weekly sum as ACLED writes it; week, country, province and type follow from its number."""
    del rng
    week, place = divmod(number, 750)  # 25 types of event in 30 provinces
    province, kind = divmod(place, 25)
    day = FIRST - timedelta(days=2) + timedelta(weeks=week)
    where = ["Region", f"Country {province % 5}", f"Province {province}"]
    return [
        day,
        *where,
        f"Type {kind % 6}",
        f"Sub-type {kind}",
        number % 40 + 1,
        0,
        "",
        "Political violence",
        7,
        1.5,
        2.5,
    ]


WEEKLY_COLUMNS = (
    "WEEK,REGION,COUNTRY,ADMIN1,EVENT_TYPE,SUB_EVENT_TYPE,EVENTS,FATALITIES,POPULATION_EXPOSURE,DISORDER_TYPE,ID,"
    "CENTROID_LATITUDE,CENTROID_LONGITUDE"
)
SHAPES = {
    "acled": (ACLED_COLUMNS, acled_row),
    "ucdp": (GED_COLUMNS, ged_row),
    "acled-weekly": (WEEKLY_COLUMNS, weekly_row),
}
CHOICES = {"acled-weekly": ["--country", "Country 3", "--type", "Type 1", "--faction", "Faction 7"]}
USUAL_CHOICE = ["--actor", "Faction 7"]


def write_export(shape: str, path: Path, events: int) -> None:
    """Write a file of so many events."""
    columns, row = SHAPES[shape]
    rng = random.Random(1)  # noqa: S311 - synthetic events
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        out.write(f"{columns}\n")
        writer.writerows(row(number, rng) for number in range(events))


def measured(*arguments: str) -> tuple[str, float, float]:
    """Return what a Python process prints, its seconds, and its largest resident memory in MB."""
    begin = time.perf_counter()
    command = [sys.executable, "-c", *arguments]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - its own text
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if status:
        raise SystemExit(f"a process failed: {arguments[1:]}")
    return printed, seconds, usage.ru_maxrss / 1e3


def figures(events: int, folder: Path) -> dict[str, dict[str, float]]:
    """Return the figures of Lull and of its rival."""
    lull, pandas = dict[str, float](), dict[str, float]()
    for shape in SHAPES:
        path = folder / f"{shape}.csv"
        write_export(shape, path, events)
        lull[f"{shape}_mb"] = path.stat().st_size / 1e6
        command = ["import", shape, str(path), *CHOICES.get(shape, USUAL_CHOICE), "--out", str(folder / shape)]
        _, lull[f"{shape}_command_s"], lull[f"{shape}_memory_mb"] = measured(LULL, *command)
        timed = TIMED_WEEKLY if shape in CHOICES else TIMED
        printed, _, _ = measured(timed, shape, str(path), str(events))
        lull[f"{shape}_s"] = float(printed)
        printed, _, pandas[f"{shape}_memory_mb"] = measured(PANDAS, str(path), str(events))
        pandas[f"{shape}_s"] = float(printed)
    pandas["ratio"] = sum(pandas[f"{shape}_s"] for shape in SHAPES) / sum(lull[f"{shape}_s"] for shape in SHAPES)
    return {"lull": lull, "pandas": pandas}


def main() -> None:
    """Print the figures."""
    parser = arguments(__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    asked = parser.parse_args()
    measurement = begin("importing", asked)
    with tempfile.TemporaryDirectory() as folder:
        found = figures(20_000 if asked.quick else asked.events, Path(folder))
    rounded = {who: {name: round(value, 2) for name, value in row.items()} for who, row in found.items()}
    measurement.publish(rounded["lull"], {"pandas": rounded["pandas"]})


if __name__ == "__main__":
    main()
