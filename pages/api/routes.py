"""The doors for programs, under the page's own server: read-only JSON, each answer of one reader's store.

=================  ======================================================================
address            what
=================  ======================================================================
/api/runs          the runs of the store
/api/answer        the answer of a run to a question
/api/table         the forecast table of a run
/api/openapi.json  what these take and give
=================  ======================================================================

An error is an object {"error": SENTENCE}: 400 what is wrong with what was asked, 401 without a token, 403 from the
gate for another host or origin, 404 what is not there, 405 where anything but GET was sent,
503 while others are answered.
"""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lull.data.schema import InputError, Problem, near
from lull.pages.api.admission import NotAdmittedError, reader_of, shelf_of, store_of
from lull.pages.api.contents import FILTERS, NotFoundError, Parameters, Reading
from lull.pages.api.openapi import description

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
READS = ("GET", "HEAD")
WAIT = 60.0  # seconds for the answers before this one
LONGEST = 1000  # characters of a value
DOORS: dict[str, tuple[tuple[str, ...], Callable[[Reading, Parameters], dict[str, Any]]]] = {
    "runs": ((), Reading.runs),
    "answer": (("question", "run", "series", "scenario", "seed"), Reading.answer),
    "table": (("run", "scenario", "horizon", "seed", *FILTERS), Reading.table),
    "openapi.json": ((), lambda _reading, _asked: description()),
}
_turn = threading.Lock()  # one computation at a time: the readers of the page come first


def routes(base: str = "") -> Sequence[Route]:
    """Return the routes of the doors; `base` is the path that the page is served under."""
    bases = dict.fromkeys(("", base.strip("/")))
    paths = [f"/{name}/api/{{door:path}}" if name else "/api/{door:path}" for name in bases]
    return [Route(path, answer, methods=list(METHODS)) for path in paths]


def answer(request: Request) -> Response:
    """Answer one request; Starlette runs it in a thread of its own."""
    try:
        return _answered(request)
    except NotAdmittedError as error:
        return _json({"error": str(error)}, 401, {"www-authenticate": "Bearer"})
    except NotFoundError as error:
        return _json({"error": str(error)}, 404)
    except InputError as error:
        return _json({"error": str(error)}, 400)


def _answered(request: Request) -> Response:
    """Return the answer to a request. Raises the errors that `answer` words."""
    if request.method not in READS:
        return _json({"error": "These doors are for reading: send GET."}, 405, {"allow": ", ".join(READS)})
    reader = reader_of(request)
    name = request.path_params["door"].rstrip("/")
    if name not in DOORS:
        known = [f"/api/{each}" for each in DOORS]
        raise NotFoundError(Problem("address", f"one of {', '.join(known)}", repr(f"/api/{name}")))
    takes, read = DOORS[name]
    asked = _asked(request, takes)
    if not _turn.acquire(timeout=WAIT):
        return _json({"error": "Others are being answered: ask again in a minute."}, 503, {"retry-after": "60"})
    try:
        return _json(read(Reading(store_of(reader), shelf_of(reader)), asked), 200)
    finally:
        _turn.release()


def _asked(request: Request, takes: Sequence[str]) -> Parameters:
    """Return what a request asks by name. Raises `InputError` for a name that the door does not take."""
    asked: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name not in takes:
            remedy = near(name, takes) if takes else ""
            raise InputError(Problem("parameter", "one that this door takes", repr(name[:LONGEST]), remedy))
        if len(value) > LONGEST:
            raise InputError(Problem(name, f"at most {LONGEST} characters", f"{len(value)}"))
        asked.setdefault(name, []).append(value)
    return asked


def _json(content: object, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return JSON that no cache keeps."""
    text = json.dumps(content, default=str, ensure_ascii=False, allow_nan=False)
    kept = {"cache-control": "no-store"} | (headers or {})
    return Response(text.encode(), status, kept, media_type="application/json")
