"""Damaged and hostile inputs by the thousand: `make fuzz`, and a small part of it in the suite (`test_fuzz.py`).

A case is a good file with a few mutations. It is read to its end or refused as bad input; anything else is a finding,
which is kept under `.cache/fuzz/` and mended with a test of its own.
"""

import argparse
import base64
import io
import json
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from lull.batch.plan_file import read_plan_file
from lull.cli.serving.launch import base_path
from lull.data.completeness import read_completeness
from lull.data.counts import read_counts
from lull.data.covariates import read_covariates
from lull.data.events import read_events
from lull.data.integrity.checksums import DamagedError, is_intact
from lull.data.integrity.limits import FIT_MEMORY, FIT_MINUTES, FITS, FITS_PER_READER, QUOTA, Limits
from lull.data.integrity.login import Login, login_of, read_secrets
from lull.data.readers.tabular import embedded_file
from lull.data.reports import read_reports
from lull.data.schema import InputError
from lull.data.uploads import Cabinet
from lull.evaluation.scores_file import read_scores
from lull.model.runs.backup import restore
from lull.model.runs.record import read_record, sealed
from lull.model.runs.store import Store
from lull.pages.serving.admission import _claims, is_allowed
from lull.pages.serving.gate import Gate
from lull.pages.widgets.view import PACKED, View, from_link, to_link
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.language.scenario_files import find_scenario, library_names, read_scenario, scenario_text
from lull.scenarios.language.spec import baseline

REFUSED = (InputError, DamagedError)
WEEKLY = "series,week_start,count\n" + "".join(f"A,2024-0{month}-01,{month}\n" for month in (1, 4, 7))
NUMBERS = "week_start,price\n2024-01-01,1.5\n2024-01-08,-2e3\n"
SCORES = "model,series,origin_date,horizon,metric,value\nlull,A,2024-01-07,1,coverage_90,1\n"
PLAN = """\
[data]
counts = "weekly.csv"
series = ["A", "B"]
[origins]
last = 4
[run]
horizon = 12
[output]
dir = "out"
"""
SECRETS = (
    "[auth]\nredirect_uri = 'https://a.example/oauth2callback'\ncookie_secret = 'c'\n[lull]\nallow = ['a@b.example']\n"
)
REQUEST = "127.0.0.1:8501\nhttp://127.0.0.1:8501\n_streamlit_user=2|1:0|10:1|x|eyJhIjoxfQ==|00; a=b\n/media/0123.csv"
LINK = "run=0123456789abcdef&series=israel&question=any+attack+by+2025-03-01&scenario=ceasefire-collapses"
RECORD = {"as_of": "2024-12-31", "origin": "2024-12-23", "grade": "good", "evidence": {}, "outputs": {}} | {
    "created": "2026-11-28T10:00:00+00:00"
}
# What readers stumble over: signs of formats, numbers at their ends, escapes, other alphabets, bytes that are no text.
PIECES = [
    b"", b",", b'"', b"'", b"\n", b"\r\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b[2J", b"=1+1", b"-", b"1e309",
    b"9" * 40, b"-1", b"0001-01-01", b"9999-12-31", b"2024-02-30", b"[", b"{", b"[[", b"a.a.a.", b"<script>", b"../",
    "\u202e\u00e4\u96ea".encode(), b"\xc3\x28", b"true", b"null", b"#", b";", b"\t", b"PK\3\4", b"PAR1", b"inf", b"nan",
    b"\\u0000", b"$(x)", b"''", b"%s%n",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One kind of input: good examples, and what reads a file of it."""

    suffix: str
    seeds: tuple[bytes, ...]
    read: Callable[[Path], object]


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def _link(path: Path) -> object:
    return _opened(dict(parse_qsl(_text(path), keep_blank_values=True)))


def _link_scenario(path: Path) -> object:
    """Open a link to a scenario in full, deflated after it was mutated."""
    word = PACKED + base64.urlsafe_b64encode(zlib.compress(path.read_bytes())).decode().rstrip("=")
    return _opened({"scenario": word, "beside": f"{word},baseline", "weights": "50,25,25"})


def _opened(link: dict[str, str]) -> View:
    """Return the view of a link; the link of that view opens the same one."""
    usual = View("0123456789abcdef", "israel", "any attack by 2025-03-01", baseline())
    view, _ = from_link(link, usual)
    assert from_link(to_link(view), usual) == (view, ()), "a view is another one after its link"
    return view


def _request(path: Path) -> object:
    """Ask the gate of the page about a request: host, origin, cookie and path, a line each."""
    lines = [*path.read_bytes().split(b"\n"), b"", b"", b"", b""]
    headers = [(b"host", lines[0]), (b"origin", lines[1]), (b"cookie", lines[2])]
    scope = {"headers": headers, "path": lines[3].decode("latin-1"), "method": "PUT"}
    login = (_claims(headers), is_allowed(_claims(headers), Login(("anna@example.org",), "lull.example.org")))
    assert not login[1], "a log-in was forged"
    return Gate(_nobody).refusal(scope)


async def _nobody(_scope: object, _receive: object, _send: object) -> None:
    """Answer nothing."""


def _limits(path: Path) -> object:
    names = (FITS, FITS_PER_READER, FIT_MEMORY, FIT_MINUTES, QUOTA)
    limits = Limits.of(dict(zip(names, _text(path).split("\n"), strict=False)))
    assert min(limits.fits, limits.fits_per_reader, limits.quota or 1) >= 1, "a limit that lets nothing through"
    return limits, base_path(_text(path).split("\n")[-1])


def _upload(path: Path) -> object:
    name = _text(path).split("\n", 1)[0]
    with tempfile.TemporaryDirectory() as folder:
        kept = Cabinet(Path(folder) / "files").put(f"{name}.csv", path.read_bytes())
        assert kept.path.parent == Path(folder) / "files", "a file left its folder"
        return kept


def _restore(path: Path) -> object:
    with tempfile.TemporaryDirectory() as folder:
        try:
            return restore(Store(Path(folder) / "store"), path)
        finally:
            assert {each.name for each in Path(folder).iterdir()} <= {"store"}, "a file left the store"


@cache
def targets() -> dict[str, Target]:
    """Return every kind of input."""
    scenarios = tuple(scenario_text(name).encode() for name in library_names()[:6])
    return {
        "counts": Target(".csv", (WEEKLY.encode(),), read_counts),
        "counts_parquet": Target(".parquet", (_parquet(),), read_counts),
        "counts_xlsx": Target(".xlsx", (_workbook(),), read_counts),
        "reports": Target(".csv", (_head("reports.csv"),), read_reports),
        "events": Target(".csv", (_head("events.csv"),), read_events),
        "covariates": Target(".csv", (NUMBERS.encode(),), read_covariates),
        "completeness": Target(".csv", (b"weeks_before_end,share\n0,0.5\n1,0.9\n",), read_completeness),
        "scores": Target(".csv", (SCORES.encode(),), read_scores),
        "plan": Target(".toml", (PLAN.encode(),), read_plan_file),
        "scenario": Target(".toml", scenarios, read_scenario),
        "scenario_json": Target(".json", (json.dumps(baseline().model_dump(mode="json")).encode(),), read_scenario),
        "question": Target(".txt", (b"total at least 20 by 2025-03-01",), lambda path: parse_question(_text(path))),
        "link": Target(".txt", tuple(link.encode() for link in _links()), _link),
        "link_scenario": Target(".json", tuple(map(_json, library_names()[:6])), _link_scenario),
        "request": Target(".txt", (REQUEST.encode(),), _request),
        "limits": Target(".txt", (b"2\n1\n4G\n30\n5G\n/lull",), _limits),
        "upload": Target(".csv", (WEEKLY.encode(), _head("events.csv")), _upload),
        "secrets": Target(".toml", (SECRETS.encode(),), lambda path: login_of(read_secrets([path]), required=True)),
        "record": Target(".json", (json.dumps(sealed(RECORD)).encode(), json.dumps(RECORD).encode()), read_record),
        "checksum": Target(".sha256", (b"0" * 64 + b"  x\n",), lambda path: is_intact(path.with_suffix(""))),
        "archive": Target(".tar", (_archive(),), _restore),
    }


def _links() -> Iterator[str]:
    """Yield links: of a scenario of the library, and of scenarios in full beside one another."""
    yield LINK
    own = baseline().model_copy(update={"id": "own", "title": "Of one's own"})
    view = View("0123456789abcdef", "israel", "any attack by 2025-03-01", own, (own, baseline()), (50, 25, 25))
    yield urlencode(to_link(view))


def _json(name: str) -> bytes:
    return json.dumps(find_scenario(name).model_dump(mode="json", exclude_defaults=True)).encode()


def _head(name: str) -> bytes:
    return b"".join(embedded_file(name).read_bytes().splitlines(keepends=True)[:8])


def _parquet() -> bytes:
    table = pa.table({"series": ["A", "A"], "week_start": ["2024-01-01", "2024-01-08"], "count": [1, 2]})
    pq.write_table(table, made := io.BytesIO())
    return made.getvalue()


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in WEEKLY.splitlines():
        book.active.append(row.split(","))
    book.save(made := io.BytesIO())
    return made.getvalue()


def _archive() -> bytes:
    import tarfile  # noqa: PLC0415 - here alone

    with tarfile.open(fileobj=(made := io.BytesIO()), mode="w") as archive:
        member = tarfile.TarInfo("0123456789abcdef/run.json")
        content = json.dumps(sealed(RECORD)).encode()
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return a file with one to six mutations."""
    for _ in range(rng.randint(1, 6)):
        at, end = sorted(rng.randrange(len(content) + 1) for _ in range(2))
        end = min(end, at + rng.choice((1, 4, 40, 400)))
        piece = rng.choice(PIECES) * rng.choice((1, 1, 1, 3, 200))
        match rng.randrange(6):
            case 0:
                content = content[:at] + content[end:]
            case 1:
                content = content[:at] + piece + content[at:]
            case 2:
                content = content[:at] + piece + content[end:]
            case 3:
                content = content[:end] + content[at:end] * rng.choice((1, 2, 50)) + content[end:]
            case 4:
                content = content[:at]
            case _:
                changed = bytearray(content)
                for place in range(at, min(end, len(changed))):
                    changed[place] ^= 1 << rng.randrange(8)
                content = bytes(changed)
        content = content[:100_000]
    return content


def finding(name: str, content: bytes, folder: Path) -> str:
    """Return what went wrong when a file was read, empty if it was read or refused in words."""
    target = targets()[name]
    path = folder / f"case{target.suffix}"
    path.write_bytes(content)
    started = time.process_time()
    try:
        target.read(path)
    except REFUSED as error:
        if not str(error).strip():
            return "refused without a word"
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return f"{type(error).__name__}: {error}"
    seconds = time.process_time() - started
    return f"{seconds:.1f} s for {len(content)} bytes" if seconds > 5 else ""


def cases(name: str, seed: int) -> Iterator[bytes]:
    """Yield mutated files of one kind without end, the same for the same seed."""
    rng = random.Random(f"{name} {seed}")  # noqa: S311 - no secret
    while True:
        yield mutated(rng.choice(targets()[name].seeds), rng)


def main() -> int:
    """Try every kind of input in turn until the time is over, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    kept = Path(__file__).parents[1] / ".cache" / "fuzz"
    kept.mkdir(parents=True, exist_ok=True)
    until, tried, found = time.monotonic() + 60 * chosen.minutes, dict.fromkeys(targets(), 0), dict[str, str]()
    streams = {name: cases(name, chosen.seed) for name in targets()}
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < until:
            for name, stream in streams.items():
                content = next(stream)
                tried[name] += 1
                if wrong := finding(name, content, Path(folder)):
                    case = kept / f"{name}-{chosen.seed}-{tried[name]}{targets()[name].suffix}"
                    case.write_bytes(content)
                    found[case.name] = wrong
                    sys.stdout.write(f"{case}: {wrong[:200]}\n")
    sys.stdout.write(f"seed {chosen.seed}, {chosen.minutes:g} minutes, {sum(tried.values()):,} cases: {tried}\n")
    sys.stdout.write(f"{len(found)} findings\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
